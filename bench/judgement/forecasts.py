"""Real curves → the cases a forecast is trained and judged on: a past, a time ahead, and what came.

Curves of fewer than twenty finite validations, or whose last value is not finite, are left out; accuracies are
mirrored.
"""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from bench.judgement.composed_curves import bend, compose
from bench.judgement.detectors import Array
from bench.judgement.forecast_kinds import KINDS, make_kind
from bench.judgement.noisy_truth import make_noisy_pairs
from bench.judgement.other_truth import make_other_pairs
from bench.judgement.plain_truth import make_plain_pairs
from bench.judgement.varied_truth import make_varied_pairs

from goodfit.testing.curves import make_pairs

MIN_POINTS = 20
PAIR_GENERATORS = {
    "other": make_other_pairs, "plain": make_plain_pairs, "noisy": make_noisy_pairs, "varied": make_varied_pairs,
}  # fmt: skip


@dataclass(frozen=True)
class WholeCurve:
    """A finished curve, lower is better."""

    source: str
    task: str
    values: Array

    @property
    def span(self) -> float:
        """Extent without the highest twentieth, which is often the untrained model: the unit of errors."""
        low, high = float(self.values.min()), float(np.quantile(self.values, 0.95))
        return max(high - low, 1e-6 * abs(low), 1e-300)


def read_whole_curves(folder: Path) -> Iterator[WholeCurve]:
    """Validation curves of every `*.jsonl.gz` of a folder."""
    for path in sorted(folder.glob("*.jsonl.gz")):
        with gzip.open(path, "rt", encoding="utf-8") as file:
            for line in file:
                row = json.loads(line)
                values = np.array([np.nan if x is None else x for x in row["validation"]], dtype=np.float64)
                finite = values[np.isfinite(values)]
                if finite.size < MIN_POINTS or not np.isfinite(values[-1]):
                    continue
                task = row["group"] if row["source"] == "nanogpt" else row["task"]
                sign = 1.0 if row["direction"] == "min" else -1.0
                yield WholeCurve(row["source"], f"{row['source']}/{task}", sign * finite)


def make_whole_curves(count: int, *, seed: int) -> Iterator[WholeCurve]:
    """Generated curves of all families, so that what is known of real ones is not the only experience."""
    kinds = ("healthy", "plateau", "overfit", "underfit")
    for kind in kinds:
        for index, pair in enumerate(make_pairs(count // len(kinds), seed=seed, kind=kind)):  # type: ignore[arg-type]
            sign = 1.0 if pair.direction == "min" else -1.0
            if MIN_POINTS <= pair.validation.size <= 2_000:
                yield WholeCurve("generated", f"generated/{kind} {index % 20}", sign * pair.validation)


def make_other_kinds(count: int, *, seed: int) -> Iterator[WholeCurve]:
    """`count` curves of each kind that the real collections lack; a kind is a task."""
    for kind in KINDS:
        for values in make_kind(kind, count, seed=seed):
            yield WholeCurve("kinds", f"kinds/{kind}", values)


def alter(curve: WholeCurve, rng: np.random.Generator) -> WholeCurve:
    """A real curve as another metric, pace or budget might have shown it: its task stays, its source is `altered`."""
    values = curve.values
    if values.size > 2 * MIN_POINTS and rng.random() < 0.5:  # stopped before its schedule ended
        values = values[: int(rng.integers(MIN_POINTS, values.size + 1))]
    if values.size > 2 * MIN_POINTS and rng.random() < 0.3:  # evaluated more rarely
        values = values[values.size % 2 :: 2]
    low, high = float(values.min()), float(values.max())
    share = (values - low) / max(high - low, 1e-300)
    law = int(rng.integers(4))
    if law == 1:  # as a perplexity is to a loss
        share = np.exp(rng.uniform(0.5, 3) * share)
    elif law == 2:  # as an error share is to a loss
        share = 1 - np.exp(-rng.uniform(0.5, 4) * share)
    elif law == 3:
        share = np.log(share + rng.uniform(0.003, 0.3))
    if rng.random() < 0.3:
        share = share + 0.1 ** rng.uniform(1.2, 3) * float(np.ptp(share)) * rng.standard_normal(share.size)
    return WholeCurve("altered", curve.task, share)


def make_composed(count: int, *, seed: int) -> Iterator[WholeCurve]:
    """`count` curves for training alone."""
    for index in range(count):
        values = compose(np.random.default_rng([seed, 108, index]))
        yield WholeCurve("composed", f"composed/{index % 20}", values)


def bend_curve(curve: WholeCurve, rng: np.random.Generator) -> WholeCurve | None:
    """A real curve with a turn, a plateau or a cut that it did not have: its task stays, its source is `bent`."""
    values = bend(curve.values, rng)
    return WholeCurve("bent", curve.task, values) if values.size >= MIN_POINTS else None


def make_unseen_curves(count: int, *, seed: int) -> Iterator[WholeCurve]:
    """`count` healthy and as many overfit curves of each generator that no network was trained on."""
    for name, make in PAIR_GENERATORS.items():
        for kind in ("healthy", "overfit"):
            for pair in make(count, seed=seed, kind=kind):
                validation = pair.curves.oriented()[1]
                values = validation[np.isfinite(validation)]
                if values.size >= MIN_POINTS:
                    yield WholeCurve(f"{name} {kind}", f"{name} {kind}/{pair.stratum}", values)


def thin(curves: list[WholeCurve], *, per_source: int, rng: np.random.Generator) -> list[WholeCurve]:
    """At most `per_source` curves of each source, drawn evenly over its tasks."""
    by_source: dict[str, dict[str, list[WholeCurve]]] = {}
    for curve in curves:
        by_source.setdefault(curve.source, {}).setdefault(curve.task, []).append(curve)
    kept = []
    for tasks in by_source.values():
        share = max(1, per_source // len(tasks))
        for task in sorted(tasks):
            chosen = rng.permutation(len(tasks[task]))[:share]
            kept.extend(tasks[task][index] for index in sorted(chosen.tolist()))
    return kept
