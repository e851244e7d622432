"""The newer part of a curve → the strongest regular swing around its level, with period and significance."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from goodfit.curves.median import median
from goodfit.curves.refusal import Refusal

if TYPE_CHECKING:
    from goodfit.types import Float64Array

MIN_POINTS = 24
"""Six periods of the shortest swing that is not plain alternation."""

MAX_POINTS = 4096
"""The newest points that are looked at."""


@dataclass(frozen=True, slots=True)
class Swing:
    """The strongest frequency of a detrended stretch."""

    period_points: float
    amplitude: float
    """Of the sine, in the curve's units."""
    power_share: float
    """Share of the detrended variance that it carries, 0 to 1."""
    p_value: float
    """Fisher's g test against white noise."""
    n_points: int


def find_swing(values: Float64Array) -> Swing | Refusal:
    """The strongest periodic component of the newest half of a curve (at most 4,096 points).

    Args:
        values: Finite values, evenly spaced, shape (n,), n >= 24.

    Returns:
        The swing, significant or not, or a refusal below 24 points.

    Model:
        Periodogram I of the residual of the least-squares line; g = max I / Σ I over m frequencies with at least
        three periods in the stretch; p ≈ m (1 - g)^(m - 1).
    Assumes:
        Noise around the swing is white; of AR(1) noise the low frequencies are strong by themselves, so p is only
        believed together with a large share of the power.
    Limits:
        A swing whose period changes spreads over frequencies and is missed.
    References:
        R. A. Fisher, Tests of significance in harmonic analysis, Proc. R. Soc. A 125, 1929, doi:10.1098/rspa.1929.0151.

    Example:
        >>> round(find_swing(np.sin(np.arange(200.0) / 8 * 2 * np.pi)).period_points, 1)
        8.0
    """
    n = values.size
    if n < MIN_POINTS:
        return Refusal("too_short", n, MIN_POINTS)
    stretch = values[-min(MAX_POINTS, max(MIN_POINTS, n // 2)) :]
    m = stretch.size
    position = np.arange(m, dtype=np.float64) - (m - 1) / 2
    with np.errstate(over="ignore", invalid="ignore"):
        residual = stretch - stretch.mean()
        slope = float(position @ residual) / (m * (m * m - 1) / 12)
        residual = residual - slope * position
    bound = 6 * median(np.abs(residual))
    residual = np.clip(residual, -bound, bound)
    if not 0 < bound < math.inf:
        return Swing(period_points=float(m), amplitude=0.0, power_share=0.0, p_value=1.0, n_points=m)
    residual = residual / bound  # squares of it neither overflow nor vanish
    with np.errstate(over="ignore", invalid="ignore"):
        power = np.abs(np.fft.rfft(residual)) ** 2
    power = power[3:]  # fewer than three periods are a trend
    total = float(power.sum())
    if not math.isfinite(total) or total <= 0 or power.size < 4:
        return Swing(period_points=float(m), amplitude=0.0, power_share=0.0, p_value=1.0, n_points=m)
    best = int(np.argmax(power))
    share = float(power[max(0, best - 1) : best + 2].sum()) / total
    g = float(power[best]) / total
    p_value = min(1.0, power.size * (1 - g) ** (power.size - 1)) if g < 1 else 0.0
    # Parabola through the three highest: the period between two grid frequencies.
    frequency = best + 3.0
    if 0 < best < power.size - 1:
        left, mid, right = (math.sqrt(float(x)) for x in power[best - 1 : best + 2])
        bend = left - 2 * mid + right
        frequency += 0.5 * (left - right) / bend if bend < 0 else 0.0
    return Swing(
        period_points=m / frequency,
        amplitude=bound * math.sqrt(2 * share * float(residual @ residual) / m),
        power_share=share,
        p_value=p_value,
        n_points=m,
    )
