"""A random generator → what curves are put together of: decays, noise, drift, a turn, an explosion.

Invariants: the same generator state gives the same shape; lower is better; arrays that come in are not changed.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

from goodfit.errors import BadArgument

if TYPE_CHECKING:
    from goodfit.types import Float64Array

Family = Literal["exponential", "power", "logarithmic", "two_speeds", "sigmoid", "staircase"]


def decay(family: Family, x: Float64Array, rng: np.random.Generator) -> Float64Array:
    """A noise-free falling shape over x in [0, 1]: 1 at the start, 0 or a little above at the end.

    Args:
        family: The law of the decay; its rate is drawn from `rng`.
        x: Positions in [0, 1], ascending, shape (n,).
        rng: Source of the rate.
    """
    if family == "exponential":
        rate = math.exp(rng.uniform(math.log(2.5), math.log(40)))
        shape = np.exp(-rate * x)
    elif family == "power":
        scale, exponent = math.exp(rng.uniform(math.log(0.002), math.log(0.3))), rng.uniform(0.3, 2.0)
        shape = (1 + x / scale) ** -exponent
    elif family == "logarithmic":
        scale = math.exp(rng.uniform(math.log(0.001), math.log(0.1)))
        shape = 1 - np.log1p(x / scale) / math.log1p(1 / scale)
    elif family == "two_speeds":
        fast, slow, share = rng.uniform(20, 80), rng.uniform(1.5, 6), rng.uniform(0.3, 0.9)
        shape = share * np.exp(-fast * x) + (1 - share) * np.exp(-slow * x)
    elif family == "sigmoid":
        centre, width = rng.uniform(0.08, 0.4), rng.uniform(0.02, 0.1)
        shape = 1 / (1 + np.exp(np.clip((x - centre) / width, -60, 60)))
        shape = shape / shape[0]
    else:
        rate = math.exp(rng.uniform(math.log(8), math.log(40)))
        edges = np.sort(rng.uniform(0.2, 0.9, size=int(rng.integers(1, 4))))
        shape = np.zeros_like(x)
        weights = rng.dirichlet(np.r_[4.0, np.ones(edges.size)])
        for start, weight in zip(np.r_[0.0, edges], weights, strict=True):
            shape += weight * np.where(x < start, 1.0, np.exp(-rate * np.clip(x - start, 0, None)))
    return np.asarray(shape, dtype=np.float64)


def noise(n_points: int, rng: np.random.Generator, *, rho: float = 0.0, tail_df: float = math.inf) -> Float64Array:
    """Stationary AR(1) noise of unit scale, shape (n_points,).

    Args:
        n_points: Length.
        rng: Source of randomness.
        rho: Lag-1 autocorrelation, 0 <= rho < 1.
        tail_df: Degrees of freedom of Student's t of the innovations; infinite for Gaussian ones.
    """
    if not 0 <= rho < 1:
        raise BadArgument(f"noise needs 0 <= rho < 1, got rho={rho}.")
    warm_up = 0 if rho == 0 else min(1000, math.ceil(6 / -math.log(rho)))
    size = n_points + warm_up
    shocks = rng.standard_normal(size) if math.isinf(tail_df) else rng.standard_t(tail_df, size)
    if rho == 0:
        return shocks
    return _autoregress(shocks, rho)[warm_up:] * math.sqrt(1 - rho * rho)


def wander(x: Float64Array, rng: np.random.Generator) -> Float64Array:
    """Slow drift of unit size: a sinusoid, a Brownian path or a random cubic."""
    law = int(rng.integers(3))
    if law == 0:
        path = np.sin(2 * np.pi * (rng.uniform(0.5, 4) * x + rng.random()))
    elif law == 1:
        path = np.cumsum(rng.standard_normal(x.size)) / math.sqrt(x.size)
    else:
        path = np.polyval(rng.uniform(-1, 1, 4), 2 * x - 1)
    spread = float(np.std(path))
    return np.asarray((path - path.mean()) / spread if spread > 0 else path * 0.0)


@dataclass(frozen=True, slots=True)
class Turned:
    """Noise-free curves of which the validation turns, and where and how far."""

    train: Float64Array
    validation: Float64Array
    onset_idx: int
    rise: float


def plant_overfit(
    x: Float64Array, train: Float64Array, validation: Float64Array, share: float, rho: float, rng: np.random.Generator
) -> Turned:
    """A validation that turns: on top of its own decay, or from its level at the turn; train goes on falling."""
    n = x.size
    start = rng.uniform(0.12, 0.75)
    power = float(rng.choice([0.7, 1.0, 1.0, 1.5, 2.0]))
    ramp = np.clip((x - start) / (1 - start), 0, None) ** power
    if rng.random() < 0.25:
        rate = rng.uniform(1.5, 4)
        ramp = (1 - np.exp(-rate * ramp)) / (1 - math.exp(-rate))
    gain = float(np.ptp(validation))
    smallest = max(0.06, 7 * share / math.sqrt(1 - rho * rho + 0.2))
    size = gain * math.exp(rng.uniform(math.log(smallest), math.log(max(1.5, 2 * smallest))))
    if rng.random() < 0.5:  # the turn happens at once, where the decay then stood
        validation = np.where(x < start, validation, np.interp(start, x, validation))
    validation = validation + size * ramp
    onset_idx = int(np.argmin(validation))
    if not _turns_once(validation, onset_idx, size):  # a steep decay or a later cut hid the turn
        hold = int(start * n)
        floor = float(validation[:hold].min())
        validation = np.r_[np.maximum(validation[:hold], floor), floor + size * ramp[hold:]]
        onset_idx = int(np.argmin(validation))
    train = train - (float(train[onset_idx]) - 0.3 * float(train.min())) * 0.5 * np.clip(
        (x - x[onset_idx]) / max(1 - x[onset_idx], 1e-9), 0, None
    )
    return Turned(train, validation, onset_idx, float(validation[-1] - validation[onset_idx]))


def _turns_once(values: Float64Array, idx: int, size: float) -> bool:
    """Whether a noise-free curve falls to `idx`, then rises by most of `size`, without a second turn worth the name."""
    if not 0.05 * values.size <= idx < 0.9 * values.size:
        return False
    before, after = values[: idx + 1], values[idx:]
    rise = float(values[-1] - values[idx])
    drawup = float((before - np.minimum.accumulate(before)).max())
    drawdown = float((np.maximum.accumulate(after) - after).max())
    return rise > 0.6 * size and max(drawup, drawdown) < 0.25 * rise


def flatten(values: Float64Array, idx: int) -> Float64Array:
    return np.where(np.arange(values.size) < idx, values, values[idx])


def soft_floor(values: Float64Array, floor: float) -> Float64Array:
    """Values below `floor` are reflected into (0, floor]: noise of a loss dies out near zero."""
    low = values < floor
    return np.where(low, floor * np.exp(np.clip((values - floor) / max(floor, 1e-300), -20, 0)), values)


def blow_up(values: Float64Array, idx: int, rng: np.random.Generator) -> Float64Array:
    """From `idx` on the level leaps or climbs to several times the first value and stays."""
    n, first = values.size, abs(float(values[0]))
    top = first * 10 ** rng.uniform(0.5, 6)
    ramp_points = max(1, int((n - idx) * rng.uniform(0.02, 0.5)))
    ramp = np.clip((np.arange(n) - idx + 1) / ramp_points, 0, 1)
    jitter = np.exp(0.1 * rng.standard_normal(n))
    return np.where(ramp > 0, values + top * ramp * jitter, values)


def unlearn(values: Float64Array, idx: int, sigma: float, rng: np.random.Generator) -> Float64Array:
    """From `idx` on the curve is back at its first value, but for noise."""
    after = float(values[0]) + sigma * rng.standard_normal(values.size)
    return np.where(np.arange(values.size) < idx, values, after)


def _autoregress(shocks: Float64Array, rho: float) -> Float64Array:
    """y[t] = rho y[t-1] + shocks[t], by blocks short enough that rho**-block stays finite."""
    out = np.empty_like(shocks)
    block = max(1, min(shocks.size, int(200 / max(-math.log(rho), 1e-6))))
    last = 0.0
    for start in range(0, shocks.size, block):
        part = shocks[start : start + block]
        weights = rho ** np.arange(1, part.size + 1)
        out[start : start + part.size] = weights * (last + np.cumsum(part / weights))
        last = float(out[start + part.size - 1])
    return out
