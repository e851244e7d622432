"""A random generator → curves composed of one of each: a fall, and perhaps a turn, cuts of the rate, a drift, a wave.

They are for training alone: nothing is measured on them. `bend` does the same to real curves, so that a real course is
also seen to turn, to settle and to be cut.
"""

from __future__ import annotations

import math

import numpy as np
from bench.judgement.detectors import Array

from goodfit.testing.curves import noise

_MOST_POINTS = 1_000


def compose(rng: np.random.Generator) -> Array:
    """A generated curve, lower is better."""
    n = round(_log(rng, 20, _MOST_POINTS))
    x = np.arange(n) / (n - 1)
    share = rng.uniform(0, 1)
    level = share * _fall(rng, x) + (1 - share) * _fall(rng, x)
    level = level / max(float(np.ptp(level)), 1e-9)
    size = np.full(n, _log(rng, 0.001, 0.15))
    event = rng.random()
    if event < 0.4:
        level = level + _log(rng, 0.02, 2) * _rise(rng, x, rng.uniform(0.02, 0.95 if rng.random() < 0.6 else 0.3))
    if 0.3 < event < 0.55:
        for at in rng.uniform(0.2, 0.97, int(rng.integers(1, 4))):
            reached = 1 - np.exp(-np.clip(x - at, 0, None) * _log(rng, 20, 400))
            level = level - rng.uniform(0.02, 0.4) * reached
            size = np.where(x > at, size * rng.uniform(0.2, 1), size)
    if rng.random() < 0.2:
        level = level + _log(rng, 0.01, 0.2) * np.cumsum(rng.standard_normal(n)) / math.sqrt(n)
    if rng.random() < 0.15:
        level = level + _log(rng, 0.01, 0.2) * np.sin(2 * np.pi * (x * rng.uniform(0.3, 2) + rng.random()))
    if rng.random() < 0.4:
        size = size * (0.1 + np.clip(level - level.min(), 0, None))
    if rng.random() < 0.3:
        size = size * np.linspace(1, rng.uniform(0.1, 2), n)
    return np.asarray(level + size * _noise(rng, n))


def bend(values: Array, rng: np.random.Generator) -> Array:
    """A real curve as it might have gone on: risen again, settled at the level of its end, or been cut."""
    if values.size > _MOST_POINTS:
        values = thin_out(values)
    low, high = float(values.min()), float(np.quantile(values, 0.95))
    level = (values - low) / max(high - low, 1e-300)
    x = np.arange(level.size) / (level.size - 1)
    event = int(rng.integers(4))
    if event in (0, 3):
        turn = rng.uniform(0.02, 0.95) if rng.random() < 0.7 else rng.uniform(0.0, 0.2)
        level = level + _log(rng, 0.02, 1.5) * _rise(rng, x, turn)
    if event == 1 or (event == 3 and rng.random() < 0.3):
        level = thin_out(_settle(rng, level))
    if event == 2:
        for at in rng.uniform(0.2, 0.97, int(rng.integers(1, 3))):
            floor = rng.uniform(-0.3, 0)
            reached = 1 - np.exp(-np.clip(x - at, 0, None) * _log(rng, 20, 400))
            level = floor + (level - floor) * (1 - rng.uniform(0.1, 0.7) * reached)
    if rng.random() < 0.3:
        level = level + _log(rng, 0.002, 0.06) * rng.standard_normal(level.size)
    return np.asarray(level)


def thin_out(values: Array) -> Array:
    """Every k-th point, the newest among them, so that at most a thousand are left."""
    every = -(-values.size // _MOST_POINTS)
    return values[(values.size - 1) % every :: every]


def _settle(rng: np.random.Generator, level: Array) -> Array:
    """The curve up to some point, and then noise about the level that it has reached."""
    n_kept = int(rng.integers(max(5, level.size // 3), level.size + 1))
    kept = level[:n_kept]
    tail = kept[-max(4, n_kept // 5) :]
    size = max(float(np.std(np.diff(tail))) / math.sqrt(2), 1e-6)
    rho = float(rng.choice([0.0, 0.3, 0.8]))
    still = noise(int(n_kept * _log(rng, 0.2, 4)), rng, rho=rho, tail_df=math.inf)
    return np.concatenate((kept, float(np.median(tail[-max(3, n_kept // 20) :])) + size * still))


def _fall(rng: np.random.Generator, x: Array) -> Array:
    time = x / _log(rng, 0.003, 0.6)
    laws = (
        lambda: np.exp(-time),
        lambda: (1 + time) ** -rng.uniform(0.2, 1.8),
        lambda: 1 / np.log(math.e + time),
        lambda: np.exp(-(time ** rng.uniform(0.3, 0.9))),
        lambda: 1 / (1 + time ** rng.uniform(1.2, 3)),
    )
    fall = laws[int(rng.integers(len(laws)))]()
    return np.asarray(fall - fall[-1] * rng.uniform(0, 0.7))


def _rise(rng: np.random.Generator, x: Array, turn: float) -> Array:
    """From nought at the turn to about one at the end, along one of five laws."""
    after = np.clip(x - turn, 0, None) / (1 - turn)
    speed = rng.uniform(2, 12)
    laws = (after, np.sqrt(after), 1 - np.exp(-speed * after), after**1.5, after**2.5)
    return np.asarray(laws[int(rng.integers(len(laws)))])


def _noise(rng: np.random.Generator, n: int) -> Array:
    rho = float(rng.choice([0.0, 0.0, 0.3, 0.6, 0.9]))
    return noise(n, rng, rho=rho, tail_df=float(rng.choice([math.inf, math.inf, 3.0])))


def _log(rng: np.random.Generator, low: float, high: float) -> float:
    return math.exp(rng.uniform(math.log(low), math.log(high)))
