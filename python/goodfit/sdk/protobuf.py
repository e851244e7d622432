"""Fields → protobuf bytes, for the few small messages that TensorBoard's plugins keep inside their metadata.

Events, summaries and tensors are encoded in Rust (`crates/core/src/encode.rs`); this is for layouts, hyperparameters
and graphs, where a message is written once a run. Zero, empty and None fields are left out, as proto3 does.
Source: https://protobuf.dev/programming-guides/encoding/
"""

from __future__ import annotations

import struct
from collections.abc import Iterable

VARINT, FIXED64, BYTES, FIXED32 = 0, 1, 2, 5


def encode_varint(value: int) -> bytes:
    """The base-128 form of `value`; a negative int64 takes ten bytes.

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
    """A varint field (int32, int64, bool, enum)."""
    return key(field, VARINT) + encode_varint(int(value)) if value else b""


def double(field: int, value: float | None) -> bytes:
    return key(field, FIXED64) + struct.pack("<d", value) if value else b""


def bytes_field(field: int, value: bytes) -> bytes:
    """A bytes field or submessage, written even when empty: presence is part of the message."""
    return key(field, BYTES) + encode_varint(len(value)) + value


def text(field: int, value: str | None) -> bytes:
    return bytes_field(field, value.encode()) if value else b""


def texts(field: int, values: Iterable[str]) -> bytes:
    """A repeated string field; empty strings stay."""
    return b"".join(bytes_field(field, value.encode()) for value in values)


def struct_value(value: object) -> bytes:
    """A `google.protobuf.Value`: null, number, string, bool or list; anything else as its text.

    >>> struct_value(True)
    b' \\x01'
    """
    if value is None:
        return key(1, VARINT) + b"\0"
    if isinstance(value, bool):
        return key(4, VARINT) + (b"\1" if value else b"\0")
    if isinstance(value, (int, float)):
        return key(2, FIXED64) + struct.pack("<d", value)
    if isinstance(value, (list, tuple)):
        return bytes_field(6, b"".join(bytes_field(1, struct_value(item)) for item in value))
    return bytes_field(3, str(value).encode())
