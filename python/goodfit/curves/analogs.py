"""A curve and earlier curves of the same task → where it will be if it goes on as those did, and how far to trust that.

Only curves that went the same way over the newer half of the past count, and only as far as they would have foretold
that half: runs of a sweep that share nothing but their data are no guide.

Invariants: the quantiles ascend; the weight lies in [0, MAX_WEIGHT]; without two alike curves the weight is 0.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cache
from statistics import NormalDist
from typing import TYPE_CHECKING

import numpy as np

from goodfit.curves.forecast import QUANTILES
from goodfit.curves.median import median

if TYPE_CHECKING:
    from collections.abc import Sequence

    from goodfit.types import Float64Array

MIN_POINTS = 12
"""On shorter pasts everything is alike: of deepobs curves cut at a tenth the forecasts became worse."""

MIN_ALIKE = 2
MAX_WEIGHT = 0.8

ALIKE = 0.25
"""A curve is alike if it lay within a quarter of the past's movement, and 1.5 noise scales, of it. On real curves a
quarter did as well as one and never harm."""

_NOISE_SCALES = 1.5


@dataclass(frozen=True, slots=True)
class Analogs:
    """What alike curves make of the future."""

    quantiles: Float64Array
    """Shape (n_ahead, 11); levels are `QUANTILES`."""
    weight: float
    """Share of the answer that they deserve: 0.8 where they would have foretold the newer half exactly."""
    n_alike: int


def forecast_by_analogs(past: Float64Array, others: Sequence[Float64Array], ahead: Float64Array) -> Analogs | None:
    """Forecasts a curve by the further course of alike curves.

    Args:
        past: Finite values, lower is better, shape (n,).
        others: Values of other curves at the same steps and on, evenly spaced as `past`, each of shape (m,); those that
            end before the furthest `ahead` are left out.
        ahead: How many points after the newest, ascending, at least 1, shape (n_ahead,).

    Returns:
        The forecast and its weight; None where fewer than two curves are alike, or the past is shorter than 12 points.

    Model:
        Level at i: median of the last eighth before i. Alike: median |past - other| over the newer half below a
        quarter of the past's movement there plus 1.5 noise scales. Middle: weighted median of last level + the other's
        change; spread: theirs, times √(1 + 1/k), with the error they make in foretelling the newer half, and the
        noise. weight = 0.8 max(0, 1 - that error over the error of the last value).
    Assumes:
        Same task, same schedule, same spacing of evaluations.
    Limits:
        Alike so far is not alike for ever: a run with another schedule parts where the schedules do.
    References:
        A. Chandrashekaran & I. R. Lane, Speeding up hyper-parameter optimization by extrapolation of learning curves
        using previous builds, ECML PKDD 2017, doi:10.1007/978-3-319-71249-9_29.

    Example:
        >>> course = 1 / np.arange(1.0, 41)
        >>> answer = forecast_by_analogs(course[:20], [course + 0.001, course - 0.001], np.array([20.0]))
        >>> round(float(answer.quantiles[0, 5]), 3), answer.n_alike
        (0.025, 2)
    """
    n = past.size
    if n < MIN_POINTS or not ahead.size or len(others) < MIN_ALIKE:
        return None
    noise = _noise(past)
    alike, distances = _alike(past, others, n + math.ceil(float(ahead[-1])), noise)
    if len(alike) < MIN_ALIKE:
        return None
    levels = np.array([_level(other, n) for other in alike])
    missed, moved = _missed(past, alike, levels)
    weight = MAX_WEIGHT * max(0.0, 1 - missed / max(moved, 0.25 * noise, 1e-300))
    ends = np.stack([np.interp(n - 1 + ahead, np.arange(other.size), other) for other in alike], axis=1)
    courses = _level(past, n) + ends - levels
    trust = 1 / (0.3 + (distances / max(median(distances), 1e-300)) ** 2)
    trust = trust / trust.sum()
    middle = _weighted_medians(courses, trust)
    spread = np.sqrt(((courses - middle[:, None]) ** 2) @ trust * (1 + 1 / len(alike)))
    spread = np.hypot(spread, np.hypot(missed, noise))
    return Analogs(middle[:, None] + spread[:, None] * _scores(), weight, len(alike))


def _alike(
    past: Float64Array, others: Sequence[Float64Array], furthest: int, noise: float
) -> tuple[list[Float64Array], Float64Array]:
    """Those that went the way of the newer half and go on as far as is asked, and their median distances from it."""
    n, half = past.size, past.size // 2
    reach = ALIKE * abs(_level(past, half) - _level(past, n)) + _NOISE_SCALES * noise
    found, distances = [], []
    for other in others:
        if other.size < furthest or not bool(np.isfinite(other[:furthest]).all()):
            continue
        distance = median(np.abs(past[half:] - other[half:n]))
        if distance <= reach:
            found.append(other[:furthest])
            distances.append(distance)
    return found, np.array(distances)


def _missed(past: Float64Array, alike: Sequence[Float64Array], levels: Float64Array) -> tuple[float, float]:
    """By how much the alike would have missed the newest level from a half and three quarters on, and the last value.

    Args:
        levels: Their own newest levels.
    """
    last = _level(past, past.size)
    missed = moved = 0.0
    for start in (past.size // 2, 3 * past.size // 4):
        then = np.array([_level(other, start) for other in alike])
        missed += abs(_level(past, start) + median(levels - then) - last) / 2
        moved += abs(_level(past, start) - last) / 2
    return missed, moved


def _weighted_medians(rows: Float64Array, weights: Float64Array) -> Float64Array:
    """Of each row; the weights belong to its columns and sum to one."""
    order = np.argsort(rows, axis=1)
    ranked = np.take_along_axis(rows, order, axis=1)
    middle_of = np.cumsum(weights[order], axis=1) - weights[order] / 2
    return np.array([np.interp(0.5, share, row) for share, row in zip(middle_of, ranked, strict=True)])


def _level(values: Float64Array, stop: int) -> float:
    return median(values[max(0, stop - max(1, stop // 8)) : stop])


def _noise(past: Float64Array) -> float:
    steps = np.diff(past[-max(6, past.size // 2) :])
    return 1.4826 * median(np.abs(steps - median(steps))) / math.sqrt(2)


@cache
def _scores() -> Float64Array:
    return np.array([NormalDist().inv_cdf(level) for level in QUANTILES])
