"""A random generator → short runs with a small validation set: the noise is a good part of all that there is to see.

Validation falls and stays, or falls and turns; train falls throughout. Noise is Gaussian, heavy-tailed or that of
counting errors in few rows, up to a third of the gain, on 10 to 200 points. A planted rise is one that the points could
show: its mean over the last tenth stands above the minimum by `MIN_SIGMAS` standard errors of a difference of two such
means, and by `MIN_RISE` of the level.
"""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np
from bench.judgement.detectors import Array, Curves
from bench.judgement.other_truth import Kind, OtherPair, draw_pairs

STRATA = ("ten", "twenty", "fifty", "hundred", "accuracy", "heavy_tails", "outliers")
MIN_RISE = 0.04
MIN_SIGMAS = 4.0
_LENGTHS = {"ten": (10, 15), "twenty": (15, 30), "fifty": (30, 80), "hundred": (80, 200)}


def make_noisy_pairs(count: int, *, seed: int, kind: Kind) -> Iterator[OtherPair]:
    """`count` pairs, the strata in turn; each has its own stream."""
    return draw_pairs(_draw, STRATA, count, seed=[seed, 606], kind=kind)


def _draw(rng: np.random.Generator, stratum: str, kind: Kind) -> OtherPair | None:
    low, high = _LENGTHS.get(stratum, (10, 80))
    n = int(math.exp(rng.uniform(math.log(low), math.log(high))))
    x = np.arange(n) / n
    rate = math.exp(rng.uniform(math.log(2), math.log(40)))
    fall = np.exp(-rate * x) if rng.random() < 0.5 else (1 + rate * x) ** -rng.uniform(0.7, 2)
    floor, gain = math.exp(rng.uniform(math.log(0.1), math.log(2))), rng.uniform(0.5, 2)
    level = floor + gain * fall
    train = floor * rng.uniform(0.3, 1.0) + gain * fall
    train = train * (1 - rng.uniform(0, 0.8) * x)
    sigma = gain * math.exp(rng.uniform(math.log(0.02), math.log(0.35)))
    if kind == "overfit":
        start = rng.uniform(0.15, 0.7)
        after = np.clip((x - start) / (1 - start), 0, None) ** rng.uniform(0.7, 1.6)
        level = level + float(np.interp(start, x, level)) * math.exp(rng.uniform(math.log(0.08), math.log(2))) * after
        train = train * (1 - rng.uniform(0.1, 0.6) * after)
    onset, n_tail = int(np.argmin(level)), max(1, n // 10)
    lowest = float(level[onset])
    if kind == "overfit":
        rise = float(level[-n_tail:].mean()) - lowest
        error = sigma * math.sqrt(1 / max(3, n // 40) + 1 / n_tail)
        is_seen = rise > max(MIN_RISE * lowest, MIN_SIGMAS * error)
        if not is_seen or onset < 2 or n - onset < 4 or level[0] - lowest < 0.1 * rise:
            return None
    validation = level + sigma * _noise(rng, n, stratum)
    train = train + sigma * rng.uniform(0.05, 0.5) * rng.standard_normal(n)
    direction = "min"
    if stratum == "accuracy":  # errors counted in few rows
        top = 1.05 * float(max(level.max(), train.max()))
        n_rows = int(math.exp(rng.uniform(math.log(50), math.log(3_000))))
        shares = np.clip(1 - level / top, 0, 1)
        spread = math.sqrt(float((shares * (1 - shares)).max()) / n_rows)
        if kind == "overfit" and rise / top < MIN_SIGMAS * spread * math.sqrt(1 / 3 + 1 / n_tail):
            return None
        validation, train, level, direction = rng.binomial(n_rows, shares) / n_rows, 1 - train / top, level / top, "max"
    else:
        validation, train = np.maximum(validation, 0.1 * lowest), np.maximum(train, 0.01 * lowest)
    steps = np.arange(n, dtype=np.int64)
    curves = Curves(train, validation, steps, None, direction)
    return OtherPair(curves, stratum, kind, level, onset if kind == "overfit" else None)


def _noise(rng: np.random.Generator, n: int, stratum: str) -> Array:
    if stratum == "heavy_tails":
        return rng.standard_t(3.0, n) / math.sqrt(3)
    if stratum == "outliers":
        return np.asarray(rng.standard_normal(n) * np.where(rng.random(n) < 0.08, 4.0, 0.8))
    return rng.standard_normal(n)
