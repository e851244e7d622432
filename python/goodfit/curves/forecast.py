"""The past of a curve → the quantiles of its future, learnt from how thousands of curves went on.

What the past looks like is put into numbers free of the curve's units (`curves/past.py`); a few small networks, whose
weights lie beside this file, turn them into quantiles of the change, and the mean of their answers counts. The bands
were stretched until they held what they promise on tasks and on sources that had been kept from the networks.

Invariants: quantiles ascend; shift and positive scale of the values shift and scale the answer alike.
"""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from statistics import NormalDist
from typing import TYPE_CHECKING

import numpy as np

from goodfit.curves.extrapolate import MIN_POINTS
from goodfit.curves.noise import noise_scale
from goodfit.curves.past import FIVE_OVER_POINTS, describe_past
from goodfit.curves.refusal import Refusal

if TYPE_CHECKING:
    from goodfit.types import Float64Array

QUANTILES = (0.025, 0.05, 0.1, 0.2, 0.35, 0.5, 0.65, 0.8, 0.9, 0.95, 0.975)
_MIDDLE = len(QUANTILES) // 2

_MAX_TIME = 40.0
"""Lengths of the past: nobody has shown what a fortieth of a curve says of its end."""

_FEW_POINTS_WIDENING = 0.25
"""By this share the bands of five points are wider, by less those of more, of ten and more not at all. On tasks never
seen the 80 % band from five points held 72 % without it and 75 % with it, at a better CRPS."""

_MAX_KNOTS = 24
"""The path is worked out at so many times, spread evenly in log time, and drawn straight between them."""

_MAX_POINTS = 1024  # longer curves are read as block means, and their points' own noise is added to the band
_N_BLOCKS = 512


@dataclass(frozen=True, slots=True)
class PathForecast:
    """Quantiles of a curve's future values."""

    quantiles: Float64Array
    """Shape (n_times, 11), ascending along the second axis; levels are `QUANTILES`."""
    scale: float
    """Recent movement of the curve, in its units; 0 for a constant one."""


def forecast_path(values: Float64Array, ahead: Float64Array, *, panel: Panel | None = None) -> PathForecast | Refusal:
    """Quantiles of a curve at future points.

    Args:
        values: Finite values in order, lower is better, evenly spaced, shape (n,), n >= 5.
        ahead: How many points after the newest, ascending, above 0, shape (n_ahead,).
        panel: The networks to ask; None: those that ship.

    Returns:
        Quantiles, or a refusal below five points.

    Model:
        v(t) = last + scale × the mean over networks of network(features(t)); a network has two hidden layers and a
        linear way around them; its bands are stretched around the median by a factor per log time (split conformal on
        held-out tasks and sources). Curves of more than 1,024 points are read as some 512 block means.
    Assumes:
        Curves go on as those of the development data did: language models, image and speech models, small text
        classifiers, and generated ones of many kinds; with whatever schedule they had.
    Limits:
        A learning-rate cut, a restart or a change of data that is still to come is not foreseen, only its usual share
        of surprise. Beyond forty lengths of the past the answer stays that for forty.
    References:
        S. Adriaensen et al., Efficient Bayesian learning curve extrapolation using prior-data fitted networks,
        NeurIPS 2023, arXiv:2310.20447; R. Koenker & G. Bassett, Regression quantiles, Econometrica 46, 1978,
        doi:10.2307/1913643; Y. Romano, E. Patterson & E. Candès, Conformalized quantile regression, NeurIPS 2019,
        arXiv:1905.03222; B. Lakshminarayanan, A. Pritzel & C. Blundell, Simple and scalable predictive uncertainty
        estimation using deep ensembles, NeurIPS 2017, arXiv:1612.01474.

    Example:
        >>> past = 1 + 2 * np.exp(-np.arange(50.0) / 10)
        >>> answer = forecast_path(past, np.array([50.0]))
        >>> bool(0.9 < answer.quantiles[0, 5] < past[-1])
        True
    """
    if values.size < MIN_POINTS:
        return Refusal("too_short", int(values.size), MIN_POINTS)
    noise, n_points = 0.0, float(values.size)
    if values.size > _MAX_POINTS:
        noise = noise_scale(values[-4096:])
        values, n_points = condense(values)
    times = np.minimum(1 + ahead / n_points, _MAX_TIME)
    knots = times
    if times.size > _MAX_KNOTS:
        knots = np.exp(np.linspace(math.log(float(times[0])), math.log(float(times[-1])), _MAX_KNOTS))
    past = describe_past(values, knots)
    if past.scale == 0:
        return PathForecast(np.full((times.size, len(QUANTILES)), past.last), 0.0)
    changes = (panel or read_panel()).ask(past.features, np.log(knots))
    if knots is not times:
        place = np.interp(np.log(times), np.log(knots), np.arange(knots.size))
        low = np.minimum(place.astype(np.intp), knots.size - 2)
        share = (place - low)[:, None]
        changes = changes[low] * (1 - share) + changes[low + 1] * share
    quantiles = past.last + past.scale * changes
    if noise > 0:
        middle = quantiles[:, _MIDDLE, None]
        own = noise * np.array([NormalDist().inv_cdf(level) for level in QUANTILES])
        quantiles = middle + np.sign(own) * np.hypot(quantiles - middle, own)
    return PathForecast(quantiles, past.scale)


def condense(values: Float64Array) -> tuple[Float64Array, float]:
    """Some 512 block means of a long curve, the oldest points left out, and how many points they stand for."""
    size = -(-values.size // _N_BLOCKS)
    kept = values[values.size % size :]
    return kept.reshape(-1, size).mean(axis=1), float(kept.size)


@dataclass(frozen=True, slots=True)
class Network:
    """Two hidden layers of tanh with a linear way around them."""

    weights: tuple[Float64Array, ...]
    """Input to hidden, hidden to hidden, hidden to output, input to output."""
    biases: tuple[Float64Array, ...]
    """Of the first three."""

    def apply(self, features: Float64Array) -> Float64Array:
        """Quantiles of the change in units of recent movement, shape (n_times, 11), ascending."""
        hidden = np.tanh(features @ self.weights[0] + self.biases[0])
        hidden = np.tanh(hidden @ self.weights[1] + self.biases[1])
        return np.sort(hidden @ self.weights[2] + self.biases[2] + features @ self.weights[3], axis=1)


@dataclass(frozen=True, slots=True)
class Panel:
    """Networks that are asked together, and how far their common bands are stretched."""

    networks: tuple[Network, ...]
    stretch_log_times: Float64Array
    stretches: Float64Array
    """Factor of the bands around the median, by log time."""

    def ask(self, features: Float64Array, log_times: Float64Array) -> Float64Array:
        """Quantiles of the change in units of recent movement, shape (n_times, 11), ascending."""
        changes = self.agree(features)
        middle = changes[:, _MIDDLE, None]
        stretch = np.interp(log_times, self.stretch_log_times, self.stretches)
        return np.asarray(middle + (changes - middle) * stretch[:, None])

    def agree(self, features: Float64Array) -> Float64Array:
        """The mean of the networks' quantiles, widened where the past has fewer than ten points; not yet stretched."""
        said = np.stack([network.apply(features) for network in self.networks]).mean(axis=0)
        middle = said[:, _MIDDLE, None]
        few = np.maximum(0.0, 2 * features[:, FIVE_OVER_POINTS, None] - 1)
        return np.asarray(middle + (said - middle) * (1 + _FEW_POINTS_WIDENING * few))


@cache
def read_panel() -> Panel:
    """The networks that `python -m bench.judgement.train_forecast` wrote."""
    text = (Path(__file__).parent / "forecast.json").read_text(encoding="utf-8")
    table = json.loads(text)
    return Panel(
        networks=tuple(
            Network(
                weights=tuple(np.array(part, dtype=np.float64) for part in each["weights"]),
                biases=tuple(np.array(part, dtype=np.float64) for part in each["biases"]),
            )
            for each in table["networks"]
        ),
        stretch_log_times=np.array(table["stretch_log_times"], dtype=np.float64),
        stretches=np.array(table["stretches"], dtype=np.float64),
    )
