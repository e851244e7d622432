"""A random generator → learning curves as a textbook draws them, with their truth: the check that nothing is tuned on.

The third source of truth. `goodfit.testing.curves` plants valleys, `other_truth` derives them from mechanisms; here a
curve is a sum of the plainest terms: a decay (power law, exponential, sigmoid, cosine), what the rate schedule does to
it, a rise that begins at a drawn place, and noise of a drawn kind. Losses and accuracies; 10 to 100,000 points;
validation at each train point, or each epoch beside a train loss of each batch.

A planted curve ends, without noise, above its minimum by at least `MIN_RISE` of the level there and by more than
`MIN_NOISE` standard deviations of a single point; nothing is asked of how well that can be seen. A healthy curve may be
flat, fall, wander, recover or jump at a restart of the rate, but its level does not end above its minimum (with drift:
the trend does not).
"""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np
from bench.judgement.detectors import Array, Curves
from bench.judgement.other_truth import Kind, OtherPair, draw_pairs

from goodfit.testing.curves import noise

STRATA = (
    "plain", "autocorrelated", "drift", "heavy_tails", "rate_cuts", "short", "long", "level_noise", "warm_up",
    "restarts", "cosine", "per_batch", "accuracy", "flat_validation", "small_validation", "late", "mild",
    "label_noise",
)  # fmt: skip

MIN_RISE = 0.04
MIN_NOISE = 1.5


def make_plain_pairs(count: int, *, seed: int, kind: Kind) -> Iterator[OtherPair]:
    """`count` pairs, the strata in turn; each has its own stream."""
    return draw_pairs(_draw, STRATA, count, seed=[seed, 404], kind=kind)


def _draw(rng: np.random.Generator, stratum: str, kind: Kind) -> OtherPair | None:
    n = _length(rng, stratum)
    x = np.arange(1, n + 1) / n
    overfits = kind == "overfit"
    shape = _decay(rng, x)
    floor = float(rng.choice([0.1, 0.3, 0.5, 1.0, 2.0]))
    amplitude = rng.uniform(0.5, 2.5)
    shape = _schedule(rng, x, shape, stratum)
    validation = floor + amplitude * shape
    train = rng.uniform(0.2, 0.95) * floor + amplitude * shape * rng.uniform(0.85, 1.0)
    train = train * (1 - rng.uniform(0.0, 0.4) * x)
    if stratum == "label_noise":  # the errors are learnt by heart from some place on: train falls a second time
        train = train * (1 - 0.5 / (1 + np.exp(-(x - rng.uniform(0.4, 0.8)) / 0.05)))
    if stratum == "flat_validation":  # the gap grows, validation stays where it is
        train = train * np.exp(-rng.uniform(0.5, 3.0) * x)
    if stratum == "warm_up":
        validation, train = (v * (1 + 0.3 * np.sin(np.pi * np.clip(x / 0.04, 0, 1))) for v in (validation, train))
    onset: int | None = None
    if overfits:
        start = rng.uniform(0.65, 0.85) if stratum == "late" else rng.uniform(0.15, 0.7)
        after = np.clip((x - start) / (1 - start), 0, None)
        form = [after, after**2, after**1.5, np.sqrt(after), np.log1p(4 * after) / math.log(5)][int(rng.integers(5))]
        size = rng.uniform(0.05, 0.15) if stratum == "mild" else rng.uniform(0.08, 0.8)
        validation = validation + size * float(np.interp(start, x, validation)) * form
        onset = int(np.argmin(validation))
    elif rng.random() < 0.1:  # double descent: up in the middle, and better than ever at the end
        validation = validation + 0.3 * floor * np.exp(-(((x - 0.35) / 0.08) ** 2)) - 0.25 * floor * x
    lowest = float(validation.min())
    tail = float(validation[-max(1, n // 20) :].mean())
    sigma = amplitude * math.exp(rng.uniform(math.log(0.003), math.log(0.05)))
    if stratum == "small_validation":
        sigma = amplitude * rng.uniform(0.04, 0.1)
    if stratum == "autocorrelated":  # slow noise of more than that is drift by another name
        sigma *= 0.4
    if overfits:
        assert onset is not None
        if not (0.02 * n <= onset < 0.92 * n and onset >= 2 and tail > (1 + MIN_RISE) * lowest):
            return None
        if tail - lowest < MIN_NOISE * sigma:
            return None
    elif tail > 1.001 * lowest and stratum not in ("restarts",):
        return None

    def shaken(level: Array, size: float) -> Array:
        if stratum == "autocorrelated":
            return level + size * noise(n, rng, rho=0.9)
        if stratum == "heavy_tails":
            return level + size * noise(n, rng, tail_df=3.0) / math.sqrt(3)
        if stratum == "level_noise":
            return np.asarray(level * np.exp(0.5 * size / amplitude * rng.standard_normal(n)))
        return level + size * rng.standard_normal(n)

    level = validation
    if stratum == "drift":
        level = level + lowest * _wandering(rng, x) * rng.uniform(0.003, 0.02)
    validation, train = shaken(level, sigma), shaken(train, sigma * rng.uniform(0.2, 0.8))
    return _pack(rng, stratum, kind, train, validation, level, onset)


def _pack(
    rng: np.random.Generator, stratum: str, kind: Kind, train: Array, validation: Array, level: Array, onset: int | None
) -> OtherPair:
    n, direction = level.size, "min"
    steps = np.arange(n, dtype=np.int64)
    train_steps = None
    if stratum == "per_batch":  # the train loss of each batch, three times as noisy
        per_epoch = int(rng.integers(10, 200))
        steps = (steps + 1) * per_epoch
        train_steps = np.arange(n * per_epoch, dtype=np.int64)
        fine = np.interp(train_steps, steps, train)
        train = fine + 3 * np.std(np.diff(train)) * rng.standard_normal(fine.size)
    if stratum == "accuracy":
        top = 1.02 * float(max(validation.max(), train.max()))
        train, validation, level, direction = 1 - train / top, 1 - validation / top, level / top, "max"
        if rng.random() < 0.5:
            train, validation = 100 * train, 100 * validation
    return OtherPair(Curves(train, validation, steps, train_steps, direction), stratum, kind, level, onset)


def _length(rng: np.random.Generator, stratum: str) -> int:
    low, high = {"short": (10, 40), "long": (5_000, 100_000), "per_batch": (15, 150)}.get(stratum, (30, 3_000))
    return int(math.exp(rng.uniform(math.log(low), math.log(high))))


def _decay(rng: np.random.Generator, x: Array) -> Array:
    """From about 1 towards 0."""
    law = int(rng.integers(4))
    if law == 0:
        return np.asarray((1 + x * math.exp(rng.uniform(math.log(5), math.log(200)))) ** -rng.uniform(0.4, 1.5))
    if law == 1:
        return np.exp(-rng.uniform(3, 25) * x)
    if law == 2:
        return np.asarray(1 / (1 + np.exp((x - rng.uniform(0.05, 0.3)) / rng.uniform(0.02, 0.06))))
    return np.asarray(0.5 * np.exp(-40 * x) + 0.5 * np.exp(-rng.uniform(2, 8) * x))


def _schedule(rng: np.random.Generator, x: Array, shape: Array, stratum: str) -> Array:
    """What cuts of the rate, warm restarts or a cosine make of a decay."""
    if stratum == "rate_cuts":  # the noise floor of the rate falls by a factor at each cut
        extra = np.full(x.size, 0.15)
        for at in np.sort(rng.uniform(0.25, 0.9, int(rng.integers(1, 4)))):
            extra = np.where(x < at, extra, extra * (0.4 + 0.6 * np.exp(-np.clip(x - at, 0, None) * 150)))
        return shape + extra
    if stratum == "restarts":  # the loss is higher while the rate is high
        phase = (x * int(rng.integers(2, 6))) % 1.0
        return np.asarray(shape + rng.uniform(0.03, 0.12) * 0.5 * (1 + np.cos(np.pi * phase)))
    if stratum == "cosine":
        return np.asarray(0.8 * shape + 0.2 * 0.5 * (1 + np.cos(np.pi * x)))
    return shape


def _wandering(rng: np.random.Generator, x: Array) -> Array:
    """A random walk or a slow sine of unit size that ends where its own mean is or below."""
    if rng.random() < 0.5:
        path = np.cumsum(rng.standard_normal(x.size))
    else:
        path = np.sin(2 * np.pi * (rng.uniform(0.5, 3.0) * x + rng.random()))
    spread = float(np.std(path))
    return np.asarray((path - path.mean()) / spread if spread > 0 else 0 * x)
