"""One number → a rank-0 float32 tensor of the scalars plugin, as TensorFlow 2 writes it."""

from __future__ import annotations

import struct

from goodfit.sdk.payload import CLASS_SCALAR, DT_FLOAT, Payload


def scalar(number: float) -> Payload:
    """The payload of `number`, rounded to float32; beyond its range it becomes an infinity.

    >>> scalar(1.0).content
    b'\\x00\\x00\\x80?'
    """
    try:
        content = struct.pack("<f", number)
    except OverflowError:
        content = struct.pack("<f", float("inf") if number > 0 else float("-inf"))
    return Payload(DT_FLOAT, (), content, "scalars", data_class=CLASS_SCALAR)
