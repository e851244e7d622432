"""The log folders of the page's bench, written once: `crowd`, `long`, `many`, `wall` and `graph`."""

from __future__ import annotations

import math
import random
import shutil
from collections.abc import Callable
from pathlib import Path

from bench.event_folders import Folder

from goodfit.sdk.run import Run

CROWD = Folder("crowd", 500, 20, 1_000)
LONG = Folder("long", 1, 20, 500_000)
MANY = Folder("many", 10_000, 5, 100)
WALL_METRICS = 24
WALL_RUNS = 8
N_NODES = 100_000


def make_wall(where: Path) -> Path:
    """Eight runs of 24 metrics, train and validation, 1,000 steps: a screen full of charts."""
    rng = random.Random(7)

    def write(root: Path) -> None:
        for number in range(WALL_RUNS):
            level = rng.uniform(0.1, 0.5)
            with Run(root / f"run{number}") as run:
                for step in range(1_000):
                    fall = level + math.exp(-step / 1_000 * rng.uniform(3, 5))
                    values = {f"metric{at:02}": fall + rng.gauss(0, 0.02) for at in range(WALL_METRICS)}
                    run.log(step, values | {f"val_{name}": value + 0.1 for name, value in values.items()})

    return _once(where / "wall", write)


def make_graph(where: Path) -> Path:
    """One run with a GraphDef of 100,000 operations in 100 blocks of 20 layers of 50."""

    def write(root: Path) -> None:
        parts, before = [], ""
        for at in range(N_NODES):
            name = f"model/block_{at // 1_000}/layer_{at // 50 % 20}/op_{at}"
            node = _field(1, name.encode()) + _field(2, b"MatMul") + (_field(3, before.encode()) if before else b"")
            parts.append(_field(1, node))
            before = name
        with Run(root / "run") as run:
            run.log(0, {"loss": 1.0})
            run.graph(b"".join(parts))

    return _once(where / "graph", write)


def _once(root: Path, write: Callable[[Path], None]) -> Path:
    if not (root / "complete").exists():
        shutil.rmtree(root, ignore_errors=True)
        root.mkdir(parents=True)
        write(root)
        (root / "complete").touch()
    return root


def _field(number: int, content: bytes) -> bytes:
    size, length = len(content), bytearray()
    while size > 127:
        length.append(size & 127 | 128)
        size >>= 7
    length.append(size)
    return bytes([number << 3 | 2]) + bytes(length) + content
