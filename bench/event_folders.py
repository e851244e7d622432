"""Deterministic log folders for the loading bench, as TensorFlow 2 writes scalars; numpy only.

One row is all records of one step. Rows whose step takes as many bytes share one layout, so a block of rows is one
matrix of bytes, and the checksums are computed column by column.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

Bytes = npt.NDArray[np.uint8]
TAGS = [f"{half}/{metric}" for half in ("train", "val", "optim", "sys") for metric in
        ("loss", "accuracy", "grad_norm", "lr", "throughput")]  # fmt: skip
FIRST_WALL_TIME = 1.7e9
BLOCK_STEPS = 10_000


@dataclass(frozen=True)
class Folder:
    """Runs × tags × steps."""

    name: str
    n_runs: int
    n_tags: int
    n_steps: int

    @property
    def n_points(self) -> int:
        return self.n_runs * self.n_tags * self.n_steps


FOLDERS = {
    folder.name: folder
    for folder in (
        Folder("S", 1, 20, 500_000),
        Folder("M", 500, 20, 1_000),
        Folder("T", 10_000, 5, 100),
        Folder("small", 1, 20, 10_000),
        Folder("tiny", 10, 5, 200),
    )
}


def make_folder(folder: Folder, where: Path) -> Path:
    """Writes the folder below `where` unless it is there, and returns its path."""
    root = where / folder.name
    if (root / "complete").exists():
        return root
    for run in range(folder.n_runs):
        path = root / f"group{run // 100:03}" / f"run{run:05}"
        path.mkdir(parents=True, exist_ok=True)
        _write_run(path / f"events.out.tfevents.1700000000.host.{run}.0.v2", folder, np.random.default_rng(run))
    (root / "complete").touch()
    return root


def _crc_table() -> npt.NDArray[np.uint32]:
    crc = np.arange(256, dtype=np.uint32)
    for _ in range(8):
        crc = np.where(crc & 1, np.uint32(0x82F63B78) ^ (crc >> 1), crc >> 1)
    return crc.astype(np.uint32)


_TABLE = _crc_table()


def _masked_crc(rows: Bytes) -> Bytes:
    """The masked checksum of each row, as four columns."""
    crc = np.full(len(rows), 0xFFFFFFFF, np.uint32)
    for column in rows.T:
        crc = _TABLE[(crc ^ column) & 0xFF] ^ (crc >> 8)
    crc = ~crc
    masked = (crc.astype(np.uint64) >> 15 | crc.astype(np.uint64) << 17) + 0xA282EAD8
    return (masked & 0xFFFFFFFF).astype("<u4").view(np.uint8).reshape(-1, 4)


def _varints(numbers: npt.NDArray[np.int64], n_bytes: int) -> Bytes:
    shifts = 7 * np.arange(n_bytes)
    columns = numbers[:, None] >> shifts & 0x7F
    columns[:, :-1] |= 0x80
    return columns.astype(np.uint8)


def _field(number: int, content: bytes) -> bytes:
    return bytes([number << 3 | 2, len(content)]) + content


def _records(wall_times: npt.NDArray[np.float64], steps: Bytes, tag: str, values: npt.NDArray[np.float32]) -> Bytes:
    """One framed scalar event a row."""
    tensor = _field(8, b"\x08\x01" + _field(2, b"") + b"\x22\x04" + bytes(4))
    metadata = _field(9, _field(1, _field(1, b"scalars")))
    summary = _field(5, _field(1, _field(1, tag.encode()) + tensor + metadata))
    n_step = steps.shape[1]
    payload = np.tile(np.frombuffer(b"\x09" + bytes(8) + b"\x10" + bytes(n_step) + summary, np.uint8), (len(values), 1))
    payload[:, 1:9] = wall_times.astype("<f8").view(np.uint8).reshape(-1, 8)
    payload[:, 10 : 10 + n_step] = steps
    number_at = payload.shape[1] - len(metadata) - 4
    payload[:, number_at : number_at + 4] = values.astype("<f4").view(np.uint8).reshape(-1, 4)
    length = np.frombuffer(struct.pack("<Q", payload.shape[1]), np.uint8)[None, :]
    header = np.tile(np.concatenate([length, _masked_crc(length)], axis=1), (len(values), 1))
    return np.concatenate([header, payload, _masked_crc(payload)], axis=1)


def _write_run(path: Path, folder: Folder, rng: np.random.Generator) -> None:
    tags = TAGS[: folder.n_tags]
    start, rate, floor = rng.uniform(0.5, 4, len(tags)), rng.uniform(1, 9, len(tags)), rng.uniform(0, 0.5, len(tags))
    with path.open("wb") as file:
        first = 0
        while first < folder.n_steps:
            n_bytes = max(1, -(-first.bit_length() // 7))
            stop = min(folder.n_steps, first + BLOCK_STEPS, 1 << 7 * n_bytes)
            steps = np.arange(first, stop)
            x = steps[:, None] / folder.n_steps
            values = start * np.exp(-rate * x) + floor + rng.normal(0, 0.03, (len(steps), len(tags)))
            coded = _varints(steps, n_bytes)
            parts = [
                _records(FIRST_WALL_TIME + steps * 0.02 + at * 1e-5, coded, tag, values[:, at].astype(np.float32))
                for at, tag in enumerate(tags)
            ]
            file.write(np.concatenate(parts, axis=1).tobytes())
            first = stop
