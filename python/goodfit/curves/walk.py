"""A curve that has risen, and its companion → the rise in standard errors of a curve that wanders by itself.

Noise forgets where it was; a level that drifts does not. A rise is news only where it is large against both, as the
same curve shows them: the question is put as a likelihood ratio, with and without a turn, under the mixture of white
noise and random walk that explains the curve best without one.

Invariants: the answer is finite and at least 0; shift and positive scale of either curve do not change it.
"""

from __future__ import annotations

import math
from functools import cache
from typing import TYPE_CHECKING

import numpy as np

from goodfit.curves.median import median
from goodfit.curves.smooth import box_mean, median_of_three

if TYPE_CHECKING:
    from goodfit.types import Float64Array

MIN_POINTS = 5
"""Two shapes and a turn are fitted; fewer points leave nothing to judge them by."""

MAX_SIGMAS = 100.0
"""Of curves without noise, where a standard error means nothing."""

_N_TURNS = 24
_KNEE_SHARE = 30  # the steepest part of a fall that train does not share fades within a thirtieth of the curve
# Variance of the walk's step over that of the noise, up to nothing but walk. No curve is believed not to stray at all:
# in a hundred steps at least as far as its noise.
_WALK_SHARES = np.array([0.01, 0.03, 0.1, 0.3, 1.0, 3.0, 10.0, 1000.0])
_MAX_OUTLIER_SIGMAS = 3.5
_RIDGE = 1e-8
_TINY = 1e-300
_EYE = np.eye(2)
_NOTHING = 1e-20  # of the power of all steps: below it a residual is rounding


def find_walk_sigmas(levels: Float64Array, companion: Float64Array, *, n_whole: int) -> float:
    """How many standard errors the slope after the best turn lies above 0, were the curve a walk with noise.

    Args:
        levels: Levels near the bottom of the curve and after it, oldest first, shape (n,), n >= 5.
        companion: The other curve at the same places, shape (n,).
        n_whole: Levels of the whole curve that these are the end of.

    Returns:
        The largest t over all turns, at least 0 and at most 100; 0 below five levels.

    Model:
        y_i = a + b c_i + d exp(-30 i / n_whole) + e max(0, i - τ) + walk_i + noise_i. The steps of y have covariance
        q + (2, -1, 0, …), which a sine transform makes diagonal: λ_j = q + 2 - 2 cos(π j / n). q is the one of eight
        that is likeliest with e = 0; t = √((RSS₀ - RSS₁(τ)) / (RSS₁(τ) / m)), weighed by 1 / λ, where e > 0, largest
        over 24 places τ. Outliers beyond 3.5 standard deviations of a running mean of five are cut to that.
    Assumes:
        What wanders does so throughout, as a walk; noise is white and of one size.
    Limits:
        One smooth swing of a drift is a turn. The largest of many t is not a t: compare it with simulations.
    References:
        A. C. Harvey, Forecasting, Structural Time Series Models and the Kalman Filter, 1989, chapter 4 (local level);
        J. Bai & P. Perron, Estimating and testing linear models with multiple structural changes, Econometrica 66,
        1998, doi:10.2307/2998540 (the largest t over the places of a break).

    Example:
        >>> noise, train = 0.1 * np.random.default_rng(0).standard_normal(100), np.exp(-np.arange(100.0) / 20)
        >>> turned, wandering = 0.03 * np.clip(np.arange(100.0) - 50, 0, None), noise.cumsum()
        >>> find_walk_sigmas(turned + noise, train, n_whole=100) > 3 > find_walk_sigmas(wandering, train, n_whole=100)
        True
    """
    n = levels.size
    if n < MIN_POINTS:
        return 0.0
    calm = _without_outliers(levels)
    columns = np.empty((n - 1, 3))
    columns[:, 0] = _steps(companion)
    columns[:, 1] = np.diff(np.exp(np.arange(n) * (-_KNEE_SHARE / n_whole)))
    columns[:, 2] = _steps(calm)
    spectrum = _sine_transform(columns)
    turned = _turns(n)
    m = n - 1
    weights = 1 / (_WALK_SHARES[:, None] + 2 - 2 * np.cos(np.pi * np.arange(1, m + 1) / n))
    shapes, y = spectrum[:, :2], spectrum[:, 2]
    weighed = weights[:, None, :] * shapes.T
    powers = weighed @ shapes
    powers += (_RIDGE * (powers[:, :1, :1] + powers[:, 1:, 1:]) + _TINY) * _EYE
    with_y = weighed @ y
    without = weights @ (y * y) - (with_y * _solve_two(powers, with_y[:, :, None])[:, :, 0]).sum(axis=1)
    floor = _NOTHING * float(y @ y) + _TINY
    without = np.maximum(without, floor)
    chosen = int(np.argmin(m * np.log(without) - np.log(weights).sum(axis=1)))
    weight, with_turns = weights[chosen], weighed[chosen] @ turned
    reach = _solve_two(powers[chosen, None], with_turns[None])[0]
    slope = (weight * y) @ turned - with_y[chosen] @ reach
    power = weight @ (turned * turned) - (with_turns * reach).sum(axis=0)
    gained = np.where((slope > 0) & (power > 0), slope * slope / np.maximum(power, _TINY), 0.0)
    rest = np.maximum(without[chosen] - gained, floor)
    largest = float((gained / (rest / m)).max())
    return min(math.sqrt(largest), MAX_SIGMAS) if math.isfinite(largest) else 0.0


def _without_outliers(levels: Float64Array) -> Float64Array:
    base = box_mean(median_of_three(levels), width=5)
    residual = levels - base
    bound = _MAX_OUTLIER_SIGMAS * 1.4826 * median(np.abs(residual))
    return np.asarray(base + np.clip(residual, -bound, bound))


def _steps(values: Float64Array) -> Float64Array:
    """Differences in units of the values' extent, so that squares of them neither overflow nor vanish."""
    extent = float(np.ptp(values))
    return np.diff(values / extent) if extent > 0 else np.zeros(values.size - 1)


def _sine_transform(columns: Float64Array) -> Float64Array:
    """The orthonormal discrete sine transform (type I) of each column: that of its odd continuation."""
    n = columns.shape[0]
    odd = np.zeros((2 * n + 2, columns.shape[1]))
    odd[1 : n + 1] = columns
    odd[n + 2 :] = -columns[::-1]
    return np.asarray(np.fft.rfft(odd, axis=0).imag[1 : n + 1] * -math.sqrt(0.5 / (n + 1)))


@cache
def _turns(n: int) -> Float64Array:
    """Transforms of the steps of max(0, i - τ), one column a turn, shape (n - 1, n_turns)."""
    places = np.unique(np.linspace(1, n - 3, min(_N_TURNS, n - 3)).astype(int))
    return _sine_transform((np.arange(1, n)[:, None] > places).astype(np.float64))


def _solve_two(matrices: Float64Array, right: Float64Array) -> Float64Array:
    """Solutions of many symmetric systems of two equations; shapes (k, 2, 2) and (k, 2, p)."""
    a, b, d = matrices[:, :1, 0], matrices[:, :1, 1], matrices[:, 1:, 1]
    determinant = a * d - b * b
    first = (d * right[:, 0] - b * right[:, 1]) / determinant
    second = (a * right[:, 1] - b * right[:, 0]) / determinant
    return np.asarray(np.stack((first, second), axis=1))
