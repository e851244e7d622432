"""A random generator → pairs of learning curves whose truth follows from a mechanism, not from a drawn valley.

The second source of truth beside `goodfit.testing.curves`, built on other ideas: gradient flow on a linear model and
gradient descent on a logistic one, both with wrong labels, so that the turn is where learning the errors begins to
cost more than learning the rule gains; U-shapes that rise slowly, early, late or by little; and what a run does
besides: rate cuts before and after the turn, warm-up bumps, plateaus, drift, validation every k steps.

A planted case is one that a person would call overfitting. Its noise-free rise over the last tenth is at least
`MIN_LEVEL_SHARE` of the level at the turn (of a share such as an accuracy: `MIN_GAIN_SHARE` of what was gained), and at
least `MIN_SIGMAS` standard errors of a difference of two such means under the noise that was added, autocorrelation
included. A healthy case never rises by more than `MAX_HEALTHY_SHARE` of its level; with drift, by less than
`MIN_LEVEL_SHARE`. What lies between is drawn anew. (`goodfit.testing.curves` has healthy drift without that limit.)
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from bench.judgement.detectors import Array, Curves

Kind = Literal["healthy", "overfit"]
STRATA = (
    "gradient_flow", "logistic", "plain", "early", "late", "small", "autocorrelated", "heavy_tails", "uneven_noise",
    "rate_cuts", "drift", "sparse", "warm_up", "plateau", "short", "long", "share",
)  # fmt: skip

MIN_LEVEL_SHARE = 0.03
MIN_GAIN_SHARE = 0.05
MIN_SIGMAS = 4.5
MAX_HEALTHY_SHARE = 0.004


@dataclass(frozen=True)
class OtherPair:
    """Curves and their truth; `level` is the noise-free validation, lower is better."""

    curves: Curves
    stratum: str
    kind: Kind
    level: Array
    onset_idx: int | None


def draw_pairs(
    draw: Callable[[np.random.Generator, str, Kind], OtherPair | None],
    strata: Sequence[str],
    count: int,
    *,
    seed: Sequence[int],
    kind: Kind,
) -> Iterator[OtherPair]:
    """`count` pairs, the strata in turn, each drawn from its own stream until its truth is plain."""
    for index in range(count):
        rng = np.random.default_rng([*seed, ("healthy", "overfit").index(kind), index])
        pair = None
        while pair is None:
            pair = draw(rng, strata[index % len(strata)], kind)
        yield pair


def make_other_pairs(count: int, *, seed: int, kind: Kind) -> Iterator[OtherPair]:
    """`count` pairs, the strata in turn; each has its own stream."""
    return draw_pairs(_draw, STRATA, count, seed=[seed, 77], kind=kind)


def _draw(rng: np.random.Generator, stratum: str, kind: Kind) -> OtherPair | None:
    n = _length(rng, stratum)
    x = np.linspace(0.0, 1.0, n)
    overfits = kind == "overfit"
    if stratum == "gradient_flow":
        train, level = _gradient_flow(rng, x, overfits)
    elif stratum == "logistic":
        train, level = _logistic(rng, n, overfits)
    else:
        train, level = _drawn(rng, x, stratum, overfits)
    if stratum == "rate_cuts":
        for at in rng.uniform(0.15, 0.95, int(rng.integers(1, 4))):
            drop = 1 - rng.uniform(0.01, 0.25) * (1 - np.exp(-np.clip(x - at, 0, None) * rng.uniform(20, 200)))
            train, level = train * drop, (level * (1 + drop * 2) / 3 if overfits else level * drop)
    if stratum == "warm_up":
        bump = rng.uniform(0.05, 0.6) * np.exp(-(((x - rng.uniform(0.005, 0.05)) / rng.uniform(0.004, 0.02)) ** 2))
        train, level = train + bump * train[0], level + bump * level[0]
    if stratum == "plateau":
        start, length = rng.uniform(0.0, 0.15), rng.uniform(0.1, 0.25)
        held = np.where(x < start, x, np.where(x < start + length, start, x - length))
        train, level = np.interp(held, x, train), np.interp(held, x, level)
    bottom = int(np.argmin(level))
    n_tail = max(1, n // 10)
    rise = float(np.median(level[-n_tail:]) - level[bottom])
    gain = float(np.max(level[: max(1, n // 20)]) - level[bottom])
    smallest = MIN_GAIN_SHARE * gain if stratum == "share" else MIN_LEVEL_SHARE * float(level[bottom])
    if not overfits and rise > MAX_HEALTHY_SHARE * float(level[bottom]):
        return None
    if overfits and (rise < smallest or not 0.015 * n < bottom < 0.93 * n or bottom < 2 or n - bottom < 4):
        return None

    rho, tail_df = _noise_law(rng, stratum)
    sigma = float(level[bottom]) * math.exp(rng.uniform(math.log(0.003), math.log(0.08)))
    sigma = min(sigma, 0.15 * gain)
    long_run = sigma * math.sqrt((1 + rho) / (1 - rho))
    error = long_run * math.sqrt(1 / max(3, n // 40) + 1 / n_tail)
    if overfits and rise < MIN_SIGMAS * error:
        sigma *= rise / (MIN_SIGMAS * error) * rng.uniform(0.3, 1.0)
    profile = np.ones(n)
    if stratum == "uneven_noise":
        profile = [level / level[bottom], level[bottom] / level, 0.3 + 1.4 * x][int(rng.integers(3))]
        profile = np.clip(profile, 0.2, 4.0)
    if stratum == "drift":
        level = level + _drift(rng, x) * min(rng.uniform(0.003, 0.04) * float(level[bottom]), 0.05 * gain)
        if overfits:
            bottom = int(np.argmin(level))
        elif float(np.median(level[-n_tail:]) - level.min()) > MIN_LEVEL_SHARE * float(level.min()):
            return None  # whatever made it rise, it has risen as overfitting does
    validation = level + sigma * profile * _noise(rng, n, rho, tail_df)
    train = train + rng.uniform(0.1, 1.0) * sigma * _noise(rng, n, rho, tail_df) * float(train[-1] / level[bottom])
    return _as_pair(rng, stratum, kind, train, validation, level, bottom)


def _as_pair(
    rng: np.random.Generator, stratum: str, kind: Kind, train: Array, validation: Array, level: Array, bottom: int
) -> OtherPair:
    n, direction = level.size, "min"
    steps = np.arange(n, dtype=np.int64) * int(rng.choice([1, 1, 100, 391]))
    train_steps = None
    if stratum == "sparse":  # train at every step, validation every k
        stride = int(rng.integers(5, 40))
        steps = np.arange(1, n + 1, dtype=np.int64) * stride
        train_steps = np.arange(n * stride, dtype=np.int64)
        wide = np.interp(train_steps, steps, train)
        train = wide + 0.05 * abs(float(train[-1])) * rng.standard_normal(wide.size)
    if stratum == "share":  # mirrored into [0, 1]
        top = 1.05 * float(max(validation.max(), train.max()))
        train, validation, level, direction = 1 - train / top, 1 - validation / top, level / top, "max"
    curves = Curves(train, validation, steps, train_steps, direction)
    return OtherPair(curves, stratum, kind, level, bottom if kind == "overfit" else None)


def _length(rng: np.random.Generator, stratum: str) -> int:
    low, high = {"short": (15, 40), "long": (4_000, 40_000), "sparse": (20, 200)}.get(stratum, (40, 2_000))
    return int(math.exp(rng.uniform(math.log(low), math.log(high))))


def _noise_law(rng: np.random.Generator, stratum: str) -> tuple[float, float]:
    if stratum == "autocorrelated":
        return float(rng.uniform(0.5, 0.95)), math.inf
    if stratum == "heavy_tails":
        return 0.0, float(rng.uniform(2.2, 4.0))
    return float(rng.choice([0.0, 0.0, 0.2, 0.5])), math.inf


def _noise(rng: np.random.Generator, n: int, rho: float, tail_df: float) -> Array:
    """AR(1) noise of unit scale, started in its stationary law."""
    shocks = rng.standard_normal(n) if math.isinf(tail_df) else rng.standard_t(tail_df, n)
    if rho == 0:
        return shocks
    out = np.empty(n)
    state = float(shocks[0])
    for i, shock in enumerate((shocks * math.sqrt(1 - rho * rho)).tolist()):
        state = rho * state + shock if i else state
        out[i] = state
    return out


def _drift(rng: np.random.Generator, x: Array) -> Array:
    """Slow wandering of unit standard deviation: a random walk, a sum of slow cosines, or an integrated walk."""
    law = int(rng.integers(3))
    if law == 1:
        path = sum(rng.standard_normal() * np.cos(np.pi * k * x + rng.uniform(0, 6.3)) / k for k in range(1, 6))
    else:
        path = np.cumsum(rng.standard_normal(x.size))
        path = np.cumsum(path - path.mean()) if law == 2 else path
    spread = float(np.std(path))
    return np.asarray((path - path.mean()) / spread if spread > 0 else 0 * x)


def _gradient_flow(rng: np.random.Generator, x: Array, overfits: bool) -> tuple[Array, Array]:
    """Train and expected test error of gradient flow on least squares, mode by mode, in closed form.

    With eigenvalues l_i, true weights b_i and label noise of variance v over m rows, the mean test error at time t is
    v' + Σ l_i [exp(-2 l_i t) b_i² + (1 - exp(-l_i t))² v / (m l_i)].
    M. S. Advani, A. M. Saxe & H. Sompolinsky, High-dimensional dynamics of generalization error in neural networks,
    2020, doi:10.1016/j.neunet.2020.08.022.
    """
    modes = np.arange(1, 201, dtype=np.float64)
    eigen = modes ** -rng.uniform(0.6, 1.6)
    weight = modes ** -rng.uniform(0.3, 1.2) * rng.chisquare(1, modes.size)
    signal = float((eigen * weight).sum())
    noise = signal * (math.exp(rng.uniform(math.log(0.1), math.log(2.0))) if overfits else rng.uniform(0.0, 0.01))
    per_mode = noise / rng.uniform(100, 400) * np.ones_like(eigen)
    horizon = math.exp(rng.uniform(math.log(3), math.log(300)))
    fade = np.exp(-np.outer(x * horizon, eigen))
    learnt = eigen * weight
    floor = signal * math.exp(rng.uniform(math.log(0.02), math.log(0.5)))
    level = floor + fade**2 @ learnt + (1 - fade) ** 2 @ per_mode
    train = 0.5 * floor + fade**2 @ (learnt + per_mode)
    return train, level


def _logistic(rng: np.random.Generator, n: int, overfits: bool) -> tuple[Array, Array]:
    """Cross-entropy on train and on many fresh rows while gradient descent fits a logistic model.

    Few rows with wrong labels: once the rule is learnt, the weights grow to fit the errors. Many rows: it converges.
    """
    n_inputs = int(rng.integers(15, 40))
    n_rows = int(n_inputs * rng.uniform(1.0, 3.0)) if overfits else n_inputs * 60
    rule = rng.standard_normal(n_inputs) * 2 / math.sqrt(n_inputs)
    wrong = rng.uniform(0.0, 0.2)

    def rows(count: int) -> tuple[Array, Array]:
        inputs = rng.standard_normal((count, n_inputs))
        labels = (inputs @ rule + 0.5 * rng.standard_normal(count) > 0) ^ (rng.random(count) < wrong)
        return inputs, np.where(labels, 1.0, -1.0)

    inputs, labels = rows(n_rows)
    fresh_inputs, fresh_labels = rows(1500)
    weights = np.zeros(n_inputs)
    n_records = min(n, 150)
    rate, n_steps = 1.0, int(rng.integers(1, 8))
    train, level = np.empty(n_records), np.empty(n_records)
    for record in range(n_records):
        train[record] = np.logaddexp(0, -labels * (inputs @ weights)).mean()
        level[record] = np.logaddexp(0, -fresh_labels * (fresh_inputs @ weights)).mean()
        for _ in range(n_steps):
            margin = labels / (1 + np.exp(np.clip(labels * (inputs @ weights), -50, 50)))
            weights = weights + rate * (inputs.T @ margin) / n_rows
    at = np.linspace(0, n_records - 1, n)
    places = np.arange(n_records)
    return np.interp(at, places, train), np.interp(at, places, level)


def _drawn(rng: np.random.Generator, x: Array, stratum: str, overfits: bool) -> tuple[Array, Array]:
    """A decay, and for overfitting a rise of one of five forms from a drawn place on; the turn is where they meet."""
    onset = {"early": rng.uniform(0.02, 0.06), "late": rng.uniform(0.8, 0.88)}.get(stratum, rng.uniform(0.1, 0.8))
    pace = math.exp(rng.uniform(math.log(4), math.log(60))) * (20 if stratum == "early" else 1)
    law = int(rng.integers(3))
    if law == 0:
        shape = np.exp(-pace * x)
    elif law == 1:
        shape = (1 + pace * x) ** -rng.uniform(0.7, 2.5)
    else:
        shape = 0.7 * np.exp(-pace * x) + 0.3 * np.exp(-pace / 6 * x)
    if overfits:  # the decay is all but over where the rise begins
        span = float(np.interp(onset, x, shape))
        shape = np.where(x < onset, shape, span * (1 - 0.3 * (1 - np.exp(-(x - onset) * 5))))
        shape = np.where(x < onset, shape, np.maximum(shape, span * 0.95)) if rng.random() < 0.5 else shape
    floor = math.exp(rng.uniform(math.log(0.05), math.log(3.0)))
    level = floor + shape * rng.uniform(0.9, 1.1)
    train = floor * rng.uniform(0.3, 1.0) + shape - shape[-1]
    if overfits:
        u = np.clip((x - onset) / (1 - onset), 0, None)
        forms = (u, u**0.6, u**1.6, 1 - np.exp(-3 * u), 1 / (1 + np.exp(-10 * (u - 0.5))) - 1 / (1 + np.exp(5.0)))
        form = forms[int(rng.integers(len(forms)))] * (u > 0)
        small = rng.uniform(0.02, 0.05) * 1.6 if stratum == "small" else math.exp(rng.uniform(math.log(0.06), 0.7))
        level = level + form / max(float(form[-1]), 1e-9) * small * float(level.min())
    train = train - 0.4 * train[-1] * x * rng.uniform(0.2, 1.0)
    return train, level
