"""Pixels → PNGs in a string tensor of the images plugin: [width, height, png, png, …].

Floats are taken as 0 to 1 and scaled to 255, whole numbers as 0 to 255 (those of 16 bits without sign as 0 to 65535,
which no other range fills), booleans as black and white; what lies outside is clipped, NaN is black.
Source: tensorboard/plugins/image/summary_v2.py
"""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any

from goodfit.errors import BadArgument
from goodfit.sdk.payload import CLASS_BLOBS, Payload, strings
from goodfit.sdk.values import array_of

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    UInt8Array = npt.NDArray[np.uint8]

_MODES = {1: "L", 2: "LA", 3: "RGB", 4: "RGBA"}


def images(pixels: Any, *, dataformats: str | None = None, max_outputs: int | None = None) -> Payload:
    """The payload of one image or a batch, all of one size.

    Args:
        pixels: Array of any framework with the axes that `dataformats` names.
        dataformats: Letters N, H, W, C in the order of the axes, such as `CHW`; None guesses: channels are the last
            axis of length 1 to 4, else the first such one.
        max_outputs: Keep at most this many of a batch.

    Raises:
        BadArgument: The axes do not fit.
    """
    batch = _to_nhwc(array_of(pixels), dataformats)
    if max_outputs is not None:
        batch = batch[:max_outputs]
    bytes_batch = to_bytes(batch)
    _, height, width, _ = batch.shape
    pngs = [encode_png(image) for image in bytes_batch]
    return encoded_images(pngs, width=width, height=height)


def encoded_images(pngs: list[bytes], *, width: int, height: int) -> Payload:
    """The payload of images of one size that are encoded already."""
    return strings([str(width).encode(), str(height).encode(), *pngs], "images", data_class=CLASS_BLOBS)


def to_bytes(array: npt.NDArray[Any]) -> UInt8Array:
    """Pixels as 0 to 255."""
    import numpy as np

    if array.dtype == np.uint8:
        same: UInt8Array = array
        return same
    if array.dtype == np.uint16:
        return (array >> 8).astype(np.uint8)
    if array.dtype == np.bool_:
        return array.astype(np.uint8) * np.uint8(255)
    numbers = array.astype(np.float64)
    if array.dtype.kind not in "iu":
        numbers = numbers * 255.0
    scaled: UInt8Array = np.clip(np.nan_to_num(np.rint(numbers), nan=0.0), 0, 255).astype(np.uint8)
    return scaled


def encode_png(pixels: UInt8Array) -> bytes:
    """The PNG of one image of shape [height, width, channels]."""
    from PIL import Image

    n_channels = pixels.shape[-1]
    image = Image.fromarray(pixels[..., 0] if n_channels == 1 else pixels, _MODES[n_channels])
    out = io.BytesIO()
    image.save(out, format="PNG")
    return out.getvalue()


def _to_nhwc(array: npt.NDArray[Any], dataformats: str | None) -> npt.NDArray[Any]:
    axes = (dataformats or _guess_axes(array.shape)).upper()
    if len(axes) != array.ndim or not {"H", "W"} <= set(axes) <= set("NHWC") or len(set(axes)) != len(axes):
        raise BadArgument(
            f"pixels have shape {array.shape}, wanted axes {axes!r}",
            hint="dataformats takes the letters N, H, W, C in the order of the axes, such as 'NCHW'",
        )
    for missing in "NC":
        if missing not in axes:
            array, axes = array[..., None], axes + missing
    array = array.transpose([axes.index(letter) for letter in "NHWC"])
    if 0 in array.shape:
        raise BadArgument(f"there is no pixel: the shape is {array.shape} (NHWC)")
    if array.shape[-1] not in _MODES:
        raise BadArgument(
            f"pixels have {array.shape[-1]} channels and shape {array.shape} (NHWC), wanted 1 to 4 channels"
        )
    return array


def _guess_axes(shape: tuple[int, ...]) -> str:
    if len(shape) == 2:
        return "HW"
    batch = "N" if len(shape) == 4 else ""
    is_channels_first = shape[-1] not in _MODES and len(shape) >= 3 and shape[-3] in _MODES
    return batch + ("CHW" if is_channels_first else "HWC")
