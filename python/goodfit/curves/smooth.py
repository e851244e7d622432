"""A noisy curve → a smooth one of the same length: for eyes (EMA, Gaussian) and for statements (medians, box means).

Nothing is smoothed across a value that is not finite: such a point comes out as it went in, and the average starts anew
after it. The raw curve is never changed.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from goodfit.errors import BadArgument

if TYPE_CHECKING:
    from goodfit.types import Float64Array


def median_of_three(values: Float64Array) -> Float64Array:
    """Running median of three, ends kept: removes single outliers and moves no edge.

    Args:
        values: Finite values, shape (n,).

    Model:
        m[i] = median(v[i-1], v[i], v[i+1]).
    Assumes:
        Outliers stand alone.
    Limits:
        Two neighbouring outliers pass.
    References:
        J. W. Tukey, Exploratory Data Analysis, 1977.

    Example:
        >>> median_of_three(np.array([1.0, 9.0, 2.0, 3.0]))
        array([1., 2., 3., 3.])
    """
    if values.size < 3:
        return values
    left, middle, right = values[:-2], values[1:-1], values[2:]
    out = values.copy()
    out[1:-1] = np.maximum(np.minimum(left, middle), np.minimum(np.maximum(left, middle), right))
    return out


def box_mean(values: Float64Array, *, width: int) -> Float64Array:
    """Centred running mean; near the ends the window shrinks on both sides, so that a straight line stays one.

    Args:
        values: Finite values, shape (n,).
        width: Points in a full window, at least 1; an even width is rounded down to odd.

    Model:
        mean(v[i-h .. i+h]), h = min(width // 2, i, n - 1 - i).
    Assumes:
        The curve is close to straight within a window.
    Limits:
        The ends are hardly smoothed.
    References:
        W. S. Cleveland, Robust locally weighted regression, JASA 74, 1979, doi:10.1080/01621459.1979.10481038 (edge
        bias of running means).

    Example:
        >>> box_mean(np.array([0.0, 3.0, 0.0, 3.0, 0.0]), width=3)
        array([0., 1., 2., 1., 0.])
    """
    if width < 1:
        raise BadArgument(f"box_mean needs width >= 1, got {width}.")
    n, half = values.size, width // 2
    if half == 0 or n < 3:
        return values
    sums = np.empty(n + 1)
    sums[0] = 0.0
    np.cumsum(values, out=sums[1:])
    if n <= 2 * half:
        idx = np.arange(n)
        reach = np.minimum(np.minimum(idx, n - 1 - idx), half)
        return np.asarray((sums[idx + reach + 1] - sums[idx - reach]) / (2 * reach + 1))
    width = 2 * half + 1
    out = np.empty(n)
    np.subtract(sums[width:], sums[: n - width + 1], out=out[half : n - half])
    out[half : n - half] /= width
    odd = np.arange(1, 2 * half, 2)  # windows that shrink towards the ends: the first and the last 1, 3, 5, … values
    out[:half] = sums[odd] / odd
    out[n - half :] = ((sums[n] - sums[n - odd]) / odd)[::-1]
    return out


def smooth_ema(values: Float64Array, *, weight: float) -> Float64Array:
    """Debiased exponential moving average, as TensorBoard draws it.

    Args:
        values: Any values, shape (n,); a value that is not finite is passed through and left out of the average.
        weight: Share of the past, 0 <= weight < 1; 0 returns the values.

    Model:
        a ← w a + (1 - w) v;  s = a / (1 - w^k), k the number of values so far; constant curves stay as they are.
    Assumes:
        Points are evenly spaced; otherwise see `smooth_ema_by_time`.
    Limits:
        Lags behind a trend by w / (1 - w) points.
    References:
        TensorBoard, vz_line_chart2, resmoothDataset (its definition).

    Example:
        >>> smooth_ema(np.array([1.0, 1.0, 2.0]), weight=0.5).round(3)
        array([1.   , 1.   , 1.571])
    """
    if not 0 <= weight < 1:
        raise BadArgument(f"smooth_ema needs 0 <= weight < 1, got {weight}.")
    out = np.array(values, dtype=np.float64)
    average = mass = 0.0
    for i, value in enumerate(out.tolist()):
        if math.isfinite(value):
            average = weight * average + (1 - weight) * value
            mass = weight * mass + (1 - weight)
            out[i] = average / mass
    return out


def smooth_ema_by_time(values: Float64Array, positions: Float64Array, *, half_life: float) -> Float64Array:
    """Exponential moving average over uneven positions (steps or seconds).

    Args:
        values: Any values, shape (n,); those not finite are passed through.
        positions: Ascending positions, shape (n,), in the unit of `half_life`.
        half_life: Distance over which a value's weight halves, above 0.

    Model:
        Weight of point j at i: 2^-((p_i - p_j) / half_life), normalised.
    Assumes:
        The level changes little within a half-life.
    Limits:
        Denser stretches weigh more than sparse ones.
    References:
        A. Eckner, Algorithms for unevenly spaced time series, 2012.

    Example:
        >>> smooth_ema_by_time(np.array([0.0, 1.0]), np.array([0.0, 10.0]), half_life=10.0).round(3)
        array([0.   , 0.667])
    """
    if not half_life > 0:
        raise BadArgument(f"smooth_ema_by_time needs half_life > 0, got {half_life}.")
    out = np.array(values, dtype=np.float64)
    total = mass = 0.0
    last = float(positions[0]) if positions.size else 0.0
    for i, (value, position) in enumerate(zip(out.tolist(), positions.tolist(), strict=True)):
        if math.isfinite(value):
            kept = 2.0 ** (-max(0.0, position - last) / half_life)
            total, mass, last = kept * total + value, kept * mass + 1.0, position
            out[i] = total / mass
    return out


def smooth_gaussian(values: Float64Array, *, sigma_points: float) -> Float64Array:
    """Gaussian kernel smoother; the kernel is cut at four sigma and renormalised at the ends and around gaps.

    Args:
        values: Any values, shape (n,); those not finite are passed through and weigh nothing.
        sigma_points: Standard deviation of the kernel in points, at least 0; 0 returns the values.

    Model:
        s[i] = Σ_j k(i - j) v[j] / Σ_j k(i - j), over finite v[j], k Gaussian.
    Assumes:
        Evenly spaced points.
    Limits:
        Uses the future: for eyes, never for a verdict.
    References:
        E. A. Nadaraya, On estimating regression, 1964, doi:10.1137/1109020.

    Example:
        >>> smooth_gaussian(np.ones(4), sigma_points=1.0)
        array([1., 1., 1., 1.])
    """
    if not sigma_points >= 0:
        raise BadArgument(f"smooth_gaussian needs sigma_points >= 0, got {sigma_points}.")
    if sigma_points == 0 or values.size < 2:
        return np.array(values, dtype=np.float64)
    reach = min(values.size - 1, math.ceil(4 * sigma_points))
    kernel = np.exp(-0.5 * (np.arange(-reach, reach + 1) / sigma_points) ** 2)
    finite = np.isfinite(values)
    filled = np.where(finite, values, 0.0)
    total = np.convolve(filled, kernel)[reach : reach + values.size]
    mass = np.convolve(finite.astype(np.float64), kernel)[reach : reach + values.size]
    return np.where(finite, total / np.maximum(mass, 1e-300), values)
