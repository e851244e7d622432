"""A random generator → whole curves of kinds that the real collections lack, to train on and to be surprised by.

Metrics in percent, perplexities, returns, errors over six powers of ten, bounds of likelihoods far from nought, noisy
curves of ten thousand steps, eight epochs, cuts of the rate after any cutoff, early turns, late drops, scores of a
small set. Each kind is held back as a task of its own, so that a table can show how a kind that was never seen is
forecast.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator

import numpy as np
from bench.judgement.detectors import Array

from goodfit.testing.curves import noise


def make_kind(kind: str, count: int, *, seed: int) -> Iterator[Array]:
    """`count` curves of a kind, lower is better."""
    for index in range(count):
        rng = np.random.default_rng([seed, 41, list(KINDS).index(kind), index])
        values = KINDS[kind](rng)
        if np.isfinite(values).all() and float(np.ptp(values)) > 0:
            yield values


def _log(rng: np.random.Generator, low: float, high: float) -> float:
    return math.exp(rng.uniform(math.log(low), math.log(high)))


def _whole(rng: np.random.Generator, low: float, high: float) -> int:
    return round(_log(rng, low, high))


def _along(n: int) -> Array:
    return np.arange(n) / max(1, n - 1)


def _noise(rng: np.random.Generator, n: int, size: float) -> Array:
    rho = float(rng.choice([0.0, 0.0, 0.3, 0.8]))
    tail_df = float(rng.choice([math.inf, math.inf, 3.0]))
    return size * noise(n, rng, rho=rho, tail_df=tail_df)


def _falling(rng: np.random.Generator, x: Array) -> Array:
    """One or two speeds, from one towards nought."""
    first = np.exp(-_log(rng, 3, 60) * x)
    second = (1 + x / _log(rng, 0.003, 0.3)) ** -rng.uniform(0.3, 1.5)
    share = rng.uniform(0, 1)
    return np.asarray(share * first + (1 - share) * second)


def _accuracy_percent(rng: np.random.Generator) -> Array:
    """Wrong answers in percent over 30 to 200 epochs; half of the runs anneal the rate, and gain by it at the end."""
    x = _along(_whole(rng, 30, 200))
    top, bottom = rng.uniform(40, 95), rng.uniform(1, 35)
    level = bottom + (top - bottom) * _falling(rng, x)
    if rng.random() < 0.5:
        level = level + rng.uniform(0.02, 0.3) * (level - bottom + 2) * np.cos(np.pi * x / 2)
    return np.asarray(level + _noise(rng, x.size, _log(rng, 0.05, 3)) * (0.2 + np.cos(np.pi * x / 2)))


def _perplexity(rng: np.random.Generator) -> Array:
    x = _along(_whole(rng, 20, 300))
    loss = rng.uniform(2, 5) + rng.uniform(2, 7) * (1 + x / _log(rng, 0.001, 0.1)) ** -rng.uniform(0.4, 1.2)
    return np.asarray(np.exp(loss + _noise(rng, x.size, _log(rng, 0.001, 0.03))))


def _returns(rng: np.random.Generator) -> Array:
    """Rewards that rise in one to three waves, the noisier the higher, and may collapse."""
    x = _along(_whole(rng, 40, 1000))
    waves = rng.dirichlet(np.ones(int(rng.integers(1, 4))))
    level = np.zeros(x.size)
    for share in waves:
        level += share / (1 + np.exp(-(x - rng.uniform(0.05, 0.9)) / _log(rng, 0.01, 0.15)))
    if rng.random() < 0.2:
        level *= 1 - rng.uniform(0.2, 0.8) * (x > rng.uniform(0.4, 0.95))
    size = _log(rng, 0.02, 0.25)
    return np.asarray(-_log(rng, 1, 5000) * (level + _noise(rng, x.size, size) * (0.2 + level)))


def _powers_of_ten(rng: np.random.Generator) -> Array:
    """Squared errors that fall by up to six powers of ten; the noise is a factor."""
    x = _along(_whole(rng, 20, 1000))
    fall = rng.uniform(1, 6) * np.log(10) * np.log1p(x / _log(rng, 0.003, 0.5)) / np.log1p(1 / 0.003)
    floor = _log(rng, 1e-7, 1e-2)
    return np.asarray(
        _log(rng, 1e-6, 1e4) * (np.exp(-fall) + floor) * np.exp(_noise(rng, x.size, _log(rng, 0.01, 0.4)))
    )


def _far_from_nought(rng: np.random.Generator) -> Array:
    """A bound of a likelihood: a large offset of either sign and a small fall."""
    x = _along(_whole(rng, 20, 500))
    size = _log(rng, 1, 300)
    return np.asarray(
        rng.uniform(-1e4, 1e4) + size * _falling(rng, x) + _noise(rng, x.size, size * _log(rng, 1e-3, 0.1))
    )


def _many_steps(rng: np.random.Generator) -> Array:
    """Losses of single batches, 3,000 to 20,000 of them."""
    x = _along(_whole(rng, 3_000, 20_000))
    floor = _log(rng, 0.01, 3)
    return np.asarray(floor + _falling(rng, x) + _noise(rng, x.size, _log(rng, 0.02, 0.5)) * (floor + 0.3))


def _few_epochs(rng: np.random.Generator) -> Array:
    x = _along(int(rng.integers(8, 21)))
    level = _log(rng, 0.02, 2) + _falling(rng, x)
    if rng.random() < 0.4:
        level = level + _log(rng, 0.03, 1) * np.clip(x - rng.uniform(0.1, 0.7), 0, None)
    return np.asarray(level + _noise(rng, x.size, _log(rng, 0.003, 0.08)))


def _cuts(rng: np.random.Generator) -> Array:
    """The rate is cut one to three times; level and noise fall at each."""
    x = _along(_whole(rng, 30, 400))
    level, size = _falling(rng, x), np.ones(x.size)
    for at in rng.uniform(0.25, 0.95, int(rng.integers(1, 4))):
        after = np.clip(x - at, 0, None)
        level *= 1 - rng.uniform(0.1, 0.6) * (1 - np.exp(-after * _log(rng, 20, 400)))
        level += (
            0.5 * rng.uniform(0.0, 0.3) * (1 - np.exp(-after * 100) - 1) * np.where(x < at, 1, np.exp(-after * 100))
        )
        size *= np.where(x < at, 1.0, rng.uniform(0.2, 0.7))
    return np.asarray(_log(rng, 0.02, 1) + level + _noise(rng, x.size, _log(rng, 0.005, 0.08)) * size)


def _early_turn(rng: np.random.Generator) -> Array:
    """Falls fast, turns early, rises along one of four laws."""
    x = _along(_whole(rng, 20, 300))
    turn = rng.uniform(0.02, 0.5)
    after = np.clip(x - turn, 0, None) / (1 - turn)
    rise = (after, np.sqrt(after), 1 - np.exp(-4 * after), after**1.5)[int(rng.integers(4))]
    level = np.exp(-x / turn * _log(rng, 2, 6)) + _log(rng, 0.03, 2) * rise
    return np.asarray(_log(rng, 0.05, 1) + level + _noise(rng, x.size, _log(rng, 0.003, 0.08)))


def _settled(rng: np.random.Generator) -> Array:
    """All is learnt in the first epochs; what follows is noise about a level, or wanders a little."""
    x = _along(_whole(rng, 20, 300))
    size = _log(rng, 0.003, 0.1)
    level = np.exp(-x / _log(rng, 0.003, 0.05)) + rng.uniform(-1, 1) * size * x * rng.integers(0, 2)
    walk = np.cumsum(rng.standard_normal(x.size)) / math.sqrt(x.size) * size * rng.uniform(0, 2)
    return np.asarray(level + walk + _noise(rng, x.size, size))


def _late_drop(rng: np.random.Generator) -> Array:
    """A plateau that ends at any time."""
    x = _along(_whole(rng, 40, 500))
    drop = 1 / (1 + np.exp((x - rng.uniform(0.15, 1.3)) / _log(rng, 0.005, 0.1)))
    level = rng.uniform(0.05, 0.6) * np.exp(-x * _log(rng, 10, 60)) + drop
    return np.asarray(level + _noise(rng, x.size, _log(rng, 0.002, 0.06)))


def _small_set(rng: np.random.Generator) -> Array:
    """Share of errors among 20 to 500 rows, the same rows each time: whole numbers, often the same again."""
    n_rows, x = _whole(rng, 20, 500), _along(_whole(rng, 20, 200))
    level = rng.uniform(0.02, 0.4) + rng.uniform(0.1, 0.55) * _falling(rng, x)
    edges = rng.random(n_rows)
    wobble = _log(rng, 0.005, 0.06)
    return np.array([np.mean(edges + wobble * rng.standard_normal(n_rows) < each) for each in level])


def _unstable(rng: np.random.Generator) -> Array:
    """A high rate: spikes that are forgotten slowly."""
    x = _along(_whole(rng, 30, 500))
    level = _log(rng, 0.05, 1) + _falling(rng, x)
    for at in rng.uniform(0.05, 1, rng.poisson(4)):
        after = x - at
        level = level + np.where(
            after >= 0, _log(rng, 0.05, 3) * np.exp(-np.clip(after, 0, None) * _log(rng, 20, 300)), 0
        )
    return np.asarray(level + np.abs(_noise(rng, x.size, _log(rng, 0.01, 0.2))))


KINDS: dict[str, Callable[[np.random.Generator], Array]] = {
    "percent": _accuracy_percent, "perplexity": _perplexity, "returns": _returns, "powers of ten": _powers_of_ten,
    "far from nought": _far_from_nought, "many steps": _many_steps, "few epochs": _few_epochs, "rate cuts": _cuts,
    "early turn": _early_turn, "settled": _settled, "late drop": _late_drop, "small set": _small_set,
    "unstable": _unstable,
}  # fmt: skip
