"""Two curves → one step axis.

Steps of an aligned pair strictly increase. Values are those recorded; nothing is interpolated.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

from goodfit.types import Scalars

if TYPE_CHECKING:
    from goodfit.types import Float64Array, Int64Array


@dataclass(frozen=True, slots=True)
class Branch:
    """The newest branch of a series: what remains when each restart takes back what it overwrote."""

    steps: Int64Array
    """Strictly increasing."""
    values: Float64Array
    n_replaced: int
    """Recorded points that a restart or a later point of the same step replaced."""


@dataclass(frozen=True, slots=True)
class Aligned:
    """Two curves on common steps; all arrays have the same length."""

    steps: Int64Array
    """Strictly increasing."""
    first: Float64Array
    second: Float64Array


def newest_branch(series: Scalars) -> Branch:
    """The points that a reader takes for the curve: of each step the last recorded, after the last restart before it.

    A restart at step s takes back every earlier point at s or later, as TensorBoard does.

    Args:
        series: points in file order, restarts included; any length.

    Example:
        >>> steps, values = np.array([0, 1, 2, 1]), np.array([9.0, 8.0, 7.0, 5.0])
        >>> branch = newest_branch(Scalars(steps, values, values, (0, 3)))
        >>> branch.steps.tolist(), branch.values.tolist(), branch.n_replaced
        ([0, 1], [9.0, 5.0], 2)
    """
    steps, values = series.steps, series.values
    n_points = len(steps)
    if n_points == 0:
        return Branch(steps, values, 0)
    # A point survives if every later point has a larger step: the running minimum from the end.
    later = np.empty(n_points, dtype=np.int64)
    later[-1] = np.iinfo(np.int64).max
    later[:-1] = np.minimum.accumulate(steps[:0:-1])[::-1]
    kept = steps < later
    kept[-1] = True
    if kept.all():
        return Branch(steps, values, 0)
    return Branch(steps[kept], values[kept], int(n_points - np.count_nonzero(kept)))


def align(first: Scalars, second: Scalars, *, how: Literal["common", "previous"] = "common") -> Aligned:
    """Two series on one step axis.

    Args:
        first: points in file order; any length.
        second: likewise.
        how: `common` keeps the steps that both have; `previous` keeps every step of `second` that has a point of
            `first` at or before it, and takes the nearest such point (train is logged more often than validation).

    Returns:
        Arrays of equal length, empty if the axes never meet.

    Example:
        >>> train = Scalars(np.array([0, 5, 10]), np.zeros(3), np.array([3.0, 2.0, 1.0]), (0,))
        >>> validation = Scalars(np.array([7, 10]), np.zeros(2), np.array([2.5, 2.2]), (0,))
        >>> align(train, validation).steps.tolist()
        [10]
        >>> align(train, validation, how="previous").first.tolist()
        [2.0, 1.0]
    """
    left, right = newest_branch(first), newest_branch(second)
    if how == "common":
        steps, left_at, right_at = np.intersect1d(left.steps, right.steps, assume_unique=True, return_indices=True)
        return Aligned(steps, left.values[left_at], right.values[right_at])
    at = np.searchsorted(left.steps, right.steps, side="right") - 1
    has_one = at >= 0
    return Aligned(right.steps[has_one], left.values[at[has_one]], right.values[has_one])
