"""Generated curves, point by point → how often the live judge alarms wrongly, how late it is, and what a point costs.

`python -m bench.judgement.live_table [--count N]`
"""

from __future__ import annotations

import argparse
import time
from collections import Counter
from collections.abc import Iterator

import numpy as np
from bench.judgement.detectors import Curves
from bench.judgement.other_truth import make_other_pairs
from bench.judgement.plain_truth import make_plain_pairs
from bench.judgement.wilson import Share

from goodfit.findings.live import LiveMetric
from goodfit.findings.rules import RULE_NAMES
from goodfit.testing.curves import make_pairs

MAX_POINTS = 3_000  # longer ones say the same, slowly


def _pairs(kind: str, count: int, seed: int) -> Iterator[tuple[Curves, int | None]]:
    for pair in make_pairs(count, seed=seed, kind=kind):  # type: ignore[arg-type]
        if pair.steps.size <= MAX_POINTS:
            yield Curves(pair.train, pair.validation, pair.steps, None, pair.direction), pair.truth.onset_idx
    if kind in ("healthy", "overfit"):
        for make in (make_other_pairs, make_plain_pairs):
            for other in make(count, seed=seed, kind=kind):  # type: ignore[arg-type]
                if other.level.size <= MAX_POINTS and other.curves.train_steps is None:
                    yield other.curves, other.onset_idx


def print_table(count: int, seed: int) -> None:
    """False alarms on healthy curves, delays on planted ones, and the cost of a point."""
    alarms: Counter[str] = Counter()
    n_runs = n_points = n_alarmed = 0
    took_s = 0.0
    for curves, _ in _pairs("healthy", count, seed):
        started = time.process_time()
        seen = _alarms(curves)
        took_s += time.process_time() - started
        n_runs, n_points = n_runs + 1, n_points + curves.validation.size
        alarms.update(rule for rule, _ in seen)
        n_alarmed += bool(seen)
    n_alarms = sum(alarms.values())
    reach = 1.96 * np.sqrt(max(n_alarms, 1))  # of a Poisson count
    print(f"LIVE  healthy: {n_runs} runs, {n_points} points; alarms per 1,000 points "
          f"{1000 * n_alarms / n_points:.3f} ± {1000 * reach / n_points:.3f}")  # fmt: skip
    print(f"      runs that ever alarm: {Share(n_alarmed, n_runs)}   {dict(alarms)}")
    point_us = 1e6 * took_s / n_points
    print(f"      {point_us / len(RULE_NAMES):.2f} us a point and rule ({point_us:.0f} us a point)")
    for kind in ("overfit", "diverged", "nonfinite"):
        delays, n_found, n_runs = [], 0, 0
        for curves, onset in _pairs(kind, count // 2, seed):
            n_runs += 1
            first = next((place for rule, place in _alarms(curves) if rule in (kind, "nonfinite")), None)
            if first is not None and onset is not None:
                n_found += 1
                delays.append((first - onset) / curves.validation.size)
        draws = np.random.default_rng(0).choice(delays, (400, len(delays)))
        low, high = np.quantile(np.median(draws, axis=1), [0.025, 0.975])
        print(
            f"      {kind}: found before the end {Share(n_found, n_runs)}; delay, of the run: median "
            f"{np.median(delays):.3f} [{low:.3f} {high:.3f}], nine tenths below {np.quantile(delays, 0.9):.3f}"
        )
    print()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=280)
    parser.add_argument("--seed", type=int, default=3)
    arguments = parser.parse_args()
    print_table(arguments.count, arguments.seed)


def _alarms(curves: Curves) -> list[tuple[str, int]]:
    live = LiveMetric(direction=curves.direction)  # type: ignore[arg-type]
    assert curves.train is not None
    found = []
    for place, (step, train, validation) in enumerate(
        zip(curves.steps.tolist(), curves.train.tolist(), curves.validation.tolist(), strict=True)
    ):
        found += [(finding.rule, place) for finding in live.push(step, train=train, validation=validation)]
    return found


if __name__ == "__main__":
    main()
