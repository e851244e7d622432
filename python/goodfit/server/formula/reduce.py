"""A curve over any axis → the pixel columns of a chart, as the store reduces what was recorded.

Column of a point at x: floor((x - lo) * px / (hi - lo)), the last column closed. The axis need not ascend: of an x that
goes back, all points of a column are reduced together, in the order of their steps.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from goodfit.store.series import Sample
from goodfit.types import SeriesKey

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from goodfit.types import Float64Array


def reduce_points(
    key: SeriesKey, x: Float64Array, y: Float64Array, smooth: Float64Array, *, lo: float, hi: float, px: int
) -> Sample:
    """Points in the order of their steps, each array of shape (n,), x finite, as `px` columns of [lo, hi]."""
    import numpy as np

    inside = (x >= lo) & (x <= hi)
    x, y, smooth = x[inside], y[inside], smooth[inside]
    # Shares of the width, for the difference of two edges may overflow.
    half_width = hi / 2 - lo / 2
    share = (x / 2 - lo / 2) / half_width if half_width > 0 else np.zeros(len(x))
    column = np.minimum((share * px).astype(np.int64), px - 1)
    finite = np.isfinite(y)
    filled, starts, order = _group(column[finite])
    values, levels = y[finite][order], smooth[finite][order]
    stops = np.append(starts[1:], len(values))
    n_in = stops - starts

    def spread(numbers: Float64Array) -> npt.NDArray[np.float32]:
        whole = np.full(px, np.nan, dtype=np.float32)
        with np.errstate(over="ignore"):
            whole[filled] = numbers
        return whole

    if len(values):
        least, most = np.minimum.reduceat(values, starts), np.maximum.reduceat(values, starts)
        # The sum of two large numbers may overflow where their mean does not.
        mean = np.add.reduceat(values / np.repeat(n_in, n_in), starts)
        last, smoothed = values[stops - 1], levels[stops - 1]
    else:
        least = most = mean = last = smoothed = np.empty(0)
    count = np.bincount(column, minlength=px).astype(np.uint32)
    lost, first_lost, lost_order = _group(column[~finite])
    lost_x = x[~finite][lost_order]
    return Sample(
        key=key,
        n_points=len(x),
        n_nonfinite=int(np.count_nonzero(~finite)),
        minimum=spread(least),
        maximum=spread(most),
        mean=spread(mean),
        last=spread(last),
        smooth=spread(smoothed),
        count=count,
        nonfinite_x=lost_x[first_lost] if len(lost) else np.empty(0),
    )


def _group(
    column: npt.NDArray[np.int64],
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """The columns that hold points, where each begins in the sorted points, and the order that sorts them, stable."""
    import numpy as np

    order = np.argsort(column, kind="stable")
    sorted_column = column[order]
    starts = np.flatnonzero(np.diff(sorted_column, prepend=-1))
    return sorted_column[starts], starts, order
