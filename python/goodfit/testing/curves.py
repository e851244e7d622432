"""A random generator → pairs of learning curves with everything that was planted in them.

The families are far wider than any detector assumes: six shapes of decay, independent or autocorrelated noise, Gaussian
or heavy-tailed, of constant or shrinking size, slow drift, learning-rate cuts, gaps, restarts, losses of any scale,
negative losses, accuracies as shares or percent, from ten points to ten million.

Invariants: the same generator state gives the same curves; `truth` holds what the noise-free curves do, not what a
realisation looks like; steps strictly increase unless `truth.restart_idx` says where they go back.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

import numpy as np

from goodfit.errors import BadArgument
from goodfit.testing.shapes import Family as Family
from goodfit.testing.shapes import blow_up, flatten, plant_overfit, soft_floor, unlearn, wander
from goodfit.testing.shapes import decay as decay
from goodfit.testing.shapes import noise as noise

if TYPE_CHECKING:
    from collections.abc import Iterator

    from goodfit.types import Direction, Float64Array, Int64Array

Planted = Literal["healthy", "overfit", "diverged", "nonfinite", "spike", "plateau", "underfit", "double_descent"]
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
    plan = _Plan(kind, stratum, direction, n, rho, tail_df, share)
    levels = _draw_levels(plan, rng)
    noisy = _plant_event(plan, _add_noise(plan, levels, rng), rng)
    return _in_units(plan, levels, noisy, rng)


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
    return PlantedPair(
        steps=pair.steps[order],
        train=pair.train[order],
        validation=pair.validation[order],
        validation_level=pair.validation_level[order],
        direction=pair.direction,
        truth=replace(pair.truth, restart_idx=at_idx),
    )


@dataclass(frozen=True, slots=True)
class _Plan:
    """What a pair is to be, before anything of it is drawn."""

    kind: Planted
    stratum: Stratum
    direction: Direction
    n_points: int
    rho: float
    tail_df: float
    noise_share: float


@dataclass(frozen=True, slots=True)
class _Levels:
    """Both curves without noise, lower is better, and what was planted in them; lengths n_points."""

    family: Family
    train: Float64Array
    validation: Float64Array
    train_floor: float
    validation_floor: float
    cut_idxs: tuple[int, ...]
    drift: float
    onset_idx: int | None
    rise: float | None
    noise_share: float


@dataclass(frozen=True, slots=True)
class _Noisy:
    """Both curves with noise, lower is better; `gain` and `sigma` are of the validation."""

    train: Float64Array
    validation: Float64Array
    gain: float
    sigma: float
    onset_idx: int | None
    spike_idxs: tuple[int, ...] = ()


def _draw_levels(plan: _Plan, rng: np.random.Generator) -> _Levels:
    """Decays, cuts, drift, and what is planted beneath the noise."""
    n = plan.n_points
    x = np.linspace(0, 1, n)
    family: Family = "staircase" if plan.stratum == "rate_cuts" else FAMILIES[int(rng.integers(5))]
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
    if plan.stratum == "drift":
        drift = float(rng.uniform(0.005, 0.03))
        validation = validation + wander(x, rng) * drift
    onset_idx: int | None = None
    rise: float | None = None
    share = plan.noise_share
    if plan.kind in ("overfit", "double_descent"):
        turned = plant_overfit(x, train, validation, share, plan.rho, rng)
        train, validation, onset_idx, rise = turned.train, turned.validation, turned.onset_idx, turned.rise
        if plan.kind == "double_descent":
            second = np.clip((x - x[onset_idx]) / (1 - x[onset_idx]) - 0.5, 0, None)
            validation = validation - 2.6 * rise * second - 0.4 * second * validation[onset_idx]
    elif plan.kind == "underfit":
        train = train_floor + 1 + 0.004 * train_shape
        validation = train_floor + 1.005 + 0.004 * validation_shape
        share *= 0.2
    elif plan.kind == "plateau":
        onset_idx = int(n * rng.uniform(0.2, 0.6))
        train, validation = flatten(train, onset_idx), flatten(validation, onset_idx)
    return _Levels(
        family, train, validation, train_floor, validation_floor, cuts, drift, onset_idx, rise, noise_share=share
    )


def _add_noise(plan: _Plan, levels: _Levels, rng: np.random.Generator) -> _Noisy:
    """The same law of noise for both curves; a loss stays above its floor."""
    n, train, validation = plan.n_points, levels.train, levels.validation
    gain = float(np.ptp(validation)) if plan.kind != "underfit" else 0.3
    sigma = levels.noise_share * gain
    shrinks = rng.random() < 0.5  # half of all losses are noisier while they are high
    profile = (
        (0.3 + 0.7 * validation / validation[0]) / (0.3 + 0.7 * validation[-1] / validation[0]) if shrinks else 1.0
    )
    profile = np.minimum(profile, 3.0)
    rho, tail_df = plan.rho, plan.tail_df
    train = train + noise(n, rng, rho=rho, tail_df=tail_df) * sigma * rng.uniform(0.3, 1.0) * profile
    validation = validation + noise(n, rng, rho=rho, tail_df=tail_df) * sigma * profile
    if plan.direction == "min":  # a loss has a floor: noise cannot take it below
        train = soft_floor(train, 0.2 * levels.train_floor)
        validation = soft_floor(validation, 0.2 * levels.validation_floor)
    return _Noisy(train, validation, gain, sigma, levels.onset_idx)


def _plant_event(plan: _Plan, noisy: _Noisy, rng: np.random.Generator) -> _Noisy:
    """What happens on top of the noise: a spike, an explosion, NaN."""
    n, train, validation = plan.n_points, noisy.train, noisy.validation
    if plan.kind == "spike":
        at = int(rng.integers(max(2, n // 10), n - max(2, n // 10)))
        width = 1 if n < 60 else int(rng.integers(1, 4))
        height = rng.uniform(0.5, 5.0) * noisy.gain + 25 * noisy.sigma
        train = train.copy()
        train[at : at + width] += height
        return replace(noisy, train=train, onset_idx=at, spike_idxs=(at,))
    if plan.kind == "diverged":
        onset_idx = int(n * rng.uniform(0.2, 0.85))
        if plan.direction == "max":  # an accuracy falls back to that of an untrained model
            train = unlearn(train, onset_idx, noisy.sigma, rng)
            validation = unlearn(validation, onset_idx, noisy.sigma, rng)
        else:
            train, validation = blow_up(train, onset_idx, rng), blow_up(validation, onset_idx, rng)
        return replace(noisy, train=train, validation=validation, onset_idx=onset_idx)
    if plan.kind == "nonfinite":
        onset_idx = int(n * rng.uniform(0.1, 0.95))
        train, validation = train.copy(), validation.copy()
        train[onset_idx:] = rng.choice([np.nan, np.inf])
        validation[onset_idx:] = np.nan
        return replace(noisy, train=train, validation=validation, onset_idx=onset_idx)
    return noisy


def _in_units(plan: _Plan, levels: _Levels, noisy: _Noisy, rng: np.random.Generator) -> PlantedPair:
    """The pair in drawn units: a loss of any scale, or an accuracy; steps of a drawn stride."""
    train, validation, level = noisy.train, noisy.validation, levels.validation
    sigma, rise = noisy.sigma, levels.rise
    scale = 10.0 ** rng.uniform(-6, 6) if rng.random() < 0.5 else 1.0
    if plan.direction == "max":
        scale = 100.0 if rng.random() < 0.3 else 1.0
        top = 1.02 * max(float(np.nanmax(np.where(np.isfinite(train), train, np.nan))), float(np.nanmax(validation)))
        train, validation, level, sigma = 1 - train / top, 1 - validation / top, 1 - level / top, sigma / top
        rise = None if rise is None else rise / top
    elif rng.random() < 0.1:  # a log density, say: losses below zero
        below = float(np.nanmin(validation)) + 0.5 * noisy.gain
        train, validation, level = train - below, validation - below, level - below
    stride = int(rng.choice([1, 1, 10, 100, 469]))
    return PlantedPair(
        steps=np.arange(plan.n_points, dtype=np.int64) * stride,
        train=train * scale,
        validation=validation * scale,
        direction=plan.direction,
        validation_level=level * scale,
        truth=Truth(
            kind=plan.kind, stratum=plan.stratum, family=levels.family, onset_idx=noisy.onset_idx,
            rise=None if rise is None else rise * scale, spike_idxs=noisy.spike_idxs, cut_idxs=levels.cut_idxs,
            noise_sigma=sigma * scale, rho=plan.rho, tail_df=plan.tail_df, drift=levels.drift,
        ),
    )  # fmt: skip


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
