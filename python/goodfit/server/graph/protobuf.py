"""Protocol-buffer bytes → their fields, without a schema.

    field = varint key (number << 3 | wire type), value
    wire type 0: varint · 1: 8 bytes · 2: varint length, bytes · 5: 4 bytes

Reads only what is asked for and copies nothing but what it hands out; graphs of a hundred thousand nodes pass through
here. Source: https://protobuf.dev/programming-guides/encoding
"""

from __future__ import annotations

from collections.abc import Iterator

VARINT, FIXED64, BYTES, FIXED32 = 0, 1, 2, 5


class Undecodable(ValueError):
    """The bytes are not a message of the expected kind."""


def read_varint(data: bytes, at: int) -> tuple[int, int]:
    """The varint at an offset, and the offset after it."""
    value = shift = 0
    try:
        while True:
            byte = data[at]
            at += 1
            value |= (byte & 0x7F) << shift
            if byte < 0x80:
                return value, at
            shift += 7
            if shift > 63:
                raise Undecodable("varint of more than ten bytes")
    except IndexError:
        raise Undecodable("varint beyond the end") from None


def spans(data: bytes, start: int = 0, stop: int | None = None) -> Iterator[tuple[int, int, int, int]]:
    """Each field of the message in `data[start:stop]` as (number, wire type, start of value, stop of value)."""
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
        yield key >> 3, wire_type, at, value_stop
        at = value_stop


def text(data: bytes, start: int, stop: int) -> str:
    return data[start:stop].decode("utf-8", "replace")


def signed(value: int) -> int:
    """A varint as the int64 that it stands for."""
    return value - 2**64 if value >= 2**63 else value
