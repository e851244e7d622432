"""Curves in memory → what a verdict and a forecast cost, in processor time."""

from __future__ import annotations

import time

import numpy as np

import goodfit
from goodfit.testing.curves import make_pair


def print_speed() -> None:
    """A thousand runs of a thousand points, one run of ten million, a forecast."""
    rng = np.random.default_rng(8)
    pairs = [make_pair(rng, kind=("healthy", "overfit")[i % 2], n_points=1000) for i in range(200)]  # type: ignore[arg-type]
    started = time.process_time()
    for _ in range(5):
        for pair in pairs:
            goodfit.diagnose(train=pair.train, validation=pair.validation, direction=pair.direction)
    print(f"SPEED  1,000 runs of 2 × 1,000 points: {time.process_time() - started:.2f} s of one core")
    values = 1 / np.sqrt(np.arange(1.0, 10_000_001)) + 0.01 * rng.standard_normal(10_000_000)
    started = time.process_time()
    goodfit.diagnose(train=values, validation=values[::-1][::-1] + 0.1)
    print(f"       one run of 2 × 10,000,000 points: {time.process_time() - started:.2f} s")
    started = time.process_time()
    for pair in pairs:
        goodfit.forecast(pair.validation, horizon=200, direction=pair.direction)
    print(f"       a forecast of 200 points from 1,000: {1000 * (time.process_time() - started) / len(pairs):.2f} ms\n")
