"""A picture and boxes → the picture with the boxes drawn on it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from goodfit.errors import BadArgument
from goodfit.sdk.image import to_bytes
from goodfit.sdk.values import array_of, real_array_of

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt


def draw_boxes(
    pixels: Any, boxes: Any, *, dataformats: str = "CHW", rescale: float = 1.0, labels: Sequence[str] | None = None
) -> npt.NDArray[np.uint8]:
    """Pixels of shape [height, width, 3] with each box (x0, y0, x1, y1, in pixels of the given picture) in red."""
    import numpy as np
    from PIL import Image, ImageDraw

    corners = real_array_of(boxes, what="boxes").reshape(-1, 4) * rescale
    if labels is not None and len(labels) != len(corners):
        raise BadArgument(f"{len(labels)} labels for {len(corners)} boxes, wanted one each")
    array = to_bytes(array_of(pixels))
    if len(dataformats) != array.ndim:
        raise BadArgument(f"pixels have shape {array.shape}, wanted axes {dataformats!r}")
    array = array.transpose([dataformats.upper().index(letter) for letter in "HWC" if letter in dataformats.upper()])
    if array.ndim == 3 and array.shape[2] == 1:
        array = array[..., 0]
    picture = Image.fromarray(array).convert("RGB")
    if rescale != 1.0:
        picture = picture.resize((max(1, round(picture.width * rescale)), max(1, round(picture.height * rescale))))
    pen = ImageDraw.Draw(picture)
    for index, (x0, y0, x1, y1) in enumerate(corners):
        left, right, top, bottom = min(x0, x1), max(x0, x1), min(y0, y1), max(y0, y1)
        pen.rectangle((left, top, right, bottom), outline=(255, 0, 0), width=2)
        if labels is not None:
            pen.text((left + 3, top + 2), str(labels[index]), fill=(255, 0, 0))
    return np.asarray(picture)
