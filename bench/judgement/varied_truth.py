"""A random generator → learning curves of every make, with their truth: looked at last, and never tuned on.

The fourth source of truth, kept apart from the other three in everything it draws: decays that follow no law (sums of
random exponentials, stretched exponentials, Gompertz curves, falls of random pace), noise of any colour and of any
profile, drift of validation, of train, or of both, and rises whose pace varies by chance. Thresholds are fixed before
it is asked; its difficulty was set with the formula of `detectors.argmin_formula` alone.

A planted curve's noise-free level ends, by its mean over the last tenth, above its minimum by `MIN_RISE` of the level
there (where metrics are shares: `MIN_GAIN_SHARE` of what was gained) and by `MIN_SIGMAS` standard errors of a
difference of two such means, autocorrelation included. A healthy curve's level never rises but for what a warm restart
or a warm-up adds, its drift has no trend that was planted, and ends where chance leaves it.
"""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np
from bench.judgement.detectors import Array, Curves
from bench.judgement.other_truth import Kind, OtherPair, draw_pairs

from goodfit.testing.curves import noise

STRATA = (
    "plain", "autocorrelated", "drift", "heavy_tails", "rate_cuts", "short", "long", "coloured", "uneven_noise",
    "bursts", "drift_of_both", "drift_of_train", "sparse", "log_scale", "share", "plateau", "restarts", "small_gain",
)  # fmt: skip

MIN_RISE = 0.03
MIN_GAIN_SHARE = 0.05
MIN_SIGMAS = 4.0
# Drift's standard deviation, as a share of the gain: the formula then flags one healthy curve with drift in ten.
DRIFT = (0.003, 0.025)


def make_varied_pairs(count: int, *, seed: int, kind: Kind) -> Iterator[OtherPair]:
    """`count` pairs, the strata in turn; each has its own stream."""
    return draw_pairs(_draw, STRATA, count, seed=[seed, 1789], kind=kind)


def _draw(rng: np.random.Generator, stratum: str, kind: Kind) -> OtherPair | None:
    n = _length(rng, stratum)
    x = np.arange(n) / max(n - 1, 1)
    fall = _fall(rng, x)
    gain = rng.uniform(0.1, 0.6) if stratum == "small_gain" else math.exp(rng.uniform(math.log(0.5), math.log(20)))
    if stratum == "plateau":  # stays up, falls, stays again
        start, length = rng.uniform(0.02, 0.2), rng.uniform(0.1, 0.3)
        fall = np.interp(np.where(x < start, x, np.maximum(start, x - length)), x, fall)
    if stratum == "rate_cuts":
        for at in rng.uniform(0.2, 0.95, int(rng.integers(1, 5))):
            fall = fall - rng.uniform(0.01, 0.15) * -np.expm1(-np.clip(x - at, 0, None) * rng.uniform(30, 300))
        fall = fall - min(float(fall.min()), 0.0)
    level = 1 + gain * fall
    train = rng.uniform(0.3, 1.0) + gain * rng.uniform(0.8, 1.05) * fall * (1 - rng.uniform(0, 0.3) * x)
    train = train * (1 - rng.uniform(0, 0.3) * x)
    if kind == "overfit":
        level, train = _turn(rng, x, level, train)
    if stratum == "restarts":
        phase = (x * int(rng.integers(2, 7))) % 1.0
        bump = gain * rng.uniform(0.02, 0.1) * np.exp(-phase * rng.uniform(3, 12))
        level, train = level + bump, train + bump * rng.uniform(0.5, 1.5)
    onset = int(np.argmin(level))
    n_tail = max(1, n // 10)
    lowest, whole = float(level[onset]), float(level[0] - level[onset])
    rise = float(level[-n_tail:].mean()) - lowest
    sigma = whole * math.exp(rng.uniform(math.log(0.002), math.log(0.06)))
    rho, tail_df = _law(rng, stratum)
    if kind == "overfit":
        smallest = MIN_GAIN_SHARE * whole if stratum == "share" else MIN_RISE * lowest
        if rise < smallest or not (0.03 * n <= onset <= 0.9 * n and onset >= 2 and whole > 0.05 * rise):
            return None
        error = sigma * math.sqrt((1 + rho) / (1 - rho)) * math.sqrt(1 / max(3, n // 40) + 1 / n_tail)
        if rise < MIN_SIGMAS * error:
            return None
    free = level
    drift = _stray(rng, x) * whole * math.exp(rng.uniform(math.log(DRIFT[0]), math.log(DRIFT[1])))
    if stratum in ("drift", "drift_of_both"):
        level = level + drift
    if stratum in ("drift_of_train", "drift_of_both"):
        own = drift if stratum == "drift_of_both" and rng.random() < 0.5 else _stray(rng, x) * float(np.std(drift))
        train = train + own
    profile = _profile(rng, stratum, x, level)
    validation = level + sigma * profile * _coloured(rng, n, stratum, rho, tail_df)
    train = train + sigma * rng.uniform(0.1, 1.0) * profile * _coloured(rng, n, stratum, rho, tail_df)
    return _pack(rng, stratum, kind, train, validation, free, onset if kind == "overfit" else None)


def _length(rng: np.random.Generator, stratum: str) -> int:
    low, high = {"short": (10, 40), "long": (5_000, 100_000), "sparse": (12, 120)}.get(stratum, (25, 4_000))
    return int(math.exp(rng.uniform(math.log(low), math.log(high))))


def _fall(rng: np.random.Generator, x: Array) -> Array:
    """From 1 to 0 or near it, never up."""
    law = int(rng.integers(5))
    if law == 0:
        rates = np.exp(rng.uniform(math.log(1), math.log(100), 5))
        fall = np.exp(-np.outer(x, rates)) @ rng.dirichlet(np.ones(5))
    elif law == 1:
        fall = np.exp(-((math.exp(rng.uniform(math.log(2), math.log(60))) * x) ** rng.uniform(0.35, 1.0)))
    elif law == 2:  # Gompertz, mirrored
        rate, delay = rng.uniform(5, 30), rng.uniform(0.5, 4)
        fall = -np.expm1(-delay * np.exp(-rate * x))
        fall = fall / fall[0]
    elif law == 3:  # a pace that varies by chance around one that fades
        knots = np.linspace(0, 1, int(rng.integers(6, 20)))
        pace = np.interp(x, knots, rng.gamma(1.0, 1.0, knots.size)) * np.exp(-rng.uniform(2, 15) * x)
        fall = 1 - np.cumsum(pace) / pace.sum()
    else:
        fall = 1 - np.log1p(x * math.exp(rng.uniform(2, 7))) / math.log1p(math.exp(rng.uniform(7, 8)))
    return np.asarray(np.maximum(fall, 0))


def _turn(rng: np.random.Generator, x: Array, level: Array, train: Array) -> tuple[Array, Array]:
    """A rise of random pace from a drawn place on; validation's own fall may go on beneath it, or end there."""
    start = rng.uniform(0.08, 0.85)
    after = np.clip((x - start) / (1 - start), 0, None)
    law = int(rng.integers(4))
    if law == 0:
        form = after ** rng.uniform(0.6, 2.2)
    elif law == 1:
        rate = rng.uniform(1, 5)
        form = np.expm1(-rate * after) / math.expm1(-rate)
    elif law == 2:
        knots = np.linspace(0, 1, 8)
        pace = np.interp(after, knots, 0.2 + rng.gamma(1.0, 1.0, 8)) * (after > 0)
        form = np.cumsum(pace) / max(float(pace.sum()), 1e-12)
    else:
        form = after / (1 + rng.uniform(0, 3) * (1 - after))
    there = float(np.interp(start, x, level))
    if rng.random() < 0.5:
        level = np.maximum(level, there)
    size = there * math.exp(rng.uniform(math.log(0.04), math.log(1.0)))
    train = train * (1 - rng.uniform(0.1, 0.8) * after)
    return level + size * form, train


def _stray(rng: np.random.Generator, x: Array) -> Array:
    """Slow wandering of unit standard deviation: a walk, a walk that is held, slow waves, steps."""
    law, n = int(rng.integers(4)), x.size
    if law == 0:
        path = np.cumsum(rng.standard_normal(n))
    elif law == 1:
        path = noise(n, rng, rho=math.exp(-1 / max(3.0, n * rng.uniform(0.03, 0.3))))
    elif law == 2:
        waves = range(1, 8)
        path = sum(rng.standard_normal() / k * np.sin(2 * np.pi * k * rng.uniform(0.3, 0.7) * x + rng.uniform(0, 6.3))
                   for k in waves)  # fmt: skip
    else:
        edges = np.sort(rng.uniform(0, 1, int(rng.integers(2, 9))))
        path = rng.standard_normal(edges.size + 1)[np.searchsorted(edges, x)]
    spread = float(np.std(path))
    return np.asarray((path - np.mean(path)) / spread if spread > 1e-9 else 0 * x)


def _law(rng: np.random.Generator, stratum: str) -> tuple[float, float]:
    """Autocorrelation and degrees of freedom of the noise."""
    if stratum == "autocorrelated":
        return float(rng.uniform(0.6, 0.95)), math.inf
    if stratum == "heavy_tails":
        return 0.0, float(rng.uniform(2.1, 4.0))
    return (float(rng.uniform(0.0, 0.4)), math.inf) if rng.random() < 0.5 else (0.0, math.inf)


def _coloured(rng: np.random.Generator, n: int, stratum: str, rho: float, tail_df: float) -> Array:
    """Noise of about unit scale; `coloured` is pink, blue, or swings with a period."""
    if stratum == "coloured":
        frequency = np.fft.rfftfreq(n)
        frequency[0] = 1 / n
        law = int(rng.integers(3))
        if law == 2:
            gain = 1 / np.abs(1 - 1.6 * np.exp(-2j * np.pi * frequency) + 0.81 * np.exp(-4j * np.pi * frequency))
        else:
            gain = frequency ** (-rng.uniform(0.3, 0.5) if law == 0 else rng.uniform(0.3, 1.0))
        path = np.fft.irfft(np.fft.rfft(rng.standard_normal(n)) * gain, n)
        return np.asarray(path / max(float(np.std(path)), 1e-12))
    if stratum == "bursts":
        size = np.where(rng.random(n) < 0.03, rng.uniform(4, 12), 1.0)
        return np.asarray(size * rng.standard_normal(n))
    scale = math.sqrt((tail_df - 2) / tail_df) if 2.5 < tail_df < math.inf else 1.0
    return scale * noise(n, rng, rho=rho, tail_df=tail_df)


def _profile(rng: np.random.Generator, stratum: str, x: Array, level: Array) -> Array | float:
    if stratum != "uneven_noise":
        return 1.0
    law = int(rng.integers(3))
    shape = [level / level.min(), 0.3 + 1.7 * x, 0.4 + np.abs(np.sin(2 * np.pi * rng.uniform(0.5, 3) * x))][law]
    return np.asarray(np.clip(shape, 0.2, 5.0))


def _pack(
    rng: np.random.Generator, stratum: str, kind: Kind, train: Array, validation: Array, level: Array, onset: int | None
) -> OtherPair:
    n, direction, train_steps = level.size, "min", None
    steps = np.arange(n, dtype=np.int64)
    if stratum == "log_scale":  # spans decades, of any unit
        power, unit = rng.uniform(1.5, 3.0), 10.0 ** rng.uniform(-8, 5)
        low = 0.2 * float(level.min())
        validation, train = (unit * np.maximum(v, low) ** power for v in (validation, train))
        level = unit * level**power
    if stratum == "share":
        top = 1.03 * float(max(validation.max(), train.max()))
        unit = 100.0 if rng.random() < 0.5 else 1.0
        train, validation, direction = unit * (1 - train / top), unit * (1 - validation / top), "max"
    if stratum == "sparse":
        stride = int(math.exp(rng.uniform(math.log(5), math.log(150))))
        train_steps = np.arange(n * stride, dtype=np.int64)
        steps = (steps + 1) * stride - 1
        fine = np.interp(train_steps, steps, train)
        train = fine + rng.uniform(0.01, 0.1) * float(np.ptp(train)) * rng.standard_normal(fine.size)
    return OtherPair(Curves(train, validation, steps, train_steps, direction), stratum, kind, level, onset)
