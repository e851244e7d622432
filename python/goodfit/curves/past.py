"""The past of a curve → numbers that know no unit: how far laws would carry it, how it moved, what it has done before.

They are what the forecast rests on. Invariants: a shift and a positive scale of the values change none of them; every
one lies within a few units of nought, whatever the curve.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from goodfit.curves.extrapolate import MIN_POINTS, Extrapolation, extrapolate
from goodfit.curves.median import median

if TYPE_CHECKING:
    from goodfit.types import Float64Array

N_FEATURES = 26
FIVE_OVER_POINTS = 18
"""Place of the feature that tells how short the past is: 1 for five points."""

BEST, POW3 = 6, 2
"""Places of what the best so far and a power law make of the change, in units of the scale."""

_CLIP = 4.0
"""In units of recent movement: further away a number only says "far"."""

_OLDER_SHARE = 0.3
"""Of how far the last two quarters lie apart: after a cut of the rate that is no measure of what comes. On tasks never
seen 0.3 brought errors of 0.667 where 1 brought 0.679 of the best rival's."""

_POW3_EXPONENTS = np.exp(np.linspace(math.log(0.05), math.log(4.0), 24))


@dataclass(frozen=True, slots=True)
class Past:
    """A curve's past in numbers that know no unit."""

    features: Float64Array
    """Shape (n_times, 26)."""
    last: float
    scale: float
    """Recent movement, in the curve's units; 0 for a constant curve."""


def describe_past(values: Float64Array, times: Float64Array) -> Past:
    """The past in twenty-six numbers for each future time.

    Args:
        values: Finite values, lower is better, evenly spaced, shape (n,), n >= 5.
        times: In lengths of the past, shape (n_times,), each above 1.

    Model:
        In units of the scale, the larger of recent movement and noise: changes by then that two mixtures of laws, a
        power law and the recent slopes foretell; where the best and the level of the newest points lie from the last;
        how the quarters of the past followed each other; what the laws, asked at a half and at three quarters of the
        past, would have missed of the newest level. Then length, time, how long ago the best was, how far the whole
        past reached, and how alike neighbouring steps are.

    Example:
        >>> describe_past(np.exp(-np.arange(30.0)), np.array([1.5, 2.0])).features.shape
        (2, 26)
    """
    moves = _moves_of(values)
    if not moves.scale > 1e-12 * abs(moves.last):
        return Past(np.zeros((times.size, N_FEATURES)), moves.last, 0.0)
    calm, keen = extrapolate(values, times), extrapolate(values, times, recency=2.0, sharpness=0.25)
    assert isinstance(calm, Extrapolation) and isinstance(keen, Extrapolation)
    lengths = [
        calm.change,
        keen.change,
        _pow3(values, times) - moves.last,
        (moves.quarters[3] - moves.quarters[2]) * np.log(times),
        (moves.newest - moves.before) * np.log(times),
        np.minimum(calm.spread, 3 * moves.scale),
        *_distances(values, moves, calm.fitted_last),
    ]
    features = np.empty((times.size, N_FEATURES))
    for column, numbers in enumerate(lengths):
        features[:, column] = np.clip(np.asarray(numbers) / moves.scale, -_CLIP, _CLIP)
    for column, numbers in enumerate(_shares(values, times, moves), start=len(lengths)):
        features[:, column] = numbers
    return Past(np.nan_to_num(features, nan=0.0, posinf=_CLIP, neginf=-_CLIP), moves.last, moves.scale)


@dataclass(frozen=True, slots=True)
class _Moves:
    """Levels of the parts of a past, in the curve's units, and its noise."""

    last: float
    quarters: tuple[float, float, float, float]
    newest: float
    """Level of the last eighth."""
    before: float
    """Level of the eighth before."""
    steps: Float64Array
    sigma: float
    scale: float
    best_idx: int


def _moves_of(values: Float64Array) -> _Moves:
    n = values.size
    quarter, eighth = max(1, n // 4), max(1, n // 8)
    first, second = median(values[:quarter]), median(values[quarter : 2 * quarter])
    third, fourth = median(values[n - 2 * quarter : n - quarter]), median(values[n - quarter :])
    newest, before = median(values[-eighth:]), median(values[-2 * eighth : -eighth])
    steps = values[1:] - values[:-1]
    sigma = 1.4826 * median(np.abs(steps - median(steps))) / math.sqrt(2)
    scale = max(_OLDER_SHARE * abs(third - fourth), 1.5 * abs(before - newest), sigma, median(np.abs(steps)))
    return _Moves(
        float(values[-1]), (first, second, third, fourth), newest, before, steps, sigma, scale, int(np.argmin(values))
    )


def _distances(values: Float64Array, moves: _Moves, fitted_last: float) -> list[float]:
    """How the levels of the past lie to each other and to the laws."""
    n, last = values.size, moves.last
    first, second, third, fourth = moves.quarters
    return [
        float(values[moves.best_idx]) - last,
        median(values[-3:]) - last,
        float(values[-5:].mean()) - last,
        fourth - last,
        fitted_last - last,
        moves.sigma,
        second - third,
        first - second,
        _missed(values, n // 2, moves.newest),
        _missed(values, 3 * n // 4, moves.newest),
        float(moves.steps[-1]),
    ]


def _shares(values: Float64Array, times: Float64Array, moves: _Moves) -> list[Float64Array | float]:
    """Length and time, and what of the past is told by shares and logarithms."""
    n, steps, scale = values.size, moves.steps, moves.scale
    best = float(values[moves.best_idx])
    half = steps.size // 2
    older = 1.4826 * median(np.abs(steps[:half])) / math.sqrt(2)
    return [
        np.log(times),
        5.0 / n,
        math.log(n) / 4.0,
        np.minimum(1.0, 1.0 / np.maximum(1.0, (times - 1) * n)),  # one over the points ahead
        1 - (moves.best_idx + 1) / n,
        math.log1p((max(moves.quarters[0], float(values[0])) - best) / scale) / 3,
        math.log1p(max(0.0, moves.newest - best) / scale),
        _likeness(steps),
        math.log((older + 0.1 * scale) / (median(np.abs(steps[half:])) + 0.1 * scale)) / 2,
    ]


def _missed(values: Float64Array, stop: int, newest: float) -> float:
    """What the laws, knowing only the values before `stop`, would have missed of the newest level."""
    if stop < MIN_POINTS:
        return 0.0
    answer = extrapolate(values[:stop], np.array([values.size / stop]))
    assert isinstance(answer, Extrapolation)
    return newest - (answer.fitted_last + float(answer.change[0]))


def _likeness(steps: Float64Array) -> float:
    """Correlation of neighbouring steps: -1/2 for noise about a level, towards 1 for a smooth course."""
    power = float(steps @ steps)
    return float(steps[1:] @ steps[:-1]) / power if power > 0 else 0.0


def _pow3(values: Float64Array, times: Float64Array) -> Float64Array:
    """a + b i^-c with the best c of 24, by least squares, at the future times."""
    n = values.size
    if n > 64:
        edges = np.linspace(0, n, 65).astype(np.intp)
        levels = np.add.reduceat(values, edges[:-1]) / np.diff(edges)
        place = (edges[:-1] + edges[1:] + 1) / 2
    else:
        levels, place = values, np.arange(1, n + 1, dtype=np.float64)
    laws = place[None, :] ** -_POW3_EXPONENTS[:, None]
    means = laws.mean(axis=1)
    centred = laws - means[:, None]
    rest = levels - levels.mean()
    slopes = (centred @ rest) / (centred * centred).sum(axis=1)
    misfits = ((rest - slopes[:, None] * centred) ** 2).sum(axis=1)
    best = int(np.argmin(misfits))
    return np.asarray(
        levels.mean() + slopes[best] * ((times * n) ** -_POW3_EXPONENTS[best] - means[best]), dtype=np.float64
    )
