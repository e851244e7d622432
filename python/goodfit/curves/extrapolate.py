"""The past of a curve → what a mixture of decaying laws makes of its future: a mean change and how far the laws differ.

Time is measured in lengths of the past: 1 is the newest point, 2 is as far again. So nothing depends on the unit of
steps, and every law is tried at the same relative speeds.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

import numpy as np

from goodfit.curves.refusal import Refusal

if TYPE_CHECKING:
    from goodfit.types import Float64Array

MIN_POINTS = 5
"""Two parameters and a law; with fewer points every law fits."""

_MAX_BLOCKS = 48
_SHIFTS = (0.01, 0.1, 1.0)
_EXPONENTS = (0.25, 0.5, 1.0, 2.0)
_RATES = (0.5, 1.0, 2.0, 4.0, 8.0, 16.0)
_LOG_SPEEDS = (3.0, 30.0)

_RIDGE = 1e-3
_SMALLEST_MISFIT = 1e-10  # of the variance: noise-free curves would else leave one law alone


@dataclass(frozen=True, slots=True)
class Extrapolation:
    """What the laws say at the times asked for; arrays of shape (n_times,), in the curve's units."""

    change: Float64Array
    """Weighted mean over the laws of the change from the newest point to then."""
    spread: Float64Array
    """Weighted standard deviation of it over the laws."""
    fitted_last: float
    """Weighted mean of the laws' values at the newest point."""


def extrapolate(
    values: Float64Array, times: Float64Array, *, recency: float = 1.0, sharpness: float = 0.5
) -> Extrapolation | Refusal:
    """Fits twenty decaying laws to a curve and averages what they make of the future.

    Args:
        values: Finite values in order, evenly spaced, shape (n,), n >= 5.
        times: When, in lengths of the past, each above 1, shape (n_times,).
        recency: Points weigh as time to this power.
        sharpness: Power of the marginal likelihood that weighs the laws.

    Returns:
        The averaged extrapolation, or a refusal below five points.

    Model:
        y = a + b g_k(t) with g in (t + s)^-p, exp(-r t), 1 / log(1.5 + c t); least squares with a small ridge on at
        most 48 block means; weight of a law: misfit^(-sharpness m / 2), the marginal likelihood of a linear model
        with unknown noise to the power `sharpness`.
    Assumes:
        What comes is of the same kind as what was: no learning-rate cut.
    Limits:
        No law rises again after having fallen; a curve that turned is followed on its way, too far.
    References:
        T. Domhan, J. T. Springenberg & F. Hutter, Speeding up automatic hyperparameter optimization by extrapolation
        of learning curves, IJCAI 2015 (a mixture of laws); A. E. Raftery, Bayesian model selection, Sociol. Methodol.
        25, 1995, doi:10.2307/271063 (weights from misfits).

    Example:
        >>> past = 1 + 0.5 ** (np.arange(1.0, 41) / 10)
        >>> answer = extrapolate(past, np.array([2.0]))
        >>> bool(past[-1] > past[-1] + answer.change[0] > 0.8)
        True
    """
    n = values.size
    if n < MIN_POINTS:
        return Refusal("too_short", n, MIN_POINTS)
    if n > _MAX_BLOCKS:
        edges = np.linspace(0, n, _MAX_BLOCKS + 1).astype(np.intp)
        levels = np.add.reduceat(values, edges[:-1]) / np.diff(edges)
        at = (edges[:-1] + edges[1:] + 1) / 2 / n
        laws = _laws(at)
    else:
        levels, laws = values, _even_laws(n)
        at = np.arange(1, n + 1) / n
    weight = at**recency
    weight = weight / weight.sum()
    now, then = _laws_now(), _laws(times)
    mean = laws @ weight
    centred = laws - mean[:, None]
    level = float(weight @ levels)
    rest = levels - level
    power = (centred * centred) @ weight
    slope = (centred @ (weight * rest)) / (power * (1 + _RIDGE))
    misfit = ((rest - slope[:, None] * centred) ** 2) @ weight
    misfit = np.maximum(misfit, _SMALLEST_MISFIT * max(float(weight @ (rest * rest)), 1e-300))
    belief = np.exp(-0.5 * sharpness * levels.size * np.log(misfit / misfit.min()))
    belief = belief / belief.sum()
    changes = slope[:, None] * (then - now[:, None])
    change = belief @ changes
    spread = np.sqrt(belief @ (changes - change) ** 2)
    return Extrapolation(change, spread, level + float(belief @ (slope * (now - mean))))


def _laws(times: Float64Array) -> Float64Array:
    """Every law at every time, shape (20, n_times)."""
    parts = [(times + shift) ** -exponent for shift in _SHIFTS for exponent in _EXPONENTS]
    parts += [np.exp(-rate * times) for rate in _RATES]
    parts += [1 / np.log(1.5 + speed * times) for speed in _LOG_SPEEDS]
    return np.stack(parts)


@cache
def _even_laws(n_points: int) -> Float64Array:
    """The laws at the points of a past that is not condensed; at most 44 lengths are ever asked for."""
    return _laws(np.arange(1, n_points + 1) / n_points)


@cache
def _laws_now() -> Float64Array:
    return _laws(np.ones(1))[:, 0]
