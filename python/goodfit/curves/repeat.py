"""A curve and a period known from elsewhere → whether each period repeats the one before it, whatever its shape."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from goodfit.curves.median import median
from goodfit.curves.periodicity import MAX_POINTS
from goodfit.curves.refusal import Refusal

if TYPE_CHECKING:
    from goodfit.types import Float64Array

MIN_PERIODS = 6
"""Five pairs of neighbours: fewer cannot be told from luck."""
MIN_PERIOD_POINTS = 6


@dataclass(frozen=True, slots=True)
class Repeat:
    """What the periods of a detrended stretch have in common."""

    correlation: float
    """Mean correlation of each period with the next, -1 to 1; about 0 where nothing repeats."""
    t: float
    """That mean over its standard error."""
    amplitude: float
    """Of the mean period, as a sine of the same variance has it, in the curve's units."""
    share: float
    """Share of the detrended variance that the mean period carries, 0 to 1."""


def find_repeat(values: Float64Array, period_points: int) -> Repeat | Refusal:
    """How alike successive periods of the newest half of a curve are (at most 4,096 points, at least six periods).

    Args:
        values: Finite values, evenly spaced, shape (n,), n >= 7 periods.
        period_points: Points in one period, at least 6.

    Model:
        The mean over one period around each point is taken off, which removes what is slower than a period; the rest is
        cut into periods, and each is correlated with the next one. Noise, however coloured, has no reason to repeat.
    Limits:
        A pattern that changes from period to period is missed; so is one when the period is off by a point in ten.

    Example:
        >>> teeth = np.tile([0.0, 1.0, 3.0, 2.0, 0.5, 4.0], 20)
        >>> round(find_repeat(teeth, 6).correlation, 6)
        1.0
    """
    wanted = (MIN_PERIODS + 1) * period_points
    if period_points < MIN_PERIOD_POINTS or values.size < wanted:
        return Refusal("too_short", values.size, wanted)
    stretch = values[-max(wanted, min(MAX_POINTS, values.size // 2)) :]
    scale = float(np.max(np.abs(stretch)))
    if not 0 < scale < math.inf:
        return Repeat(correlation=0.0, t=0.0, amplitude=0.0, share=0.0)
    sums = np.concatenate(([0.0], np.cumsum(stretch / scale)))
    level = (sums[period_points:] - sums[:-period_points]) / period_points
    half = period_points // 2
    residual = stretch[half : half + level.size] / scale - level
    bound = 6 * median(np.abs(residual))
    residual = np.clip(residual, -bound, bound)
    n_periods = residual.size // period_points
    periods = residual[residual.size - n_periods * period_points :].reshape(n_periods, period_points)
    periods = periods - periods.mean(axis=1, keepdims=True)
    norms = np.sqrt((periods * periods).sum(axis=1))
    if not np.all(norms > 1e-12):
        return Repeat(correlation=0.0, t=0.0, amplitude=0.0, share=0.0)
    alike = (periods[1:] * periods[:-1]).sum(axis=1) / (norms[1:] * norms[:-1])
    mean = float(alike.mean())
    error = max(float(alike.std(ddof=1)) / math.sqrt(alike.size), 1e-12)
    pattern = periods.mean(axis=0)
    share = float(pattern.var() / periods.var())
    return Repeat(correlation=mean, t=mean / error, amplitude=scale * math.sqrt(2 * float(pattern.var())), share=share)
