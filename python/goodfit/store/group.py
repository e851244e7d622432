"""Curves on one grid → one curve for all of them, and the curve nearest to a place; numpy only.

A curve has a value in a pixel column where points of it lie. Between two such columns it lies on a straight line, so
that runs that log at different steps are compared at the same ones; before its first and behind its last it has none.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from goodfit.errors import BadArgument

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from goodfit.store.series import Sample
    from goodfit.types import Float64Array, SeriesKey

Column = Literal["mean", "last", "smooth"]


@dataclass(frozen=True, slots=True)
class Group:
    """What many curves have in common, per pixel column; NaN where fewer curves have a value than it takes."""

    n_series: int
    """Curves that have a value anywhere."""
    count: npt.NDArray[np.uint32]
    """Curves that have a value in the column."""
    mean: Float64Array
    deviation: Float64Array
    """Standard deviation between curves, with n - 1; of at least two."""
    low: Float64Array
    """The interval's lower end: a quantile of the curves, interpolated between two."""
    high: Float64Array
    minimum: Float64Array
    maximum: Float64Array


@dataclass(frozen=True, slots=True)
class Nearest:
    """The curve nearest to a place of a chart."""

    key: SeriesKey
    value: float
    """Of the curve in the place's column."""
    distance: float
    """From the place's value, 0 within the column's extremes."""


def bridge(rows: Float64Array) -> Float64Array:
    """Rows with straight lines in the gaps between values, shape kept; NaN before the first and behind the last."""
    import numpy as np

    n_columns = rows.shape[1]
    at = np.arange(n_columns)
    is_there = np.isfinite(rows)
    before = np.maximum.accumulate(np.where(is_there, at, -1), axis=1)
    after = np.minimum.accumulate(np.where(is_there, at, n_columns)[:, ::-1], axis=1)[:, ::-1]
    is_gap = ~is_there & (before >= 0) & (after < n_columns)
    bridged = np.where(is_there, rows, np.nan)
    row, column = np.nonzero(is_gap)
    left, right = before[row, column], after[row, column]
    share = (column - left) / (right - left)
    bridged[row, column] = rows[row, left] * (1 - share) + rows[row, right] * share
    return bridged


def _rows(samples: Sequence[Sample], column: Column) -> Float64Array:
    import numpy as np

    return np.array([getattr(sample, column) for sample in samples], dtype=np.float64)


def group_samples(samples: Sequence[Sample], *, px: int, column: Column = "mean", interval: float = 0.8) -> Group:
    """What curves sampled on one grid have in common.

    Args:
        samples: Of one `Store.sample`.
        px: Their number of columns.
        column: Which of a curve's columns counts: `mean`, `last` or `smooth`.
        interval: Share of the curves between `low` and `high`, above 0 to 1.

    Raises:
        BadArgument: the interval or the column is none.
    """
    import numpy as np

    if not 0 < interval <= 1:
        raise BadArgument(f"interval is {interval}; wanted a share above 0, to 1.")
    if column not in ("mean", "last", "smooth"):
        raise BadArgument(f"column is {column!r}; wanted 'mean', 'last' or 'smooth'.")
    rows = bridge(_rows(samples, column)) if samples else np.empty((0, px))
    # Sorting puts NaN last, so each column's curves come first.
    rows = np.sort(rows, axis=0)
    count = np.isfinite(rows).sum(axis=0)
    n = np.maximum(count, 1)
    mean = np.nansum(rows, axis=0) / n
    deviation = np.sqrt(np.nansum((rows - mean) ** 2, axis=0) / np.maximum(count - 1, 1))

    def quantile(share: float) -> Float64Array:
        if not len(rows):
            return np.full(px, np.nan)
        place = share * (n - 1)
        below = np.floor(place).astype(np.intp)
        above = np.minimum(below + 1, n - 1)
        columns = np.arange(px)
        low, high = rows[below, columns], rows[above, columns]
        found: Float64Array = low + (high - low) * (place - below)
        return found

    def where(is_known: npt.NDArray[np.bool_], numbers: Float64Array) -> Float64Array:
        known = np.where(is_known, numbers, np.nan)
        known.flags.writeable = False
        return known

    any_curve, two_curves = count > 0, count > 1
    return Group(
        n_series=sum(bool(np.isfinite(getattr(sample, column)).any()) for sample in samples),
        count=count.astype(np.uint32),
        mean=where(any_curve, mean),
        deviation=where(two_curves, deviation),
        low=where(any_curve, quantile((1 - interval) / 2)),
        high=where(any_curve, quantile((1 + interval) / 2)),
        minimum=where(any_curve, quantile(0.0)),
        maximum=where(any_curve, quantile(1.0)),
    )


def find_nearest(samples: Sequence[Sample], *, column: int, value: float) -> Nearest | None:
    """The curve nearest to a value in one column of their grid; the first of equals. None when none goes through it.

    Raises IndexError when there is no such column.
    """
    import numpy as np

    if not samples:
        return None
    path = bridge(_rows(samples, "mean"))[:, column]
    low = np.fmin(np.array([sample.minimum[column] for sample in samples], dtype=np.float64), path)
    high = np.fmax(np.array([sample.maximum[column] for sample in samples], dtype=np.float64), path)
    distance = np.maximum(np.maximum(low - value, value - high), 0.0)
    if np.isnan(distance).all():
        return None
    # Among curves whose extremes hold the value, the one whose middle is nearer.
    best = int(np.lexsort((np.abs(path - value), distance))[0])
    return Nearest(samples[best].key, float(path[best]), float(distance[best]))
