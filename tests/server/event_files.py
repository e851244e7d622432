"""Values → event files, in the plainest way: what the server's tests put on disk for the real store to read.

    record = u64le length | u32le masked crc of the length | data | u32le masked crc of the data

Source: tensorflow/core/lib/io/record_writer.h, core/util/event.proto, core/framework/summary.proto
"""

from __future__ import annotations

import struct
from collections.abc import Iterable, Sequence
from pathlib import Path

WALL_TIME = 1_700_000_000.0


def _make_table() -> list[int]:
    table = []
    for byte in range(256):
        for _ in range(8):
            byte = (byte >> 1) ^ (0x82F63B78 if byte & 1 else 0)
        table.append(byte)
    return table


_TABLE = _make_table()


def masked_crc(data: bytes) -> bytes:
    crc = 0xFFFFFFFF
    for byte in data:
        crc = _TABLE[(crc ^ byte) & 0xFF] ^ (crc >> 8)
    crc ^= 0xFFFFFFFF
    return struct.pack("<I", (((crc >> 15) | (crc << 17)) + 0xA282EAD8) & 0xFFFFFFFF)


def varint(value: int) -> bytes:
    value &= 2**64 - 1
    out = bytearray()
    while value >= 0x80:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)


def field(number: int, value: bytes | str | int | float) -> bytes:
    """One field of a message: text and messages by length, int as varint, float as double."""
    if isinstance(value, int):
        return varint(number << 3) + varint(value)
    if isinstance(value, float):
        return varint(number << 3 | 1) + struct.pack("<d", value)
    data = value.encode() if isinstance(value, str) else value
    return varint(number << 3 | 2) + varint(len(data)) + data


def record(event: bytes) -> bytes:
    length = struct.pack("<Q", len(event))
    return length + masked_crc(length) + event + masked_crc(event)


def event(step: int, payload: bytes, *, wall_time: float | None = None) -> bytes:
    return record(field(1, WALL_TIME + step if wall_time is None else wall_time) + field(2, step) + payload)


def summary(tag: str, value: bytes, *, plugin: str = "", content: bytes = b"") -> bytes:
    """An event's summary with one value; the metadata names the plugin."""
    metadata = field(9, field(1, field(1, plugin) + field(2, content))) if plugin else b""
    return field(5, field(1, field(1, tag) + metadata + value))


def scalar(tag: str, value: float) -> bytes:
    return summary(tag, varint(2 << 3 | 5) + struct.pack("<f", value))


def histogram(tag: str, edges: Sequence[float], counts: Sequence[float]) -> bytes:
    """TensorFlow 2's encoding: a float64 tensor of rows (left, right, count)."""
    rows = [(edges[index], edges[index + 1], count) for index, count in enumerate(counts)]
    shape = field(2, field(1, len(rows))) + field(2, field(1, 3))
    content = b"".join(struct.pack("<3d", *row) for row in rows)
    return summary(tag, field(8, field(1, 2) + field(2, shape) + field(4, content)), plugin="histograms")


def strings(tag: str, values: Iterable[bytes], *, plugin: str, content: bytes = b"") -> bytes:
    """A tensor of strings: texts, or width, height and pictures."""
    items = list(values)
    shape = field(2, field(1, len(items)))
    tensor = field(1, 7) + field(2, shape) + b"".join(field(8, item) for item in items)
    return summary(tag, field(8, tensor), plugin=plugin, content=content)


def pr_curve(tag: str, table: Sequence[Sequence[float]]) -> bytes:
    """Rows of true positives, false positives, true negatives, false negatives, precision, recall."""
    shape = b"".join(field(2, field(1, size)) for size in (len(table), len(table[0])))
    content = struct.pack(f"<{len(table) * len(table[0])}f", *(value for row in table for value in row))
    tensor = field(1, 1) + field(2, shape) + field(4, content)
    return summary(tag, field(8, tensor), plugin="pr_curves", content=b"")


class EventFile:
    """One event file that grows; each call is on disk when it returns."""

    def __init__(self, folder: Path, *, name: str = "events.out.tfevents.1700000000.test") -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.path = folder / name
        self.append(record(field(1, WALL_TIME) + field(3, "brain.Event:2")))

    def append(self, data: bytes) -> None:
        with self.path.open("ab") as file:
            file.write(data)

    def scalars(
        self,
        tag: str,
        values: Iterable[float],
        *,
        start_step: int = 0,
        steps: Sequence[int] | None = None,
        wall_time: float | None = None,
    ) -> None:
        """Points at `steps`, or one a step; with `wall_time` of the first, one a second."""
        parts = []
        for offset, value in enumerate(values):
            time = None if wall_time is None else wall_time + offset
            step = start_step + offset if steps is None else steps[offset]
            parts.append(event(step, scalar(tag, value), wall_time=time))
        self.append(b"".join(parts))

    def add(self, step: int, payload: bytes) -> None:
        self.append(event(step, payload))
