"""A curve → its sudden single rises: where, how high, and what came after.

A spike is a point far above its neighbourhood, further than the curve's own tail explains: curves with heavy-tailed
noise have many high points, and none of them is an event.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

from goodfit.curves.blocks import condense, expand
from goodfit.curves.median import median, row_medians
from goodfit.curves.noise import noise_scale
from goodfit.curves.refusal import Refusal
from goodfit.curves.smooth import box_mean, median_of_three

if TYPE_CHECKING:
    from goodfit.curves.blocks import Blocks
    from goodfit.types import Float64Array

MIN_POINTS = 10

MIN_SIGMAS = 6.0
"""Robust z of a spike on a long curve."""

SHORT_PENALTY = 100.0
"""Added as 100 / n sigmas: the scale itself is uncertain on short curves."""

FALSE_ALARMS = 0.01
"""Spikes expected per curve without any, as far as its own tail tells."""

MIN_SHARE = 0.15
"""A spike's least height, as a share of what the curve gained or of its level, whichever is smaller."""

_MAX_POINTS_FOR_NOISE = 4096
_MIN_POINTS_FOR_LOCAL_SCALE = 256  # below it the scale is told by quarters: finer blocks are as short as a spike


@dataclass(frozen=True, slots=True)
class Spike:
    """The highest of a curve's spikes, with what became of it."""

    idx: int
    n_spikes: int
    """Separate spikes above the same threshold, this one included."""
    height: float
    """Above the level around it, in the curve's units."""
    sigmas: float
    """Height over the robust scale around it; 1e6 where the curve has no noise to measure it by."""
    threshold_sigmas: float
    after: Literal["recovers", "lingers", "unknown"]
    """Whether the level was back to where it had been within a twentieth of the curve; unknown at the very end."""
    recovered_idx: int | None


def find_spikes(values: Float64Array, *, blocks: Blocks | None = None) -> Spike | Refusal | None:
    """The highest sudden rise of a curve, or None when it has none.

    Args:
        values: Finite values in order, lower is better, shape (n,), n >= 10.
        blocks: `condense(values)`, where the caller has it already.

    Returns:
        The spike, None, or a refusal below ten points.

    Model:
        r = v - level, level from running medians (of points on short curves, of blocks on long ones);
        z = r / scale, scale 1.4826 × the local median of |r|, not below the noise from point to point.
        Threshold = max(6 + 100 / n, tail), where tail is the height that Pareto's law through the curve's upper 5 %
        (Hill's exponent, the top few left out) exceeds 0.01 times per curve. A spike also rises by 15 % of the gain
        or of the level.
    Assumes:
        Spikes are rare: fewer than one point in a hundred.
    Limits:
        A curve with a spike every few points has heavy tails by this account and no spike. On fewer than 30 points
        only gross ones are seen.
    References:
        B. M. Hill, A simple general approach to inference about the tail of a distribution, Ann. Statist. 3, 1975,
        doi:10.1214/aos/1176343247; F. R. Hampel, The influence curve and its role in robust estimation, JASA 69,
        1974, doi:10.1080/01621459.1974.10482962.

    Example:
        >>> values = np.random.default_rng(0).normal(1.0, 0.01, 200)
        >>> values[120] = 3.0
        >>> find_spikes(values).idx
        120
    """
    n = values.size
    if n < MIN_POINTS:
        return Refusal("too_short", n, MIN_POINTS)
    condensed = condense(values) if blocks is None else blocks
    with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
        low = float(condensed.levels.min())
        gain = median(condensed.levels[:3]) - low
        # The first stretch falls so fast that its own level is not known.
        n_skip = max(2, n // 50)
        noise = noise_scale(values[-_MAX_POINTS_FOR_NOISE:])
        if condensed.size > 1 and not _has_high_point(values, condensed, gain, noise=noise, n_skip=n_skip):
            return None
        level = _local_level(values, condensed)
        residual = values - level
        size = np.abs(residual)
        # Where the level is a median of few points, most residuals of a calm curve are exactly 0: the point-to-point
        # noise is then the scale.
        scale = np.maximum(_local_scale(size), noise)
        highest = int(np.argmax(residual[n_skip:])) + n_skip
        height = float(residual[highest])
        local = float(scale[highest]) if scale.ndim else float(scale)
        around = abs(float(level[highest]))
        needed = MIN_SHARE * (min(gain, around) if around > 0 else gain)
        if not (height > needed and height > MIN_SIGMAS * local):
            return None
        z = np.divide(residual, scale)
        threshold = max(MIN_SIGMAS + SHORT_PENALTY / n, _tail_threshold(z[n_skip:]))
        if not height > threshold * local:
            return None
        high = np.flatnonzero((z > threshold) & (residual > needed))
        high = high[high >= n_skip]
        n_spikes = int(np.count_nonzero(np.diff(high) > max(3, n // 100))) + 1
        after, recovered = _what_followed(values, level, highest, height)
    return Spike(
        idx=highest,
        n_spikes=n_spikes,
        height=height,
        sigmas=min(height / local, 1e6) if local > 0 else 1e6,
        threshold_sigmas=threshold,
        after=after,
        recovered_idx=recovered,
    )


def _has_high_point(values: Float64Array, condensed: Blocks, gain: float, *, noise: float, n_skip: int) -> bool:
    """Whether any point stands high enough above its block's level at all: most long curves are done with here.

    Blocks that end before `n_skip` are not asked.
    """
    n_first = values.size % condensed.size
    highest = values[n_first:].reshape(-1, condensed.size).max(axis=1)
    if n_first:
        highest = np.concatenate(([values[:n_first].max()], highest))
    level = _block_level(condensed)
    around = np.abs(level)
    needed = MIN_SHARE * np.where(around > 0, np.minimum(gain, around), gain)
    n_skipped = int(np.count_nonzero(condensed.centres + condensed.size / 2 < n_skip))
    return bool((highest - level > np.maximum(needed, MIN_SIGMAS * noise))[n_skipped:].any())


def _block_level(condensed: Blocks) -> Float64Array:
    calm = median_of_three(condensed.levels)
    return np.asarray(np.maximum(calm, np.concatenate((calm[:1], calm[:-1]))))


def _local_level(values: Float64Array, condensed: Blocks) -> Float64Array:
    """The level each point is compared with: around it or just before it, whichever is higher; shape (n,).

    Both are medians, untouched by single outliers. With the one before, the knee of a falling curve is no spike.
    """
    if condensed.size == 1:
        width = 7
        padded = np.concatenate((values[3:0:-1], values, values[-2:-5:-1]))
        windows = row_medians(np.lib.stride_tricks.sliding_window_view(padded, width).copy())
        before = np.concatenate((np.full(width // 2, windows[0]), windows[: -(width // 2)]))
        return np.asarray(np.maximum(windows, before))
    return expand(condensed, _block_level(condensed), values.size)


def _local_scale(size: Float64Array) -> Float64Array | float:
    """1.4826 × median |residual| around each point, never below half its median over the curve; one scale if short."""
    is_short = size.size < _MIN_POINTS_FOR_LOCAL_SCALE
    if is_short and size.size < 40:
        return 1.4826 * median(size)
    condensed = condense(size, max_blocks=4 if is_short else 32)
    local = condensed.levels if is_short else box_mean(median_of_three(condensed.levels), width=5)
    local = np.maximum(local, 0.5 * median(condensed.levels))
    return expand(condensed, 1.4826 * local, size.size)


def _tail_threshold(z: Float64Array) -> float:
    """Height that the curve's own upper tail exceeds FALSE_ALARMS times per curve, by Pareto's law."""
    n = z.size
    k = max(8, min(n // 20, 500))
    if n < 2 * k:
        return MIN_SIGMAS
    n_left_out = 3 + n // 1000
    top = -np.sort(-np.partition(z, n - k)[n - k :])
    base = float(top[-1])
    if not base > 0:
        return MIN_SIGMAS
    kept = top[n_left_out:-1]
    if kept.size < 4:
        return MIN_SIGMAS
    # Hill's estimate without the top few: E of the mean log excess of the rest under Pareto, corrected by its share.
    orders = np.arange(n_left_out + 1, k)
    exponent = float(np.log(kept / base).sum()) / float(np.log(k / orders).sum())
    exponent = min(max(exponent, 0.05), 0.8)
    return float(base * (k / FALSE_ALARMS) ** exponent)


def _what_followed(
    values: Float64Array, level: Float64Array, idx: int, height: float
) -> tuple[Literal["recovers", "lingers", "unknown"], int | None]:
    n = values.size
    reach = max(3, n // 20)
    later = values[idx + 1 : idx + 1 + reach]
    if later.size < 2:
        return "unknown", None
    before = median(values[max(0, idx - reach) : idx]) if idx else float(level[0])
    back = np.flatnonzero(later <= before + 0.2 * height)
    if not back.size:
        return "lingers", None
    settled = median(later[int(back[0]) :])
    if settled > before + 0.5 * height:
        return "lingers", None
    return "recovers", idx + 1 + int(back[0])


def expected_highest_sigmas(n_points: int) -> float:
    """Highest z expected among n Gaussian points, √(2 ln n): what a spike on pure noise looks like."""
    return math.sqrt(2 * math.log(max(n_points, 2)))
