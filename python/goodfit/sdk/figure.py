"""A matplotlib figure → an image payload. matplotlib belongs to the caller and is never imported here."""

from __future__ import annotations

import io
import struct
from typing import Any

from goodfit.errors import BadArgument
from goodfit.sdk.image import encoded_images
from goodfit.sdk.payload import Payload


def figure(drawing: Any) -> Payload:
    """The payload of the figure as it is now, a PNG at its own resolution; of several figures, as one batch.

    Raises:
        BadArgument: no figure is given, or the figures differ in size.
    """
    drawings = drawing if isinstance(drawing, (list, tuple)) else [drawing]
    pngs = [_encode(one) for one in drawings]
    sizes = {_size(png) for png in pngs}
    if len(sizes) != 1:
        raise BadArgument(f"{len(pngs)} figures have the sizes {sorted(sizes)} in pixels, wanted one size for all")
    ((width, height),) = sizes
    return encoded_images(pngs, width=width, height=height)


def _encode(drawing: Any) -> bytes:
    out = io.BytesIO()
    drawing.savefig(out, format="png")
    return out.getvalue()


def _size(png: bytes) -> tuple[int, int]:
    # A PNG begins with 8 bytes of signature, 4 of length, "IHDR", then width and height, big-endian.
    width, height = struct.unpack(">II", png[16:24])
    return width, height
