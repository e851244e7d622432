"""Protocol-buffer bytes ↔ fields, for the messages of TensorBoard's own protocol.

    field = varint key (number << 3 | wire type), value
    wire type 0: varint · 1: 8 bytes · 2: varint length, bytes · 5: 4 bytes

Written by hand so that nothing here depends on a protobuf release: a thousand points are packed by numpy at once.
Source: https://protobuf.dev/programming-guides/encoding
"""

from __future__ import annotations

import struct
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from goodfit.types import Float64Array, Int64Array

VARINT, FIXED64, BYTES, FIXED32 = 0, 1, 2, 5
_PIECE = 1 << 16
"""Integers packed at once: each takes some 200 bytes of working memory."""


class Undecodable(ValueError):
    """The bytes are not a message of the expected kind."""


def read_varint(data: bytes, at: int) -> tuple[int, int]:
    """The unsigned varint at an offset, and the offset after it."""
    value = shift = 0
    while shift < 70:
        if at >= len(data):
            raise Undecodable("varint beyond the end")
        byte = data[at]
        at += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value & 0xFFFFFFFFFFFFFFFF, at
        shift += 7
    raise Undecodable("varint of more than ten bytes")


def read_fields(data: bytes) -> Iterator[tuple[int, int, int | bytes]]:
    """Each field as (number, wire type, value): varints as unsigned ints, all else as its bytes."""
    at = 0
    while at < len(data):
        key, at = read_varint(data, at)
        number, wire_type = key >> 3, key & 7
        if wire_type == VARINT:
            value, at = read_varint(data, at)
            yield number, wire_type, value
            continue
        if wire_type == BYTES:
            length, at = read_varint(data, at)
        elif wire_type in (FIXED64, FIXED32):
            length = 8 if wire_type == FIXED64 else 4
        else:
            raise Undecodable(f"wire type {wire_type}")
        if number == 0 or at + length > len(data):
            raise Undecodable("field beyond the end of its message")
        yield number, wire_type, data[at : at + length]
        at += length


def read_messages(data: bytes, field: int) -> list[bytes]:
    """Every length-delimited field of this number."""
    return [value for number, _, value in read_fields(data) if number == field and isinstance(value, bytes)]


def read_message(data: bytes, field: int) -> bytes | None:
    """The length-delimited field of this number, merged when it is given several times; None when it is absent."""
    found = read_messages(data, field)
    return b"".join(found) if found else None


def read_text(data: bytes, field: int) -> str:
    """A string field; empty when it is absent."""
    found = read_messages(data, field)
    try:
        return found[-1].decode() if found else ""
    except UnicodeDecodeError as error:
        raise Undecodable("string that is not UTF-8") from error


def read_integer(data: bytes, field: int) -> int:
    """A varint field as int64; 0 when it is absent."""
    found = 0
    for number, _, value in read_fields(data):
        if number == field and isinstance(value, int):
            found = value
    return signed(found)


def signed(value: int) -> int:
    """A varint as the int64 that it stands for."""
    return value - 2**64 if value >= 2**63 else value


def encode_varint(value: int) -> bytes:
    """The base-128 form; a negative int64 takes ten bytes.

    >>> encode_varint(300)
    b'\\xac\\x02'
    """
    value &= 0xFFFFFFFFFFFFFFFF
    out = bytearray()
    while value >= 0x80:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)


def integer(field: int, value: int) -> bytes:
    """A varint field; nothing for 0, as proto3 has it."""
    return encode_varint(field << 3) + encode_varint(value) if value else b""


def double(field: int, value: float) -> bytes:
    """A double field; nothing for 0."""
    return encode_varint(field << 3 | FIXED64) + struct.pack("<d", value) if value else b""


def message(field: int, data: bytes) -> bytes:
    """A submessage or bytes field, written even when empty: presence tells."""
    return encode_varint(field << 3 | BYTES) + encode_varint(len(data)) + data


def text(field: int, value: str) -> bytes:
    """A string field; nothing when empty. Half characters (lone surrogates) become their escapes."""
    return message(field, value.encode("utf-8", "backslashreplace")) if value else b""


def messages(field: int, items: Iterable[bytes]) -> bytes:
    """A repeated submessage or bytes field."""
    return b"".join(message(field, item) for item in items)


def packed_doubles(field: int, values: Float64Array) -> bytes:
    """A repeated double field in one block; nothing when empty."""
    return message(field, values.astype("<f8").tobytes()) if len(values) else b""


def packed_floats(field: int, values: Float64Array) -> bytes:
    """A repeated float field in one block; values too large become infinite, as a cast does."""
    import numpy as np

    with np.errstate(over="ignore"):
        return message(field, values.astype("<f4").tobytes()) if len(values) else b""


def packed_integers(field: int, values: Int64Array) -> bytes:
    """A repeated int64 field in one block; nothing when empty.

    >>> import numpy as np
    >>> packed_integers(1, np.array([1, 300, -1]))
    b'\\n\\r\\x01\\xac\\x02\\xff\\xff\\xff\\xff\\xff\\xff\\xff\\xff\\xff\\x01'
    """
    if not len(values):
        return b""
    pieces = range(0, len(values), _PIECE)
    return message(field, b"".join(_varints(values[start : start + _PIECE]) for start in pieces))


def _varints(values: Int64Array) -> bytes:
    """The varints of all values end to end: ten columns of seven bits, of which each row uses its first few."""
    import numpy as np

    bits: npt.NDArray[np.uint64] = values.astype(np.int64).view(np.uint64)
    shifts = (np.arange(10) * 7).astype(np.uint64)
    groups = bits[:, None] >> shifts
    n_used = np.maximum((groups != 0).sum(axis=1), 1)
    column = np.arange(10)
    more = np.where(column < (n_used - 1)[:, None], 0x80, 0)
    out = (groups & np.uint64(0x7F)).astype(np.uint8) | more.astype(np.uint8)
    return bytes(out[column < n_used[:, None]].tobytes())
