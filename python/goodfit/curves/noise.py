"""A curve → how much of it is noise: scale, autocorrelation, and the scale of slow wandering they imply.

Robust: neither a trend, nor a few spikes, nor heavy tails change the scale much.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from goodfit.curves.median import median
from goodfit.curves.refusal import Refusal
from goodfit.curves.smooth import box_mean, median_of_three

if TYPE_CHECKING:
    from goodfit.types import Float64Array

MIN_POINTS = 5
_MAD_TO_SIGMA = 1.4826  # of a Gaussian


@dataclass(frozen=True, slots=True)
class Noise:
    """The noise around a curve's level, in the curve's units."""

    sigma: float
    """Standard deviation from point to point; 0 for a curve without noise."""
    rho: float
    """Lag-1 autocorrelation of what smoothing leaves, 0 to 0.95 (negative is reported as 0)."""
    n_points: int

    @property
    def long_run_sigma(self) -> float:
        """Scale that a mean of m points has times √m, autocorrelation included."""
        return self.sigma * math.sqrt((1 + self.rho) / (1 - self.rho))


def estimate_noise(values: Float64Array) -> Noise | Refusal:
    """Scale and autocorrelation of the noise around a smooth curve.

    Args:
        values: Finite values, evenly spaced, shape (n,), n >= 5.

    Returns:
        The noise, or a refusal when there are fewer than five points.

    Model:
        σ = min(1.4826 MAD(Δy) / √2, 1.4826 median|Δ²y| / √6): differences remove the level, second differences the
        slope too, which matters when the curve is short and steep. ρ from the residual of a running mean, with the
        small-sample correction ρ + (1 + 3ρ) / n.
    Assumes:
        Values that are not rounded so coarsely that most neighbours are equal; of those σ is the mean size of the
        smaller nine tenths of the differences. The noise's scale changes slowly; noise is white or AR(1).
    Limits:
        With ρ near 1 differences see little of the wandering: σ is the scale from point to point, and only
        `long_run_sigma` speaks of the rest.
        Alternating curves count as noise.
    References:
        P. J. Rousseeuw & C. Croux, Alternatives to the median absolute deviation, JASA 88, 1993,
        doi:10.1080/01621459.1993.10476408; J. von Neumann, Distribution of the ratio of the mean square successive
        difference to the variance, 1941, doi:10.1214/aoms/1177731677; M. G. Kendall, Note on bias in the estimation
        of autocorrelation, Biometrika 41, 1954, doi:10.1093/biomet/41.3-4.403.

    Example:
        >>> noise = estimate_noise(np.random.default_rng(0).normal(5.0, 2.0, 4000))
        >>> round(noise.sigma, 1), round(noise.rho, 1)
        (2.0, 0.0)
    """
    n = values.size
    if n < MIN_POINTS:
        return Refusal("too_short", n, MIN_POINTS)
    with np.errstate(over="ignore", invalid="ignore"):
        return Noise(sigma=noise_scale(values), rho=_residual_rho(values), n_points=n)


def noise_scale(values: Float64Array) -> float:
    """The `sigma` of `estimate_noise` alone, at a fifth of its cost; 0 below five points.

    Args:
        values: Finite values, evenly spaced, shape (n,).

    Example:
        >>> noise_scale(np.linspace(0.0, 1.0, 50)) < 1e-12
        True
    """
    if values.size < MIN_POINTS:
        return 0.0
    steps = values[1:] - values[:-1]
    first = _MAD_TO_SIGMA * median(np.abs(steps - median(steps))) / math.sqrt(2)
    second = _MAD_TO_SIGMA * median(np.abs(steps[1:] - steps[:-1])) / math.sqrt(6)
    sigma = min(first, second)
    if sigma == 0:
        # More than half of the differences are equal: values are rounded, and the median sees nothing of the rest.
        sizes = np.sort(np.abs(steps - median(steps)))[: max(1, steps.size * 9 // 10)]
        sigma = math.sqrt(math.pi / 4) * float(sizes.mean())
    return sigma if math.isfinite(sigma) else 0.0


def _residual_rho(values: Float64Array) -> float:
    width = max(5, values.size // 10) | 1
    calm = median_of_three(values)
    residual = values - box_mean(calm, width=width)
    bound = 4 * median(np.abs(residual))
    residual = np.clip(residual, -bound, bound)
    return lag_one(residual)


def lag_one(residual: Float64Array) -> float:
    """Lag-1 autocorrelation of a residual around 0, between 0 and 0.95, corrected for the bias of short samples.

    Example:
        >>> lag_one(np.tile([1.0, 1.0, -1.0, -1.0], 50)) < 0.05
        True
    """
    largest = float(np.abs(residual).max()) if residual.size else 0.0
    if not 0 < largest < math.inf:
        return 0.0
    scaled = residual / largest  # squares of it neither overflow nor vanish
    rho = float(scaled[1:] @ scaled[:-1]) / float(scaled @ scaled)
    return min(0.95, max(0.0, rho + (1 + 3 * rho) / residual.size))
