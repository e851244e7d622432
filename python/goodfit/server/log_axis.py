"""Series over the logarithm of their steps → pixel columns, all of one width in that logarithm.

The chart's x is log10(step), so that zooming and panning are those of a straight axis. A step of 0 or below has no
place there; it is left out of the columns and of `n_points`, and the page says so. Everything is worked out over all
points of the newest branch (or of what it replaced), smoothing before the reduction.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, Final

from goodfit.errors import UnknownSeries
from goodfit.server.best import surviving
from goodfit.server.errors import ApiError
from goodfit.server.formula.reduce import reduce_points
from goodfit.store.series import Sample

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from goodfit.store.store import Store
    from goodfit.types import Float64Array, SeriesKey

LOG_STEP: Final = "log_step"
MAX_POINTS = 40_000_000
"""Of one chart: some seconds, and a gigabyte while it is worked out."""
FORGOTTEN = 1e-18
"""A weight of the past below this changes no digit."""


def place_log(_: SeriesKey, steps: Float64Array) -> Float64Array:
    """log10 of steps, NaN for those that have none."""
    import numpy as np

    return np.log10(np.where(steps > 0, steps, np.nan))


def sample_log(
    store: Store,
    keys: Sequence[SeriesKey],
    *,
    px: int,
    lo: float | None = None,
    hi: float | None = None,
    smoothing: float = 0.0,
    is_abandoned: bool = False,
    place: Callable[[SeriesKey, Float64Array], Float64Array | None] = place_log,
) -> tuple[tuple[float, float], list[Sample]]:
    """As `Store.sample`, with x = log10(step), or another `place` of the steps.

    Args:
        store: asked for the points.
        keys: series; those that are not there, or have no place at all (None), are left out.
        px: columns.
        lo: left edge; None: the first x.
        hi: right edge; None: the last x.
        smoothing: as in `Store.sample`.
        is_abandoned: what a restart wrote over, in place of the newest branch.
        place: x of a series' steps, ascending; NaN for a step without a place.

    Raises:
        ApiError: too many points for one chart.
    """
    import numpy as np

    read: list[tuple[SeriesKey, Float64Array, Float64Array, Float64Array]] = []
    n_points = 0
    for key in keys:
        with suppress(UnknownSeries):
            scalars = store.read_scalars(key)
            n_points += len(scalars.steps)
            if n_points > MAX_POINTS:
                raise ApiError(
                    "too_large",
                    f"This axis works through every point; these are more than {MAX_POINTS:,}.",
                    hint="choose fewer runs, or the straight axis",
                )
            kept = surviving(scalars)
            kept = ~kept if is_abandoned else kept
            steps, values = scalars.steps[kept], scalars.values[kept].astype(np.float64)
            levels = smooth_all(values, weight=smoothing) if smoothing else values
            x = place(key, steps.astype(np.float64))
            if x is not None:
                here = np.isfinite(x)
                read.append((key, x[here], values[here], levels[here]))
    ends = [(float(x[0]), float(x[-1])) for _, x, _, _ in read if len(x)]
    first = lo if lo is not None else min((start for start, _ in ends), default=0.0)
    last = hi if hi is not None else max((stop for _, stop in ends), default=1.0)
    samples = [reduce_points(key, x, y, smooth, lo=first, hi=last, px=px) for key, x, y, smooth in read]
    return (first, last), samples


def smooth_all(values: Float64Array, *, weight: float) -> Float64Array:
    """The debiased exponential moving average of `curves.smooth.smooth_ema`, by doubling instead of one by one.

    A value that is not finite is passed through and left out of the average, as there.
    """
    import numpy as np

    finite = np.isfinite(values)
    out = np.array(values, dtype=np.float64)
    average = (1 - weight) * out[finite]
    reach, share = 1, weight
    while reach < len(average) and share > FORGOTTEN:
        longer = average.copy()
        longer[reach:] += share * average[:-reach]
        average, reach, share = longer, 2 * reach, share * share
    out[finite] = average / -np.expm1(np.arange(1, len(average) + 1) * np.log(weight))
    return out


def steps_at(centres: npt.NDArray[np.float64]) -> Float64Array:
    """Steps at places of the axis; beyond what a float holds, the largest."""
    import numpy as np

    return np.power(10.0, np.minimum(centres, 308.0))
