"""A random generator → pairs of learning curves with everything that was planted in them.

The families are far wider than any detector assumes: six shapes of decay, independent or autocorrelated noise, Gaussian
or heavy-tailed, of constant or shrinking size, slow drift, learning-rate cuts, gaps, restarts, losses of any scale,
negative losses, accuracies as shares or percent, from ten points to ten million.

Invariants: the same generator state gives the same curves; `truth` holds what the noise-free curves do, not what a
realisation looks like; steps strictly increase unless `truth.restart_idx` says where they go back.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

from goodfit.errors import BadArgument

if TYPE_CHECKING:
    from collections.abc import Iterator

    from goodfit.types import Direction, Float64Array, Int64Array

Planted = Literal["healthy", "overfit", "diverged", "nonfinite", "spike", "plateau", "underfit", "double_descent"]
Family = Literal["exponential", "power", "logarithmic", "two_speeds", "sigmoid", "staircase"]
Stratum = Literal["plain", "autocorrelated", "drift", "heavy_tails", "rate_cuts", "short", "long"]

KINDS: tuple[Planted, ...] = (
    "healthy", "overfit", "diverged", "nonfinite", "spike", "plateau", "underfit", "double_descent",
)  # fmt: skip
FAMILIES: tuple[Family, ...] = ("exponential", "power", "logarithmic", "two_speeds", "sigmoid", "staircase")
STRATA: tuple[Stratum, ...] = ("plain", "autocorrelated", "drift", "heavy_tails", "rate_cuts", "short", "long")


@dataclass(frozen=True, slots=True)
class Truth:
    """What was planted. Positions are indices into the arrays; None means that there is none."""

    kind: Planted
    stratum: Stratum
    family: Family
    onset_idx: int | None = None
    """Overfit: where the noise-free validation is best. Diverged, nonfinite: first point of it. Plateau: its start."""
    rise: float | None = None
    """Overfit: noise-free validation at the end minus its best, in the curve's units, positive when worse."""
    spike_idxs: tuple[int, ...] = ()
    cut_idxs: tuple[int, ...] = ()
    """First points after a learning-rate cut."""
    restart_idx: int | None = None
    """First point after a restart, where the steps go back."""
    noise_sigma: float = 0.0
    """Standard deviation of the validation's noise at the end, in the curve's units (scale, where it has none)."""
    rho: float = 0.0
    """Lag-1 autocorrelation of the noise."""
    tail_df: float = math.inf
    """Degrees of freedom of Student's t of the noise; infinite is Gaussian."""
    drift: float = 0.0
    """Size of slow wandering of the validation, as a share of its total gain."""


@dataclass(frozen=True, slots=True)
class PlantedPair:
    """A train and a validation curve on common steps; all arrays of length n_points."""

    steps: Int64Array
    train: Float64Array
    validation: Float64Array
    direction: Direction
    truth: Truth
    validation_level: Float64Array
    """The validation without its noise, in the curve's units; without what was planted on top of noise, too."""


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


def make_pair(
    rng: np.random.Generator,
    *,
    kind: Planted = "healthy",
    stratum: Stratum | None = None,
    n_points: int | None = None,
    direction: Direction | None = None,
    noise_share: float | None = None,
) -> PlantedPair:
    """One pair of curves with known truth.

    Args:
        rng: Source of all randomness.
        kind: What to plant.
        stratum: The difficulty; drawn when None.
        n_points: Length, at least 10; drawn from the stratum when None (10 to 30 short, 5,000 to 100,000 long).
        direction: `max` turns the pair into an accuracy (a share or percent); drawn, mostly `min`, when None.
        noise_share: Noise scale as a share of the validation's gain; drawn log-uniformly from 0.2 % to 6 % when None.

    Example:
        >>> pair = make_pair(np.random.default_rng(1), kind="overfit", n_points=200)
        >>> pair.validation.shape, pair.truth.kind
        ((200,), 'overfit')
    """
    if kind not in KINDS:
        raise BadArgument(f"make_pair knows no kind {kind!r}.", hint=f"one of {', '.join(KINDS)}")
    if n_points is not None and n_points < 10:
        raise BadArgument(f"make_pair needs at least 10 points, got {n_points}.")
    stratum = stratum or STRATA[int(rng.integers(len(STRATA)))]
    direction = direction or ("max" if rng.random() < 0.25 else "min")
    n = n_points or _draw_length(stratum, rng)
    rho, tail_df = _draw_noise(stratum, rng)
    share = noise_share if noise_share is not None else math.exp(rng.uniform(math.log(0.002), math.log(0.06)))
    x = np.linspace(0, 1, n)

    family: Family = "staircase" if stratum == "rate_cuts" else FAMILIES[int(rng.integers(5))]
    shape_state = rng.bit_generator.state
    train_shape = decay(family, x, rng)
    end_state = rng.bit_generator.state
    rng.bit_generator.state = shape_state  # validation falls by the same law at almost the same rate
    validation_shape = decay(family, np.clip(x * rng.uniform(0.9, 1.1), 0, None), rng) if n > 1 else train_shape
    rng.bit_generator.state = end_state

    train_floor = math.exp(rng.uniform(math.log(0.01), math.log(0.5)))
    validation_floor = train_floor + rng.uniform(0.0, 0.5)
    train = train_floor + train_shape
    validation = validation_floor + validation_shape * rng.uniform(0.8, 1.1)
    cuts: tuple[int, ...] = ()
    if family == "staircase":
        drops = np.flatnonzero(np.diff(np.diff(train_shape)) < -0.01 * np.ptp(train_shape)) + 1
        cuts = tuple(int(i) for i in drops)

    drift = 0.0
    if stratum == "drift":
        drift = float(rng.uniform(0.005, 0.03))
        validation = validation + _wander(x, rng) * drift
    onset_idx: int | None = None
    rise: float | None = None
    spikes: tuple[int, ...] = ()

    if kind in ("overfit", "double_descent"):
        train, validation, onset_idx, rise = _plant_overfit(x, train, validation, share, rho, rng)
        if kind == "double_descent":
            second = np.clip((x - x[onset_idx]) / (1 - x[onset_idx]) - 0.5, 0, None)
            validation = validation - 2.6 * rise * second - 0.4 * second * validation[onset_idx]
    elif kind == "underfit":
        train = train_floor + 1 + 0.004 * train_shape
        validation = train_floor + 1.005 + 0.004 * validation_shape
        share *= 0.2
    elif kind == "plateau":
        onset_idx = int(n * rng.uniform(0.2, 0.6))
        train, validation = _flatten(train, onset_idx), _flatten(validation, onset_idx)

    gain = float(np.ptp(validation)) if kind != "underfit" else 0.3
    sigma = share * gain
    shrinks = rng.random() < 0.5  # half of all losses are noisier while they are high
    profile = (
        (0.3 + 0.7 * validation / validation[0]) / (0.3 + 0.7 * validation[-1] / validation[0]) if shrinks else 1.0
    )
    profile = np.minimum(profile, 3.0)
    level = validation
    train = train + noise(n, rng, rho=rho, tail_df=tail_df) * sigma * rng.uniform(0.3, 1.0) * profile
    validation = validation + noise(n, rng, rho=rho, tail_df=tail_df) * sigma * profile
    if direction == "min":  # a loss has a floor: noise cannot take it below
        train, validation = _soft_floor(train, 0.2 * train_floor), _soft_floor(validation, 0.2 * validation_floor)

    if kind == "spike":
        at = int(rng.integers(max(2, n // 10), n - max(2, n // 10)))
        width = 1 if n < 60 else int(rng.integers(1, 4))
        height = rng.uniform(0.5, 5.0) * gain + 25 * sigma
        train = train.copy()
        train[at : at + width] += height
        spikes, onset_idx = (at,), at
    elif kind == "diverged":
        onset_idx = int(n * rng.uniform(0.2, 0.85))
        if direction == "max":  # an accuracy falls back to that of an untrained model
            train, validation = _unlearn(train, onset_idx, sigma, rng), _unlearn(validation, onset_idx, sigma, rng)
        else:
            train, validation = _blow_up(train, onset_idx, rng), _blow_up(validation, onset_idx, rng)
    elif kind == "nonfinite":
        onset_idx = int(n * rng.uniform(0.1, 0.95))
        train, validation = train.copy(), validation.copy()
        train[onset_idx:] = rng.choice([np.nan, np.inf])
        validation[onset_idx:] = np.nan

    scale = 10.0 ** rng.uniform(-6, 6) if rng.random() < 0.5 else 1.0
    if direction == "max":
        scale = 100.0 if rng.random() < 0.3 else 1.0
        top = 1.02 * max(float(np.nanmax(np.where(np.isfinite(train), train, np.nan))), float(np.nanmax(validation)))
        train, validation, level, sigma = 1 - train / top, 1 - validation / top, 1 - level / top, sigma / top
        rise = None if rise is None else rise / top
    elif rng.random() < 0.1:  # a log density, say: losses below zero
        below = float(np.nanmin(validation)) + 0.5 * gain
        train, validation, level = train - below, validation - below, level - below
    stride = int(rng.choice([1, 1, 10, 100, 469]))
    return PlantedPair(
        steps=np.arange(n, dtype=np.int64) * stride,
        train=train * scale,
        validation=validation * scale,
        direction=direction,
        validation_level=level * scale,
        truth=Truth(
            kind=kind, stratum=stratum, family=family, onset_idx=onset_idx,
            rise=None if rise is None else rise * scale, spike_idxs=spikes, cut_idxs=cuts,
            noise_sigma=sigma * scale, rho=rho, tail_df=tail_df, drift=drift,
        ),
    )  # fmt: skip


def make_pairs(
    count: int, *, seed: int, kind: Planted = "healthy", strata: tuple[Stratum, ...] = STRATA
) -> Iterator[PlantedPair]:
    """`count` pairs of one kind, the strata in turn; each has its own stream, so that a longer list starts alike."""
    for index in range(count):
        rng = np.random.default_rng([seed, KINDS.index(kind), index])
        yield make_pair(rng, kind=kind, stratum=strata[index % len(strata)])


def restart(pair: PlantedPair, *, at_idx: int, back: int) -> PlantedPair:
    """The pair as a log that stopped at `at_idx`, went back `back` points and wrote them again."""
    if not 0 < back <= at_idx < pair.steps.size:
        raise BadArgument(f"restart needs 0 < back <= at_idx < {pair.steps.size}, got back={back}, at_idx={at_idx}.")
    order = np.r_[0:at_idx, at_idx - back : pair.steps.size]
    from dataclasses import replace

    return PlantedPair(
        steps=pair.steps[order],
        train=pair.train[order],
        validation=pair.validation[order],
        validation_level=pair.validation_level[order],
        direction=pair.direction,
        truth=replace(pair.truth, restart_idx=at_idx),
    )


def _draw_length(stratum: Stratum, rng: np.random.Generator) -> int:
    if stratum == "short":
        return int(rng.integers(10, 31))
    if stratum == "long":
        return int(math.exp(rng.uniform(math.log(5_000), math.log(100_000))))
    return int(math.exp(rng.uniform(math.log(30), math.log(3_000))))


def _draw_noise(stratum: Stratum, rng: np.random.Generator) -> tuple[float, float]:
    """Autocorrelation and tail weight of a stratum."""
    if stratum == "autocorrelated":
        return float(rng.choice([0.7, 0.8, 0.9, 0.95])), math.inf
    if stratum == "heavy_tails":
        return 0.0, float(rng.choice([2.0, 3.0, 4.0]))
    return float(rng.choice([0.0, 0.0, 0.3, 0.5])), float(rng.choice([math.inf, math.inf, 6.0]))


def _wander(x: Float64Array, rng: np.random.Generator) -> Float64Array:
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


def _plant_overfit(
    x: Float64Array, train: Float64Array, validation: Float64Array, share: float, rho: float, rng: np.random.Generator
) -> tuple[Float64Array, Float64Array, int, float]:
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
    return train, validation, onset_idx, float(validation[-1] - validation[onset_idx])


def _turns_once(values: Float64Array, idx: int, size: float) -> bool:
    """Whether a noise-free curve falls to `idx`, then rises by most of `size`, without a second turn worth the name."""
    if not 0.05 * values.size <= idx < 0.9 * values.size:
        return False
    before, after = values[: idx + 1], values[idx:]
    rise = float(values[-1] - values[idx])
    drawup = float((before - np.minimum.accumulate(before)).max())
    drawdown = float((np.maximum.accumulate(after) - after).max())
    return rise > 0.6 * size and max(drawup, drawdown) < 0.25 * rise


def _flatten(values: Float64Array, idx: int) -> Float64Array:
    return np.where(np.arange(values.size) < idx, values, values[idx])


def _soft_floor(values: Float64Array, floor: float) -> Float64Array:
    """Values below `floor` are reflected into (0, floor]: noise of a loss dies out near zero."""
    low = values < floor
    return np.where(low, floor * np.exp(np.clip((values - floor) / max(floor, 1e-300), -20, 0)), values)


def _blow_up(values: Float64Array, idx: int, rng: np.random.Generator) -> Float64Array:
    """From `idx` on the level leaps or climbs to several times the first value and stays."""
    n, first = values.size, abs(float(values[0]))
    top = first * 10 ** rng.uniform(0.5, 6)
    ramp_points = max(1, int((n - idx) * rng.uniform(0.02, 0.5)))
    ramp = np.clip((np.arange(n) - idx + 1) / ramp_points, 0, 1)
    jitter = np.exp(0.1 * rng.standard_normal(n))
    return np.where(ramp > 0, values + top * ramp * jitter, values)


def _unlearn(values: Float64Array, idx: int, sigma: float, rng: np.random.Generator) -> Float64Array:
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
