"""A curve that should fall → where it turned for good, how far it has risen since, and whether that is more than noise.

This is the onset of overfitting seen as a fact about one curve; what it means is said elsewhere. A turn is a minimum
of the smoothed curve followed by a rise that is large against three things: the noise, every other rise and fall the
curve made by itself, and what the curve had gained before.

Invariants: indices lie in [0, n); `start_idx <= turn_idx < stop_idx`; shift and positive scale of the values change
no index and no ratio.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from goodfit.curves.blocks import condense
from goodfit.curves.median import median
from goodfit.curves.noise import noise_scale
from goodfit.curves.refusal import Refusal
from goodfit.curves.smooth import box_mean, median_of_three

if TYPE_CHECKING:
    from goodfit.curves.blocks import Blocks
    from goodfit.types import Float64Array

MIN_POINTS = 7
"""Below it neither the minimum nor the noise can be told: three points before, one at, three after."""

SMOOTH_SHARE = 20
"""Window of the smoother: n_blocks / 20, at least 3. Wider windows move the minimum of a skewed valley."""

TAIL_SHARE = 10
"""The level at the end is the median of the last tenth, unless the caller asks for less."""

_VALLEY_SIGMAS = (
    4.0  # with one block on each side: covers the true onset in 85 % of planted curves, see bench/judgement
)

_KINK_SHARE = 10  # of all blocks, on each side of the minimum: a tenth proved best of 8 to 25 % on planted curves
_KINK_MIN_BLOCKS = 30  # on shorter curves the minimum itself is nearer to the truth
_CLEAR_SIGMAS = 4.0  # below it there is no turn to refine

ROUNDING = 1e-12
"""Of the largest value: running sums of a constant curve move by less than that, and no curve means so little."""

_HUGE = 1e6  # stands for a ratio to zero, so that evidence stays JSON-ready


@dataclass(frozen=True, slots=True)
class Turn:
    """The lowest place of a curve and what came after; ratios are pure numbers, levels in the curve's units."""

    turn_idx: int
    """Point nearest to the minimum of the smoothed curve."""
    start_idx: int
    """First point of the interval in which the minimum lies."""
    stop_idx: int
    """One past the last point of that interval."""
    best_level: float
    """Smoothed value at the turn."""
    last_level: float
    """Median of the last tenth."""
    rise: float
    """last_level - best_level."""
    rise_sigmas: float
    """The rise over the standard error of a difference of two such levels under white noise; at most 1e6."""
    rise_over_wander: float
    """The rise over the largest other rise (before the turn) or fall (after it) of the smoothed curve; at most 1e6."""
    rise_over_gain: float
    """The rise over what the curve had fallen before the turn; at most 1e6."""
    share_after: float
    """Share of the curve that lies after the turn, 0 to 1."""
    steadiness: float
    """Correlation of the smoothed curve after its minimum with time, -1 to 1; 1 is a straight rise."""
    sigma: float
    """Noise of the block levels from one to the next."""


def find_turn(values: Float64Array, *, blocks: Blocks | None = None, tail_share: int = TAIL_SHARE) -> Turn | Refusal:
    """The place where a falling curve turned, and the rise since in units of all that it could be confused with.

    Args:
        values: Finite values in order, lower is better, shape (n,), n >= 7.
        blocks: `condense(values)`, where the caller has it already.
        tail_share: The level at the end is that of so manieth part of the curve: 10 for the last tenth. A shorter end
            is newer and less certain.

    Returns:
        The turn (of any curve: read its ratios before believing it), or a refusal below seven points.

    Model:
        y: medians of at most 128 blocks; s: running mean of the running median of three of y, window
        w = max(3, n_blocks / 20); i* = argmin s; m = last tenth. rise = median(y[-m:]) - s[i*];
        rise_sigmas = rise / (σ √(1/w + 1/m)), σ the noise scale of y from point to point; what autocorrelation adds is
        measured by the wander, which proved steadier than any estimate of ρ.
        wander = max(largest drawup of s before i*, counted where s is near its minimum; largest drawdown of s
        after i*). The turn itself is the mean of two places: the minimum of the running mean of n_blocks / 40, and
        where two straight lines meet that fit y best within a tenth of the curve on each side of i* (on fewer than
        30 blocks: i*). Valleys that are steep on one side bias the two in opposite directions. The interval holds
        both places, the blocks around i* whose s lies within 4 σ / √w of the minimum, and one more on each side.
    Assumes:
        One valley. The curve is read to its end: a rise that has ended again is the turn's `wander`.
    Limits:
        A slow drift up at the end looks like a turn; only its size against the gain tells them apart. A sine that
        ends on its way up counts as one unless it swung before. A decay that still runs while the rise has begun
        puts the minimum later than the cause.
    References:
        L. Prechelt, Early stopping — but when?, 1998, doi:10.1007/3-540-49430-8_3 (generalisation loss);
        J. Bai, Least squares estimation of a shift in linear processes, J. Time Series Anal. 15, 1994,
        doi:10.1111/j.1467-9892.1994.tb00204.x (interval of a change); M. Magdon-Ismail et al., On the maximum
        drawdown of a Brownian motion, J. Appl. Prob. 41, 2004, doi:10.1239/jap/1077134674.

    Example:
        >>> values = np.abs(np.arange(60.0) - 20) / 20
        >>> turn = find_turn(values)
        >>> turn.turn_idx, round(turn.rise, 1)
        (20, 1.8)
    """
    n = values.size
    if n < MIN_POINTS:
        return Refusal("too_short", n, MIN_POINTS)
    condensed = condense(values) if blocks is None else blocks
    y = condensed.levels
    sigma = max(noise_scale(y), ROUNDING * float(np.abs(y).max()))
    k = y.size
    width = max(3, k // SMOOTH_SHARE) | 1
    n_tail = max(2, k // tail_share)
    calm = median_of_three(y)
    smooth = box_mean(calm, width=width)
    best = int(np.argmin(smooth))
    best_level = float(smooth[best])
    last_level = median(y[-n_tail:])
    rise = last_level - best_level
    first_level = median(y[: max(1, min(3, k // 10))])
    gain = max(first_level - best_level, 0.0)

    error = sigma * math.sqrt(1 / width + 1 / n_tail)
    rise_sigmas = ratio(rise, error)
    centre = condensed.centres
    turn = kink = lowest_at = best
    if rise_sigmas > _CLEAR_SIGMAS:
        kink = _kink(calm, centre, best)
        lowest_at = int(np.argmin(box_mean(calm, width=max(3, k // (2 * SMOOTH_SHARE)) | 1)))
        turn = (kink + lowest_at) // 2
    place = (float(centre[kink]) + float(centre[lowest_at])) / 2
    lowest, highest = _valley(smooth, best, _VALLEY_SIGMAS * sigma / math.sqrt(width))
    lowest, highest = max(0, min(lowest, kink - 1, lowest_at - 1)), min(k - 1, max(highest, kink + 1, lowest_at + 1))
    half = condensed.size / 2
    return Turn(
        turn_idx=min(n - 1, round(place)),
        start_idx=max(0, math.floor(float(centre[lowest]) - half + 0.5)),
        stop_idx=min(n, math.ceil(float(centre[highest]) + half + 0.5)),
        best_level=best_level,
        last_level=last_level,
        rise=rise,
        rise_sigmas=rise_sigmas,
        rise_over_wander=ratio(rise, _wander(smooth, best, rise, gain)),
        rise_over_gain=ratio(rise, gain),
        share_after=(k - 1 - turn) / (k - 1),
        steadiness=steadiness(smooth[best:]),
        sigma=sigma,
    )


def steadiness(after: Float64Array) -> float:
    """Correlation of levels with time; 1 for fewer than four, which say nothing against it.

    Example:
        >>> steadiness(np.arange(5.0)), steadiness(np.array([0.0, 1.0, 1.0, 0.0]))
        (1.0, 0.0)
    """
    k = after.size
    if k < 4:
        return 1.0
    time = np.arange(k, dtype=np.float64) - (k - 1) / 2
    spread = math.sqrt(max(float(after.var()) * k, 0.0) * float(time @ time))
    return float(time @ after) / spread if spread > 0 and math.isfinite(spread) else 1.0


def ratio(part: float, whole: float) -> float:
    """part / whole, with a ratio to nothing read as ±1e6, and 0 / 0 as 0."""
    if part == 0 or not math.isfinite(part):
        return 0.0
    if not abs(part) < _HUGE * whole:
        return math.copysign(_HUGE, part)
    return part / whole


def _valley(smooth: Float64Array, best: int, slack: float) -> tuple[int, int]:
    """First and last block of the unbroken stretch around `best` that lies within `slack` of it."""
    above = np.flatnonzero(~(smooth <= smooth[best] + slack))
    place = int(np.searchsorted(above, best))
    lowest = int(above[place - 1]) + 1 if place > 0 else 0
    highest = int(above[place]) - 1 if place < above.size else smooth.size - 1
    return max(0, min(lowest, best) - 1), min(smooth.size - 1, max(highest, best) + 1)


def _kink(levels: Float64Array, centres: Float64Array, best: int) -> int:
    """The block near `best` where two straight lines meet that fit the levels around it best.

    The minimum of a smoothed valley that is flat on the left and steep on the right lies too early; where the two
    lines meet does not. Falls back on `best` where the right-hand line does not rise.
    """
    k = levels.size
    if k < _KINK_MIN_BLOCKS:
        return best
    span = k // _KINK_SHARE
    low, high = max(0, best - span), min(k, best + span + 1)
    corners = np.arange(max(low + 1, best - span // 2), min(high - 2, best + span // 2) + 1)
    if corners.size == 0:
        return best
    scale = centres[-1] - centres[0]
    distance = (centres[None, low:high] - centres[corners][:, None]) / scale
    design = np.stack((np.ones_like(distance), np.minimum(distance, 0), np.maximum(distance, 0)), axis=-1)
    y = levels[low:high]
    gram = np.einsum("cni,cnj->cij", design, design)
    gram += 1e-9 * np.trace(gram, axis1=1, axis2=2)[:, None, None] * np.eye(3)
    lines = np.linalg.solve(gram, np.einsum("cni,n->ci", design, y)[..., None])[..., 0]
    misfit = np.abs(y - np.einsum("cni,ci->cn", design, lines)).sum(axis=1)
    misfit = np.where((lines[:, 2] > 0) & np.isfinite(misfit), misfit, np.inf)
    place = int(np.argmin(misfit))
    return int(corners[place]) if math.isfinite(float(misfit[place])) else best


def rise_over_wander(smooth: Float64Array) -> float:
    """The rise since the minimum over what the curve does besides, of levels that are smooth already; at most 1e6.

    Example:
        >>> rise_over_wander(np.abs(np.arange(60.0) - 20)) > 1e5
        True
    """
    best = int(np.argmin(smooth))
    rise = median(smooth[-max(2, smooth.size // TAIL_SHARE) :]) - float(smooth[best])
    gain = max(median(smooth[: max(1, min(3, smooth.size // 10))]) - float(smooth[best]), 0.0)
    return ratio(rise, _wander(smooth, best, rise, gain))


def _wander(smooth: Float64Array, best: int, rise: float, gain: float) -> float:
    """How far the smoothed curve moves the wrong way by itself: up before its best place, down after it.

    Before the turn only what came after the first arrival near the minimum counts: what happened high up says nothing
    of the bottom.
    """
    before, after = smooth[: best + 1], smooth[best:]
    near = smooth[best] + max(2 * rise, 0.3 * gain)
    bottom = before[int(np.argmax(before <= near)) :]
    drawup = float((bottom - np.minimum.accumulate(bottom)).max()) if bottom.size else 0.0
    drawdown = float((np.maximum.accumulate(after) - after).max())
    return max(drawup, drawdown)
