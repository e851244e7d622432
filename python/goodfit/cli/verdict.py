"""A training and its review → one line: a mark, a curve, a sentence."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from goodfit.cli.output import Colour, clean, paint, sparkline
from goodfit.query.align import newest_branch
from goodfit.types import ReadIssue, SeriesKey

if TYPE_CHECKING:
    from goodfit.findings.engine import Review
    from goodfit.query.training import Training
    from goodfit.types import Pair

Verdict = Literal["bad", "look", "healthy", "open"]
MARKS: dict[Verdict, tuple[str, Colour]] = {
    "bad": ("✗", "red"),
    "look": ("!", "yellow"),
    "healthy": ("✓", "green"),
    "open": ("·", "dim"),
}
MIN_POINTS = 5
"""Below this no rule says anything, so silence is no praise."""


@dataclass(frozen=True, slots=True)
class VerdictLine:
    """What is said of one training."""

    verdict: Verdict
    word: str
    """The worst rule's name, or `healthy`, `cannot_tell`, `pending`; the catalogue of words has a label for each."""
    sentence: str
    spark: str
    """The objective's curve, validation if there is one; empty without points."""

    def cells(self, name: str) -> tuple[str, str, str, str, str]:
        """The columns of a line: mark, name, curve, word, sentence."""
        from goodfit.findings.words import label_of

        mark, colour = MARKS[self.verdict]
        return paint(mark, colour), clean(name), self.spark, paint(label_of(self.word), colour), clean(self.sentence)


def verdict_of(training: Training, review: Review, issues: Sequence[ReadIssue] = ()) -> VerdictLine:
    """The worst finding's sentence; without one, that the training looks healthy and where it stands."""
    objective = training.pairs[0] if training.pairs else None
    key = (objective.validation or objective.train) if objective else None
    values = newest_branch(training.scalars(key)).values if key else None
    spark = "" if values is None else sparkline(values)
    if (worst := review.worst) is not None:
        return VerdictLine("bad" if worst.severity == "error" else "look", worst.rule, worst.message, spark)
    if objective is None or values is None or len(values) == 0:
        return VerdictLine("open", "pending", _why_empty(training, issues), spark)
    standing = _standing(training, objective)
    if len(values) < MIN_POINTS:
        return VerdictLine("open", "cannot_tell", f"Too few points to judge. {standing}", spark)
    silent = [item for item in review.undecided if item.metric == objective.metric]
    if not review.findings and {"diverged", "overfit"} <= {item.rule for item in silent}:
        from goodfit.findings.words import render_undecided

        reason = render_undecided(silent[0])
        return VerdictLine("open", "cannot_tell", f"{reason[:1].upper()}{reason[1:]} {standing}", spark)
    remarks = [finding.message for finding in review.findings if finding.metric == objective.metric][:1]
    return VerdictLine("healthy", "healthy", " ".join(["Nothing wrong found.", *remarks, standing]), spark)


def _why_empty(training: Training, issues: Sequence[ReadIssue]) -> str:
    for issue in issues:
        folder = issue.path.rpartition("/")[0] or "."
        if folder in training.runs and issue.kind != "torn_tail":
            return f"Nothing could be read: {issue.detail or issue.kind.replace('_', ' ')}."
    return "No scalar points yet."


def _standing(training: Training, pair: Pair) -> str:
    parts = []
    for half, key in (("train", pair.train), ("validation", pair.validation)):
        if key is not None and (last := _last_value(training, key)) is not None:
            parts.append(f"{last:.3g}" if pair.how == "single" else f"{last:.3g} ({half})")
    return f"At step {training.last_step} {pair.metric} is " + ", ".join(parts) + "." if parts else ""


def _last_value(training: Training, key: SeriesKey) -> float | None:
    values = training.scalars(key).values
    return float(values[-1]) if len(values) and math.isfinite(values[-1]) else None
