"""A training and its review → one line: a mark, a curve, a sentence."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from goodfit.cli.output import Colour, sparkline
from goodfit.query.align import newest_branch
from goodfit.types import SeriesKey

if TYPE_CHECKING:
    from goodfit.findings.engine import Review
    from goodfit.query.training import Training
    from goodfit.types import Pair

Verdict = Literal["bad", "look", "fine", "unknown"]
MARKS: dict[Verdict, tuple[str, Colour]] = {
    "bad": ("✗", "red"),
    "look": ("!", "yellow"),
    "fine": ("✓", "green"),
    "unknown": ("·", "dim"),
}


@dataclass(frozen=True, slots=True)
class VerdictLine:
    """What is said of one training."""

    verdict: Verdict
    sentence: str
    spark: str
    """The objective's curve, validation if there is one; empty without points."""


def verdict_of(training: Training, review: Review) -> VerdictLine:
    """The worst finding's sentence; without one, that the training looks fine and where it stands."""
    objective = training.pairs[0] if training.pairs else None
    key = (objective.validation or objective.train) if objective else None
    values = newest_branch(training.scalars(key)).values if key else None
    spark = "" if values is None else sparkline(values)
    if (worst := review.worst) is not None:
        return VerdictLine("bad" if worst.severity == "error" else "look", worst.message, spark)
    if objective is None or values is None or len(values) == 0:
        return VerdictLine("unknown", "no scalar points yet", spark)
    standing = _standing(training, objective)
    if not review.findings and review.undecided:
        rules = {item.rule for item in review.undecided}
        if {"overfit", "diverged"} <= rules and all(item.why == "too_short" for item in review.undecided):
            return VerdictLine("unknown", f"too few points to judge; {standing}", spark)
    remarks = [finding.message for finding in review.findings if finding.metric == objective.metric][:1]
    return VerdictLine("fine", " ".join([f"looks fine; {standing}.", *remarks]), spark)


def _standing(training: Training, pair: Pair) -> str:
    parts = []
    for half, key in (("train", pair.train), ("validation", pair.validation)):
        if key is not None and (last := _last_value(training, key)) is not None:
            parts.append(f"{half} {last:.3g}")
    return f"{pair.metric} at step {training.last_step}: " + ", ".join(parts)


def _last_value(training: Training, key: SeriesKey) -> float | None:
    values = training.scalars(key).values
    return float(values[-1]) if len(values) and math.isfinite(values[-1]) else None
