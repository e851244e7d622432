"""A curve → whether its end is flat, shown by an equivalence test, and since when.

"No significant slope" is not flatness: a noisy curve has none while it falls. Flat means that the slope is so surely
small that the rest of the horizon would not move the level by more than a tolerance.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from goodfit.curves.blocks import condense
from goodfit.curves.changepoints import ROUNDING
from goodfit.curves.median import median
from goodfit.curves.noise import noise_scale
from goodfit.curves.refusal import Refusal
from goodfit.curves.smooth import box_mean, median_of_three
from goodfit.curves.trend import Trend, find_trend

if TYPE_CHECKING:
    from goodfit.curves.blocks import Blocks
    from goodfit.types import Float64Array

MIN_POINTS = 10

END_SHARE = 0.2
"""The end that is judged: the last fifth, at least ten points."""

TOLERANCE_OF_GAIN = 0.01
"""Flat means: a further fifth of the run would change the level by less than 1 % of what was gained so far."""

_Z95 = 1.645  # one-sided 95 %: both one-sided tests at 5 % each (TOST)


@dataclass(frozen=True, slots=True)
class Plateau:
    """The end of a curve, tested for flatness."""

    is_flat: bool
    start_idx: int
    """First point from which on the smoothed curve stays within the tolerance (or the noise) of its end level."""
    level: float
    """Level of the end."""
    change: float
    """What the end's slope would add over the horizon; negative is falling. In the curve's units."""
    change_error: float
    """Its standard error."""
    tolerance: float
    gain: float
    """First level minus the best; at least 0."""
    trend: Trend


def find_plateau(values: Float64Array, *, blocks: Blocks | None = None) -> Plateau | Refusal:
    """Tests whether the last fifth of a curve is equivalent to flat over a horizon of as many points again.

    Args:
        values: Finite values, lower is better, evenly spaced, shape (n,), n >= 10.
        blocks: `condense(values)`, where the caller has it already.

    Returns:
        The test's outcome, or a refusal below ten points.

    Model:
        b ± s: Theil–Sen slope of the last max(10, n / 5) points and its error; h as many points ahead;
        tolerance = max(1 % of the gain, σ / 2). Flat if |b| h + 1.645 s h < tolerance.
    Assumes:
        What comes next is like the last fifth: no learning-rate cut is due.
    Limits:
        A plateau before a rate cut is flat and not the end. With very noisy curves the tolerance is the noise's.
    References:
        D. J. Schuirmann, A comparison of the two one-sided tests procedure, J. Pharmacokin. Biopharm. 15, 1987,
        doi:10.1007/BF01068419.

    Example:
        >>> find_plateau(np.r_[np.linspace(3, 1, 30), np.ones(40)]).is_flat
        True
    """
    n = values.size
    if n < MIN_POINTS:
        return Refusal("too_short", n, MIN_POINTS)
    n_end = max(MIN_POINTS, round(END_SHARE * n))
    trend = find_trend(values[-n_end:])
    assert isinstance(trend, Trend)
    condensed = condense(values) if blocks is None else blocks
    sigma = noise_scale(condensed.levels)
    smooth = box_mean(median_of_three(condensed.levels), width=5)
    gain = max(median(condensed.levels[:3]) - float(smooth.min()), 0.0)
    gain = gain if gain > ROUNDING * float(np.abs(smooth).max()) else 0.0
    level = trend.level - trend.slope * (n_end - 1) / 2
    tolerance = max(TOLERANCE_OF_GAIN * gain, 0.5 * sigma)
    change, error = trend.slope * n_end, trend.slope_error * n_end
    outside = np.flatnonzero(np.abs(smooth - level) > max(tolerance, 2 * sigma))
    first_inside = int(outside[-1]) + 1 if outside.size else 0
    start = float(condensed.centres[min(first_inside, condensed.centres.size - 1)])
    return Plateau(
        is_flat=abs(change) + _Z95 * error <= tolerance,
        start_idx=max(0, min(n - 1, round(start - condensed.size / 2 + 0.5))),
        level=level,
        change=change,
        change_error=error,
        tolerance=tolerance,
        gain=gain,
        trend=trend,
    )
