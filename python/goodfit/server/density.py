"""Sampled curves → one picture of how many pass through each pixel.

Each curve covers, in each pixel column, the rows from its lowest to its highest value there, joined to its value in the
column before, and nothing before its first or after its last finite column: as if drawn with a pen one pixel wide.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from goodfit.store.store import Sample
    from goodfit.types import Float64Array, Int64Array

LEVELS = 16
"""Half-size pictures of 16 levels of 1,000 runs compress to 7 kB and look the same as 256."""


def find_levels(counts: npt.NDArray[np.uint32] | Int64Array) -> npt.NDArray[np.uint8]:
    """Levels in equal steps of log(1 + curves): 0 where no curve passes, else 1 to LEVELS - 1 for the fullest pixel.

    Args:
        counts: Any shape; kept.

    Example:
        >>> import numpy as np
        >>> find_levels(np.array([0, 1, 9], dtype=np.uint32)).tolist()
        [0, 5, 15]
    """
    import numpy as np

    most = int(counts.max(initial=0)) or 1
    # By a table: logarithms of every pixel would take longer than the rest of the picture.
    table = np.rint(np.log1p(np.arange(most + 1)) * ((LEVELS - 1) / np.log1p(most)))
    levels: npt.NDArray[np.uint8] = table.clip(1, LEVELS - 1).astype(np.uint8)
    levels[0] = 0
    found: npt.NDArray[np.uint8] = levels[counts]
    return found


@dataclass(frozen=True, slots=True)
class Density:
    """The picture and its scale."""

    levels: npt.NDArray[np.uint8]
    """Shape (height, width), the first row at `y_hi`; 0 where no curve passes, else 1 to LEVELS - 1."""
    y_lo: float
    y_hi: float
    n_series: int
    max_curves: int


@dataclass(frozen=True, slots=True)
class Edges:
    """The scale of the rows, in rows' own units: values, or their logarithms."""

    bottom: float
    top: float
    is_log: bool

    @classmethod
    def of(cls, y_lo: float | None, y_hi: float | None, *, found: tuple[float, float] | None, is_log: bool) -> Edges:
        """Edges as asked for, else as found, moved apart where they are one (a constant runs through the middle)."""
        import math

        if is_log:
            y_lo = math.log10(y_lo) if y_lo is not None and y_lo > 0 else None
            y_hi = math.log10(y_hi) if y_hi is not None and y_hi > 0 else None
        low, high = found or (0.0, 1.0)
        bottom, top = low if y_lo is None else y_lo, high if y_hi is None else y_hi
        if not bottom < top:
            margin = abs(bottom) * 0.01 or 0.5
            bottom, top = bottom - margin, bottom + margin
        return cls(bottom, top, is_log)

    def as_values(self) -> tuple[float, float]:
        return (10.0**self.bottom, 10.0**self.top) if self.is_log else (self.bottom, self.top)


def _rows(samples: Sequence[Sample], column: str, *, is_log: bool) -> Float64Array:
    """One column of each sample in rows' units, shape (n_samples, width); NaN where there is nothing to draw."""
    import numpy as np

    rows = np.array([getattr(sample, column) for sample in samples], dtype=np.float64)
    if is_log:
        with np.errstate(invalid="ignore", divide="ignore"):
            rows = np.log10(np.where(rows > 0, rows, np.nan))
    rows[~np.isfinite(rows)] = np.nan
    return rows


def find_extent(samples: Sequence[Sample], *, is_log: bool) -> tuple[float, float] | None:
    """The lowest and highest value of all samples in rows' units; None when none is to be drawn."""
    import numpy as np

    if not samples:
        return None
    low = _rows(samples, "minimum", is_log=is_log)
    high = _rows(samples, "maximum", is_log=is_log)
    both = np.fmin(low, high), np.fmax(low, high)
    if np.isnan(both[0]).all():
        return None
    return float(np.nanmin(both[0])), float(np.nanmax(both[1]))


def join_extents(one: tuple[float, float] | None, other: tuple[float, float] | None) -> tuple[float, float] | None:
    """The extent of both."""
    if one is None or other is None:
        return one or other
    return min(one[0], other[0]), max(one[1], other[1])


class Canvas:
    """Curves are added batch by batch, so that ten thousand never lie in memory at once."""

    def __init__(self, *, width: int, height: int, edges: Edges) -> None:
        import numpy as np

        self._width = width
        self._height = height
        self._edges = edges
        self._n_series = 0
        self._steps = np.zeros((height + 1) * width, dtype=np.int64)
        """+1 where a curve's span begins in a column, -1 below its end: their running sum is the count."""

    def add(self, samples: Sequence[Sample]) -> None:
        """Draws curves, each of `width` columns."""
        import numpy as np

        if not samples:
            return
        is_log = self._edges.is_log
        low, high, last = (_rows(samples, name, is_log=is_log) for name in ("minimum", "maximum", "last"))
        path = np.where(np.isnan(last), low, last)
        self._n_series += int(np.isfinite(path).any(axis=1).sum())
        for row in np.flatnonzero(_has_gap(path)):
            path[row] = _bridge(path[row])
        before = np.concatenate((np.full((len(path), 1), np.nan), path[:, :-1]), axis=1)
        # Before the first point of a curve there is nothing to join; fmin and fmax pass over NaN.
        span_low = np.fmin(np.fmin(low, path), before)
        span_high = np.fmax(np.fmax(high, path), before)
        bottom, top = self._edges.bottom, self._edges.top
        is_drawn = np.isfinite(path) & (span_high >= bottom) & (span_low <= top)
        columns = np.nonzero(is_drawn)[1]
        begin = self._row_of(span_high[is_drawn]) * self._width + columns
        end = (self._row_of(span_low[is_drawn]) + 1) * self._width + columns
        n_cells = len(self._steps)
        self._steps += np.bincount(begin, minlength=n_cells) - np.bincount(end, minlength=n_cells)

    def _row_of(self, values: Float64Array) -> Int64Array:
        """The row that a value lies in; beyond the edges the first or last."""
        import numpy as np

        # Halves, for the difference of two edges may overflow.
        top, bottom = self._edges.top / 2, self._edges.bottom / 2
        share = (top - values.clip(self._edges.bottom, self._edges.top) / 2) / (top - bottom)
        return np.floor(share * self._height).clip(0, self._height - 1).astype(np.int64)

    def finish(self) -> Density:
        """The picture of all that was added."""
        import numpy as np

        counts = np.cumsum(self._steps.reshape(self._height + 1, self._width), axis=0)[: self._height]
        max_curves = int(counts.max())
        levels = find_levels(counts)
        return Density(levels, *self._edges.as_values(), self._n_series, max_curves)


def _has_gap(path: Float64Array) -> npt.NDArray[np.bool_]:
    """Rows with an empty column between two others."""
    import numpy as np

    is_finite = np.isfinite(path)
    n_edges = np.count_nonzero(is_finite[:, 1:] != is_finite[:, :-1], axis=1)
    n_outer = (~is_finite[:, 0]).astype(np.int64) + ~is_finite[:, -1]
    gaps: npt.NDArray[np.bool_] = n_edges > n_outer
    return gaps


def _bridge(column: Float64Array) -> Float64Array:
    """Fills empty columns between finite ones on a straight line; those before and after stay NaN."""
    import numpy as np

    finite = np.flatnonzero(np.isfinite(column))
    bridged = np.full_like(column, np.nan)
    inside = np.arange(finite[0], finite[-1] + 1)
    bridged[inside] = np.interp(inside, finite, column[finite])
    return bridged
