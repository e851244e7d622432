"""Numbers of `add_scalars` → the JSON that tensorboardX exports: `{writer: [[wall time, step, value], …], …}`."""

from __future__ import annotations

import json
import math
import os
from array import array
from pathlib import Path


class ScalarExport:
    """Numbers by writer, kept until they are exported.

    They are kept in memory as tensorboardX keeps them, for an event file holds float32 only; but in 24 bytes each.
    """

    def __init__(self) -> None:
        self._numbers: dict[str, array[float]] = {}
        """Wall time, step (NaN for none) and value, again and again."""

    def add(self, writer: str, *, wall_time: float, step: int | None, value: float) -> None:
        """Keeps one number; steps beyond 2^53 lose their last digits."""
        numbers = self._numbers.setdefault(writer, array("d"))
        numbers.extend((wall_time, math.nan if step is None else step, value))

    def write(self, path: str | os.PathLike[str]) -> None:
        """Writes what was kept and forgets it. NaN and infinities are written as Python writes them.

        Raises:
            OSError: the file cannot be written; nothing is forgotten then.
        """
        rows = {
            writer: [
                [wall_time, None if math.isnan(step) else int(step), value]
                for wall_time, step, value in zip(numbers[::3], numbers[1::3], numbers[2::3], strict=True)
            ]
            for writer, numbers in self._numbers.items()
        }
        Path(path).write_text(json.dumps(rows), encoding="ascii")
        self._numbers.clear()
