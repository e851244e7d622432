"""Protocol-buffer bytes ↔ fields, without a schema: what every reader and writer of TensorBoard's messages stands on.

    field = varint key (number << 3 | wire type), value
    wire type 0: varint · 1: 8 bytes · 2: varint length, bytes · 5: 4 bytes

Written by hand so that nothing here depends on a protobuf release. Reading copies nothing but what it hands out: graphs
of a hundred thousand nodes pass through `read_spans`. Writing leaves out zero, empty and None fields, as proto3 does.
Events, summaries and tensors are read and written in Rust (`crates/core`); this is for what lies inside them.
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
    """The unsigned varint at an offset, and the offset after it. Raises Undecodable."""
    value = shift = 0
    try:
        while shift < 70:
            byte = data[at]
            at += 1
            value |= (byte & 0x7F) << shift
            if byte < 0x80:
                return value & 0xFFFFFFFFFFFFFFFF, at
            shift += 7
    except IndexError:
        raise Undecodable("varint beyond the end") from None
    raise Undecodable("varint of more than ten bytes")


def read_spans(data: bytes, start: int = 0, stop: int | None = None) -> Iterator[tuple[int, int, int, int]]:
    """Each field of the message in `data[start:stop]` as (number, wire type, start of value, stop of value).

    Raises Undecodable.
    """
    at = start
    end = len(data) if stop is None else stop
    while at < end:
        key = data[at]
        at += 1
        if key >= 0x80:
            key, at = read_varint(data, at - 1)
        wire_type = key & 7
        if wire_type == BYTES:
            if at >= end:
                raise Undecodable("field without a length")
            length = data[at]
            at += 1
            if length >= 0x80:
                length, at = read_varint(data, at - 1)
            value_stop = at + length
        elif wire_type == VARINT:
            _, value_stop = read_varint(data, at)
        elif wire_type == FIXED64:
            value_stop = at + 8
        elif wire_type == FIXED32:
            value_stop = at + 4
        else:
            raise Undecodable(f"wire type {wire_type}")
        if value_stop > end:
            raise Undecodable("field beyond the end of its message")
        if key < 8:
            raise Undecodable("field without a number")
        yield key >> 3, wire_type, at, value_stop
        at = value_stop


def read_fields(data: bytes) -> Iterator[tuple[int, int, int | bytes]]:
    """Each field as (number, wire type, value): varints as unsigned ints, all else as its bytes. Raises Undecodable."""
    for number, wire_type, start, stop in read_spans(data):
        yield number, wire_type, read_varint(data, start)[0] if wire_type == VARINT else data[start:stop]


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


def decode_text(data: bytes, start: int = 0, stop: int | None = None) -> str:
    """The string in `data[start:stop]`, whatever its bytes are."""
    return data[start:stop].decode("utf-8", "replace")


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


def key(field: int, wire_type: int) -> bytes:
    return encode_varint(field << 3 | wire_type)


def integer(field: int, value: int | bool | None) -> bytes:
    """A varint field (int32, int64, bool, enum); nothing for 0."""
    return key(field, VARINT) + encode_varint(int(value)) if value else b""


def double(field: int, value: float | None) -> bytes:
    """A double field; nothing for 0."""
    return key(field, FIXED64) + struct.pack("<d", value) if value else b""


def message(field: int, data: bytes) -> bytes:
    """A submessage or bytes field, written even when empty: presence tells."""
    return key(field, BYTES) + encode_varint(len(data)) + data


def printable(text: str) -> str:
    """A text that UTF-8 can hold: half characters (lone surrogates) become their escapes.

    >>> printable("caf\\ud800")
    'caf\\\\ud800'
    """
    return text.encode("utf-8", "backslashreplace").decode()


def text(field: int, value: str | None) -> bytes:
    """A string field; nothing when empty. Half characters (lone surrogates) become their escapes."""
    return message(field, value.encode("utf-8", "backslashreplace")) if value else b""


def texts(field: int, values: Iterable[str]) -> bytes:
    """A repeated string field; empty strings stay."""
    return b"".join(message(field, value.encode("utf-8", "backslashreplace")) for value in values)


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
