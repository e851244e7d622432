"""Small log folders for tests, written by Goodfit's own writer; also damaged ones, and ones that are still growing.

Every function returns what it wrote, so that a test can say where the damage begins.
"""

from __future__ import annotations

import os
import struct
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from goodfit._core import masked_crc
from goodfit.sdk.hparams import Status
from goodfit.sdk.run import Run
from goodfit.tensorboard import SummaryWriter

__all__ = [
    "append_giant_length", "append_torn_tail", "corrupt_record", "list_record_offsets", "write_keras_training",
    "write_many_files", "write_run",
]  # fmt: skip

FIRST_WALL_TIME = 1_700_000_000.0
"""Seconds since the epoch; points follow one second apart."""


def write_run(
    folder: str | os.PathLike[str],
    curves: Mapping[str, Sequence[float] | Iterable[tuple[int, float]]],
    *,
    hparams: Mapping[str, Any] | None = None,
    first_wall_time: float = FIRST_WALL_TIME,
    ended: Status | None = "finished",
) -> Path:
    """Writes one run with scalar curves and returns its event file.

    Args:
        folder: the run's folder; made if missing.
        curves: values by tag: a sequence gets the steps 0, 1, 2, …; pairs are (step, value). Kept as float64.
        hparams: hyperparameters by name.
        first_wall_time: of the first point, seconds since the epoch; one second a point.
        ended: how the run says it ended: `finished`, `failed`, or None for a run that goes on.

    Example:
        >>> import tempfile
        >>> path = write_run(tempfile.mkdtemp(), {"loss": [2.0, 1.0, 0.5]})
        >>> "tfevents" in path.name
        True
    """
    run = Run(folder, hparams=hparams, double_precision=True, on_error="raise")
    by_step: dict[int, dict[int, dict[str, float]]] = {}
    for tag, values in curves.items():
        for position, value in enumerate(values):
            step, number = value if isinstance(value, tuple) else (position, value)
            by_step.setdefault(position, {}).setdefault(step, {})[tag] = number
    for position in sorted(by_step):
        for step, numbers in by_step[position].items():
            run.log(step, numbers, wall_time=first_wall_time + position)
    path = Path(run.path)
    if ended is None:
        # A run that is dropped does not keep its promise of a goodbye, as a killed process would not.
        run.flush()
        del run
    else:
        run.finish(ended)
    return path


def write_keras_training(
    folder: str | os.PathLike[str],
    train: Mapping[str, Sequence[float]],
    validation: Mapping[str, Sequence[float]],
) -> tuple[Path, Path]:
    """Writes `train/` and `validation/` with tags `epoch_<metric>`, as Keras does, and returns both event files.

    Like Keras, it leaves no word about how the training ended.

    Args:
        folder: the training's folder.
        train: values of each epoch by metric, such as `loss`.
        validation: likewise.
    """
    paths = []
    for half, curves in (("train", train), ("validation", validation)):
        with SummaryWriter(str(Path(folder) / half)) as writer:
            for metric, values in curves.items():
                for epoch, value in enumerate(values):
                    wall_time = FIRST_WALL_TIME + epoch
                    writer.add_scalar(f"epoch_{metric}", value, epoch, wall_time, double_precision=True)
        paths += sorted(Path(folder, half).glob("*tfevents*"))
    first, second = paths
    return first, second


def write_many_files(folder: str | os.PathLike[str], *, n_files: int, tag: str = "loss") -> list[Path]:
    """Writes a run whose points lie in many event files, one point each, steps 0 to n_files - 1."""
    return [
        write_run(folder, {tag: [(step, 1.0 / (1 + step))]}, ended=None, first_wall_time=FIRST_WALL_TIME + step)
        for step in range(n_files)
    ]


def list_record_offsets(path: str | os.PathLike[str]) -> list[int]:
    """Where each record of an undamaged event file begins, and at the end the file's size.

    A record is `u64le length | u32le masked CRC of the length | data | u32le masked CRC of the data`.
    """
    data = Path(path).read_bytes()
    offsets = [0]
    while offsets[-1] < len(data):
        (length,) = struct.unpack_from("<Q", data, offsets[-1])
        offsets.append(offsets[-1] + 12 + length + 4)
    return offsets


def corrupt_record(path: str | os.PathLike[str], index: int) -> int:
    """Flips a bit in the data of one record and returns the record's offset; its checksum no longer fits."""
    offsets = list_record_offsets(path)
    data = bytearray(Path(path).read_bytes())
    middle = (offsets[index] + 12 + offsets[index + 1] - 4) // 2
    data[middle] ^= 0x10
    Path(path).write_bytes(data)
    return offsets[index]


def append_torn_tail(path: str | os.PathLike[str]) -> int:
    """Appends the first half of a record, as a writer that was killed leaves it; returns where it begins."""
    offsets = list_record_offsets(path)
    data = Path(path).read_bytes()
    last = data[offsets[-2] : offsets[-1]]
    with Path(path).open("ab") as file:
        file.write(last[: len(last) // 2])
    return offsets[-1]


def append_giant_length(path: str | os.PathLike[str], *, length: int = 1 << 60) -> int:
    """Appends a record header that claims `length` bytes, with the right checksum; returns where it begins."""
    offset = Path(path).stat().st_size
    header = struct.pack("<Q", length)
    with Path(path).open("ab") as file:
        file.write(header + struct.pack("<I", masked_crc(header)) + b"only this")
    return offset
