"""A Keras model's weights → histograms and images, named and laid out as keras.callbacks.TensorBoard does."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from goodfit.sdk.values import array_of

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt


def named_weights(model: Any) -> Iterator[tuple[str, npt.NDArray[Any]]]:
    """Each weight of each layer: its path, with `:` replaced, and its values on the host."""
    for layer in model.layers:
        for weight in layer.weights:
            name = getattr(weight, "path", None) or weight.name
            yield name.replace(":", "_"), array_of(getattr(weight, "value", weight) if _is_variable(weight) else weight)


def _is_variable(weight: Any) -> bool:
    # A Keras 3 variable holds its backend's tensor in `value`; a variable of legacy tf.keras has a method of that name.
    return hasattr(weight, "value") and not callable(weight.value)


def weight_pixels(values: npt.NDArray[Any], *, is_channels_last: bool = True) -> npt.NDArray[np.float64] | None:
    """A weight as NHWC pixels, or None where it has no picture: beyond three axes after dropping those of length one.

    A vector is one column; a matrix lies on its longer side; of three axes each kernel is a picture of its own.
    """
    import numpy as np

    pixels = np.squeeze(values).astype(np.float64)
    if pixels.ndim == 1:
        return pixels.reshape(1, -1, 1, 1)
    if pixels.ndim == 2:
        wide = pixels.T if pixels.shape[0] > pixels.shape[1] else pixels
        return wide[None, :, :, None]
    if pixels.ndim == 3:
        return (pixels.transpose(2, 0, 1) if is_channels_last else pixels)[..., None]
    return pixels if pixels.ndim == 4 and pixels.shape[-1] in (1, 3, 4) else None
