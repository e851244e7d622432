"""The past of a curve → the quantiles of its future, learnt from how thousands of real curves went on.

What the past looks like is put into eighteen numbers (`describe_past`), free of the curve's units; a small network,
whose weights lie beside this file, turns them into quantiles of the change. Its bands were stretched until they held
what they promise on tasks that had been kept from it.

Invariants: quantiles ascend; shift and positive scale of the values shift and scale the answer alike.
"""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from goodfit.curves.extrapolate import MIN_POINTS, Extrapolation, extrapolate
from goodfit.curves.median import median
from goodfit.curves.refusal import Refusal

if TYPE_CHECKING:
    from goodfit.types import Float64Array

QUANTILES = (0.025, 0.05, 0.1, 0.2, 0.35, 0.5, 0.65, 0.8, 0.9, 0.95, 0.975)

_CLIP = 4.0
"""In units of recent movement: further away a number only says "far"."""

_MAX_TIME = 40.0
"""Lengths of the past: nobody has shown what a fortieth of a curve says of its end."""

_MAX_KNOTS = 24
"""The path is worked out at so many times, spread evenly in log time, and drawn straight between them."""

_POW3_EXPONENTS = np.exp(np.linspace(math.log(0.05), math.log(4.0), 24))


@dataclass(frozen=True, slots=True)
class PathForecast:
    """Quantiles of a curve's future values."""

    quantiles: Float64Array
    """Shape (n_times, 11), ascending along the second axis; levels are `QUANTILES`."""
    scale: float
    """Recent movement of the curve, in its units; 0 for a constant one."""


@dataclass(frozen=True, slots=True)
class Past:
    """A curve's past in numbers that know no unit."""

    features: Float64Array
    """Shape (n_times, n_features)."""
    last: float
    scale: float


def forecast_path(values: Float64Array, times: Float64Array) -> PathForecast | Refusal:
    """Quantiles of a curve at future times.

    Args:
        values: Finite values in order, lower is better, evenly spaced, shape (n,), n >= 5.
        times: When, in lengths of the past (1 is the newest point), ascending, above 1, shape (n_times,).

    Returns:
        Quantiles, or a refusal below five points.

    Model:
        v(t) = last + scale × network(features(t)); the network has two hidden layers and a linear way around them; its
        bands are stretched around the median by a factor per log time (split conformal on held-out tasks).
    Assumes:
        Curves go on as those of the development data did: language models, image and speech models, small text
        classifiers; with whatever schedule they had.
    Limits:
        A learning-rate cut, a restart or a change of data that is still to come is not foreseen, only its usual share
        of surprise. Beyond forty lengths of the past the answer stays that for forty.
    References:
        S. Adriaensen et al., Efficient Bayesian learning curve extrapolation using prior-data fitted networks,
        NeurIPS 2023, arXiv:2310.20447; R. Koenker & G. Bassett, Regression quantiles, Econometrica 46, 1978,
        doi:10.2307/1913643; Y. Romano, E. Patterson & E. Candès, Conformalized quantile regression, NeurIPS 2019,
        arXiv:1905.03222.

    Example:
        >>> past = 1 + 2 * np.exp(-np.arange(50.0) / 10)
        >>> answer = forecast_path(past, np.array([2.0]))
        >>> bool(0.9 < answer.quantiles[0, 5] < past[-1])
        True
    """
    if values.size < MIN_POINTS:
        return Refusal("too_short", int(values.size), MIN_POINTS)
    times = np.minimum(times, _MAX_TIME)
    knots = times
    if times.size > _MAX_KNOTS:
        knots = np.exp(np.linspace(math.log(float(times[0])), math.log(float(times[-1])), _MAX_KNOTS))
    past = describe_past(values, knots)
    if past.scale == 0:
        return PathForecast(np.full((times.size, len(QUANTILES)), past.last), 0.0)
    network = read_network()
    changes = np.sort(network.apply(past.features), axis=1)
    middle = changes[:, len(QUANTILES) // 2, None]
    stretch = np.interp(np.log(knots), network.stretch_log_times, network.stretches)
    changes = middle + (changes - middle) * stretch[:, None]
    if knots is not times:
        place = np.interp(np.log(times), np.log(knots), np.arange(knots.size))
        low = np.minimum(place.astype(np.intp), knots.size - 2)
        share = (place - low)[:, None]
        changes = changes[low] * (1 - share) + changes[low + 1] * share
    return PathForecast(past.last + past.scale * changes, past.scale)


def describe_past(values: Float64Array, times: Float64Array) -> Past:
    """The past in eighteen numbers for each future time.

    Args:
        values: Finite values, lower is better, shape (n,), n >= 5.
        times: Shape (n_times,), each above 1.

    Example:
        >>> describe_past(np.exp(-np.arange(30.0)), np.array([1.5, 2.0])).features.shape
        (2, 18)
    """
    n = values.size
    last = float(values[-1])
    quarter = max(1, n // 4)
    first, second = median(values[:quarter]), median(values[quarter : 2 * quarter])
    third, fourth = median(values[n - 2 * quarter : n - quarter]), median(values[n - quarter :])
    eighth = max(1, n // 8)
    newest, before = median(values[-eighth:]), median(values[-2 * eighth : -eighth])
    steps = values[1:] - values[:-1]
    sigma = 1.4826 * median(np.abs(steps - median(steps))) / math.sqrt(2)
    scale = max(abs(third - fourth), 1.5 * abs(before - newest), sigma, median(np.abs(steps)))
    n_times = times.size
    if not scale > 1e-12 * abs(last):
        return Past(np.zeros((n_times, 18)), last, 0.0)
    calm, keen = extrapolate(values, times), extrapolate(values, times, recency=2.0, sharpness=0.25)
    assert isinstance(calm, Extrapolation) and isinstance(keen, Extrapolation)
    log_times = np.log(times)
    of_times = [
        calm.change,
        keen.change,
        _pow3(values, times) - last,
        (fourth - third) * log_times,
        (newest - before) * log_times,
        np.minimum(calm.spread, 3 * scale),
    ]
    of_past = [
        float(values.min()) - last,
        median(values[-3:]) - last,
        float(values[-5:].mean()) - last,
        fourth - last,
        calm.fitted_last - last,
        sigma,
        second - third,
        first - second,
    ]
    features = np.empty((n_times, 18))
    for column, numbers in enumerate([*of_times, *of_past]):
        features[:, column] = np.clip(np.asarray(numbers) / scale, -_CLIP, _CLIP)
    features[:, 14] = log_times
    features[:, 15] = 5.0 / n
    features[:, 16] = math.log(n) / 4.0
    features[:, 17] = np.minimum(1.0, 1.0 / np.maximum(1.0, (times - 1) * n))  # one over the points ahead
    return Past(np.nan_to_num(features, nan=0.0, posinf=_CLIP, neginf=-_CLIP), last, scale)


@dataclass(frozen=True, slots=True)
class Network:
    """Two hidden layers of tanh with a linear way around them."""

    weights: tuple[Float64Array, ...]
    """Input to hidden, hidden to hidden, hidden to output, input to output."""
    biases: tuple[Float64Array, ...]
    """Of the first three."""
    stretch_log_times: Float64Array
    stretches: Float64Array
    """Factor of the bands around the median, by log time."""

    def apply(self, features: Float64Array) -> Float64Array:
        """Quantiles of the change in units of recent movement, shape (n_times, 11); not yet sorted."""
        hidden = np.tanh(features @ self.weights[0] + self.biases[0])
        hidden = np.tanh(hidden @ self.weights[1] + self.biases[1])
        return np.asarray(hidden @ self.weights[2] + self.biases[2] + features @ self.weights[3])


@cache
def read_network() -> Network:
    """The network that `python -m bench.judgement.train_forecast` wrote."""
    text = (Path(__file__).parent / "forecast.json").read_text(encoding="utf-8")
    table = json.loads(text)
    return Network(
        weights=tuple(np.array(part, dtype=np.float64) for part in table["weights"]),
        biases=tuple(np.array(part, dtype=np.float64) for part in table["biases"]),
        stretch_log_times=np.array(table["stretch_log_times"], dtype=np.float64),
        stretches=np.array(table["stretches"], dtype=np.float64),
    )


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
