"""The values of a curve → at most forty for a sparkline: the last part, NaN and infinities as gaps.

Each value is the mean of the finite ones in its share of the points, so that noise does not hide the shape.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from goodfit.types import Float64Array

MAX_VALUES = 40
SHARE = 0.8
"""Of the points, counted from the end: the first steep fall would flatten everything after it."""


def draw_spark(values: Float64Array, *, max_values: int = MAX_VALUES) -> list[float | None]:
    """At most `max_values` values of the last `SHARE` of a curve; None where no point of a share is finite.

    >>> import numpy as np
    >>> draw_spark(np.array([1.0, np.nan, 3.0]))
    [1.0, None, 3.0]
    """
    import numpy as np

    n_points = len(values)
    n_kept = n_points if n_points <= max_values else max(max_values, math.ceil(n_points * SHARE))
    tail = np.asarray(values[n_points - n_kept :], dtype=np.float64)
    if not n_kept:
        return []
    n_shares = min(max_values, n_kept)
    starts = (np.arange(n_shares) * n_kept) // n_shares
    is_finite = np.isfinite(tail)
    counts = np.add.reduceat(is_finite, starts, dtype=np.int64)
    # Divided before summing, so that values near the largest float do not overflow.
    per_share = np.repeat(counts, np.diff(starts, append=n_kept))
    parts = np.divide(tail, per_share, out=np.zeros_like(tail), where=is_finite)
    means = np.add.reduceat(parts, starts)
    return [_short(mean) if count else None for mean, count in zip(means.tolist(), counts.tolist(), strict=True)]


def _short(value: float) -> float:
    """To six digits: a sparkline draws nothing smaller, and all digits are a third of the landing view's bytes."""
    return float(f"{value:.6g}")
