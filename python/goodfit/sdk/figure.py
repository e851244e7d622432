"""A matplotlib figure → an image payload. matplotlib belongs to the caller and is never imported here."""

from __future__ import annotations

import io
import struct
from typing import Any

from goodfit.sdk.image import encoded_image
from goodfit.sdk.payload import Payload


def figure(drawing: Any) -> Payload:
    """The payload of the figure as it is now, a PNG at its own resolution."""
    out = io.BytesIO()
    drawing.savefig(out, format="png")
    png = out.getvalue()
    # A PNG begins with 8 bytes of signature, 4 of length, "IHDR", then width and height, big-endian.
    width, height = struct.unpack(">II", png[16:24])
    return encoded_image(png, width=width, height=height)
