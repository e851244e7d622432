"""A curve and its companion → how far the curve strays by itself, and what of its wandering the companion shares.

Validation that follows train but for noise has a small sway; validation that drifts slowly, whatever train does, has a
large one, and a rise of that size is then nothing new. Seen before the turn only, where a rise is not yet the question.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from goodfit.curves.changepoints import rise_over_wander, steadiness
from goodfit.curves.smooth import box_mean

if TYPE_CHECKING:
    from goodfit.types import Float64Array

MIN_POINTS = 7
"""Three parameters are fitted; fewer points leave no residual to speak of."""

SKIPPED_SHARE = 20
"""The first twentieth of the curve is left out: train and validation part most where both fall steeply."""


def find_sway(values: Float64Array, companion: Float64Array, *, stop: int) -> float | None:
    """The largest move, up or down, of a curve around its best fit by its companion.

    Args:
        values: Smoothed levels, shape (n,).
        companion: The other curve at the same places, shape (n,).
        stop: Only the levels before this index are looked at.

    Returns:
        The sway in the curve's units; None where fewer than seven levels are left.

    Model:
        r = v - (a + b c + d i) by least squares over the indices i in [n / 20, stop);
        sway = max(largest rise of r, largest fall of r).
    Assumes:
        What both curves do before the turn is the same in shape, up to scale, level and a straight line.
    Limits:
        Where train and validation differ in shape, the misfit counts as sway: the answer is then too large, which
        makes whoever compares a rise with it more careful than need be.
    References:
        R. F. Engle & C. W. J. Granger, Co-integration and error correction, Econometrica 55, 1987,
        doi:10.2307/1913236 (the residual of one wandering series on another).

    Example:
        >>> train = np.exp(-np.arange(40.0) / 8)
        >>> find_sway(0.3 + 2 * train, train, stop=40) < 1e-9
        True
    """
    start = values.size // SKIPPED_SHARE
    seen = values[start:stop]
    n = seen.size
    if n < MIN_POINTS:
        return None
    place = np.arange(n, dtype=np.float64) - (n - 1) / 2
    other = companion[start:stop]
    # Two regressors by Gram–Schmidt: a tenth of the cost of a general solver.
    residual = seen - seen.mean()
    other = other - other.mean()
    place_power = float(place @ place)
    residual = residual - (float(place @ residual) / place_power) * place
    other = other - (float(place @ other) / place_power) * place
    other_power = float(other @ other)
    if other_power > 1e-24 * max(float(seen @ seen), 1e-300):
        residual = residual - (float(other @ residual) / other_power) * other
    rise = float((residual - np.minimum.accumulate(residual)).max())
    fall = float((np.maximum.accumulate(residual) - residual).max())
    return max(rise, fall)


MAX_SHARED_SLOPE = 3.0
"""A move of validation is at most this much larger than the same move of train; beyond it is something else."""

_WIDE_SHARE = 5  # what lasts longer than a fifth of the curve is its course, not a move on it


@dataclass(frozen=True, slots=True)
class OwnRise:
    """What is left of a rise without the moves that the companion shows as well; pure numbers."""

    over_wander: float
    """The rise over the largest other move the wrong way, as of `find_turn`; at most 1e6."""
    steadiness: float
    """Correlation with time since the lowest place, -1 to 1."""


def find_own_rise(values: Float64Array, companion: Float64Array) -> OwnRise:
    """How clear the rise since the minimum is, seen as it is and without what the companion does as well.

    Args:
        values: Smoothed levels, shape (n,), n >= 7.
        companion: The other curve at the same places, shape (n,).

    Returns:
        The largest of each number over the curve as it is and two versions of it.

    Model:
        v - β b, b = c - running minimum of c: what the companion stands above its own best, β from the differences of
        v on those of b; and v - γ h(c), h(c) = c - running mean of c over a fifth of the curve, γ from h(v) on h(c);
        0 <= β, γ <= 3.
    Assumes:
        What moves both curves for a while (a warm restart or a cut of the learning rate, a hard stretch of data)
        moves them in proportion.
    Limits:
        A bump of validation alone stays one.
    References:
        I. Loshchilov & F. Hutter, SGDR, 2017, arXiv:1608.03983 (the bumps).

    Example:
        >>> place = np.arange(120.0)
        >>> bumps = 0.3 * (place % 40 < 10)
        >>> turned = np.abs(place - 60) / 60
        >>> find_own_rise(turned + bumps, 1 - place / 120 + bumps).over_wander > 5
        True
    """
    start, wide = values.size // SKIPPED_SHARE, max(7, values.size // _WIDE_SHARE) | 1
    bumps = companion - np.minimum.accumulate(companion)
    moves = companion - box_mean(companion, width=wide)
    without_bumps = values - _slope(np.diff(values[start:]), np.diff(bumps[start:])) * bumps
    without_moves = values - _slope((values - box_mean(values, width=wide))[start:], moves[start:]) * moves
    versions = (values, without_bumps, without_moves)
    return OwnRise(
        over_wander=max(rise_over_wander(version) for version in versions),
        steadiness=max(steadiness(version[int(np.argmin(version)) :]) for version in versions),
    )


def _slope(here: Float64Array, there: Float64Array) -> float:
    """That of `here` on `there` through the origin, between 0 and the largest that is believed."""
    power = float(there @ there)
    slope = float(there @ here) / power if power > 1e-24 * max(float(here @ here), 1e-300) else 0.0
    return min(max(slope, 0.0), MAX_SHARED_SLOPE)
