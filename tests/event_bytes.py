"""Events as bytes, by the format's documents: what the tests of reading write to disk. Uses no code of the package."""

from __future__ import annotations

import struct
from pathlib import Path

from tests.oracle_reader import masked_crc

NAME = "events.out.tfevents.1700000000.host.1.0"


def varint(value: int) -> bytes:
    value &= 2**64 - 1
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)


def field(number: int, content: bytes | str) -> bytes:
    """A length-delimited field."""
    raw = content.encode() if isinstance(content, str) else content
    return varint(number << 3 | 2) + varint(len(raw)) + raw


def number_field(number: int, value: int) -> bytes:
    return varint(number << 3) + varint(value)


def record(payload: bytes) -> bytes:
    length = struct.pack("<Q", len(payload))
    return length + struct.pack("<I", masked_crc(length)) + payload + struct.pack("<I", masked_crc(payload))


def event(what: bytes, *, step: int = 0, wall_time: float = 1.7e9) -> bytes:
    """A framed event; `what` is its one further field."""
    return record(b"\x09" + struct.pack("<d", wall_time) + (number_field(2, step) if step else b"") + what)


VERSION = event(field(3, "brain.Event:2"))


def value(tag: str, data: bytes, *, plugin: str | None = None, content: bytes = b"") -> bytes:
    """A `Summary.Value` field; `data` is its data field."""
    metadata = b"" if plugin is None else field(9, field(1, field(1, plugin) + (field(2, content) if content else b"")))
    return field(1, field(1, tag) + data + metadata)


def summary(*values: bytes, step: int = 0, wall_time: float = 1.7e9) -> bytes:
    return event(field(5, b"".join(values)), step=step, wall_time=wall_time)


def simple(number: float) -> bytes:
    return b"\x15" + struct.pack("<f", number)


def tensor(dtype: int, shape: tuple[int, ...] | None, data: bytes) -> bytes:
    """A tensor field; `data` is its content field or typed list."""
    dimensions = b"" if shape is None else field(2, b"".join(field(2, number_field(1, size)) for size in shape))
    return field(8, number_field(1, dtype) + dimensions + data)


def scalar(tag: str, number: float, *, step: int = 0, wall_time: float | None = None) -> bytes:
    """A framed event with one simple value; one second a step unless told otherwise."""
    return summary(value(tag, simple(number)), step=step, wall_time=1.7e9 + step if wall_time is None else wall_time)


def write(folder: Path, data: bytes, name: str = NAME) -> Path:
    """Writes an event file into a folder that is made if missing."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / name
    path.write_bytes(data)
    return path


def append(path: Path, data: bytes) -> None:
    with path.open("ab") as file:
        file.write(data)
