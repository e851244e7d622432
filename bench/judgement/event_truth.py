"""A random generator → healthy curves, half of them with one event planted: the truth of the rules about train.

Events are of every size from invisible on; a rule that names an event that was not planted is wrong.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

import numpy as np
from bench.judgement.detectors import Curves

from goodfit.testing.curves import make_pair, restart

Event = Literal["oscillation", "sawtooth", "resume_jump"]
EVENTS: tuple[Event, ...] = ("oscillation", "sawtooth", "resume_jump")


@dataclass(frozen=True)
class EventPair:
    """Curves, and the event that was planted in them, if any."""

    curves: Curves
    event: Event | None


def make_event_pairs(count: int, *, seed: int) -> Iterator[EventPair]:
    """`count` pairs for each event, every other one without it."""
    for index in range(count * len(EVENTS)):
        rng = np.random.default_rng([seed, 55, index])
        event = EVENTS[index % len(EVENTS)]
        is_planted = index // len(EVENTS) % 2 == 0
        yield EventPair(_draw(rng, event, is_planted), event if is_planted else None)


def _draw(rng: np.random.Generator, event: Event, is_planted: bool) -> Curves:
    n = int(math.exp(rng.uniform(math.log(60), math.log(2_000))))
    pair = make_pair(rng, kind="healthy", stratum="plain", n_points=n, direction="min")
    train, validation, steps = pair.train, pair.validation, pair.steps
    gain = float(np.ptp(pair.validation_level))
    size = gain * math.exp(rng.uniform(math.log(0.01), math.log(0.4)))
    place = np.arange(n)
    if event == "oscillation":
        period = rng.uniform(3, n / 6)
        swing = size * np.sin(2 * np.pi * (place / period + rng.random()))
        return Curves(train + swing * is_planted, validation, steps, None, "min")
    if event == "resume_jump":
        at = int(rng.uniform(0.3, 0.8) * n)
        again = restart(pair, at_idx=at, back=max(1, n // 20))
        jump = np.zeros(again.train.size)
        after = np.arange(again.train.size - at)
        jump[at:] = size * np.exp(-after / (n * rng.uniform(0.05, 0.3)))
        return Curves(again.train + jump * is_planted, again.validation, again.steps, None, "min")
    # Train at each of n batches, validation at the end of each epoch.
    epoch = int(rng.integers(8, max(9, n // 6)))
    ends = np.arange(epoch - 1, n, epoch)
    teeth = size * (0.5 - (place % epoch) / epoch)
    at = np.arange(n, dtype=np.int64)
    return Curves(train + teeth * is_planted, validation[ends], at[ends], at, "min")
