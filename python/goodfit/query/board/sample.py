"""Many points → the few that TensorBoard's page asked for, chosen so that none of what matters is lost.

TensorBoard draws a thousand points at random, and with them the spikes go. Here the newest point is always among the
chosen ones, scalars keep the extremes and the first NaN of every stretch, and everything else is spread evenly.
The same points give the same choice.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from goodfit.types import Float64Array, Int64Array


def choose_spread(n_points: int, max_points: int) -> Int64Array:
    """At most `max_points` indices below `n_points`, evenly spread, first and last among them; all when it is 0.

    >>> choose_spread(10, 4).tolist(), choose_spread(9, 1).tolist(), choose_spread(3, 0).tolist()
    ([0, 3, 6, 9], [8], [0, 1, 2])
    """
    import numpy as np

    if max_points <= 0 or n_points <= max_points:
        return np.arange(n_points, dtype=np.int64)
    if max_points == 1:
        return np.array([n_points - 1], dtype=np.int64)
    return np.rint(np.linspace(0, n_points - 1, max_points)).astype(np.int64)


def choose_extremes(values: Float64Array, max_points: int) -> Int64Array:
    """At most `max_points` indices, ascending: of each of equal stretches the lowest and the highest value, or the
    first that is not finite and the one farthest from the stretch's middle; and the newest point. All when it is 0.

    >>> import numpy as np
    >>> choose_extremes(np.array([0, 0, 9, 0, 0, 0, 0, -9, 0, 1.0]), 5).tolist()
    [0, 2, 4, 7, 9]
    """
    import numpy as np

    n_points = len(values)
    if max_points <= 0 or n_points <= max_points:
        return np.arange(n_points, dtype=np.int64)
    n_stretches = (max_points - 1) // 2
    if n_stretches == 0:
        return choose_spread(n_points, max_points)
    edges = np.linspace(0, n_points - 1, n_stretches + 1).astype(np.int64)
    starts = edges[:-1]
    is_finite = np.isfinite(values[:-1])
    low = np.where(is_finite, values[:-1], np.inf)
    high = np.where(is_finite, values[:-1], -np.inf)
    lowest, highest = _first_equal(low, np.minimum, starts), _first_equal(high, np.maximum, starts)
    if not is_finite.all():
        odd = _first_equal(np.where(is_finite, 0.0, 1.0), np.maximum, starts)
        has_odd = ~is_finite[odd]
        middle = _middles(values, starts, edges[1:])
        is_low_farther = np.abs(values[lowest] - middle) > np.abs(values[highest] - middle)
        highest = np.where(has_odd & is_low_farther, lowest, highest)
        lowest = np.where(has_odd, odd, lowest)
    chosen = np.unique(np.concatenate([lowest, highest, [n_points - 1]]))
    return chosen.astype(np.int64)


def _first_equal(values: Float64Array, extreme: np.ufunc, starts: Int64Array) -> npt.NDArray[np.int64]:
    """In each stretch, the index of the first value that equals the stretch's extreme."""
    import numpy as np

    best = extreme.reduceat(values, starts)
    sizes = np.diff(np.append(starts, len(values)))
    hits = np.flatnonzero(values == np.repeat(best, sizes))
    return hits[np.searchsorted(hits, starts)]


def _middles(values: Float64Array, starts: Int64Array, stops: Int64Array) -> Float64Array:
    """The median of the finite values of each stretch; NaN where there are none."""
    import numpy as np

    middles = np.full(len(starts), np.nan)
    for at, (start, stop) in enumerate(zip(starts.tolist(), stops.tolist(), strict=True)):
        finite = values[start:stop]
        finite = finite[np.isfinite(finite)]
        if len(finite):
            middles[at] = np.median(finite)
    return middles
