"""A training and its review → one line: a mark, a curve, a sentence."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from goodfit.cli.output import Colour, clean, paint, sparkline
from goodfit.config import Language
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
_TEXT: dict[Language, dict[str, str]] = {
    "en": {
        "too_few": "Too few points to judge.",
        "nothing_wrong": "Nothing wrong found.",
        "no_points": "No scalar points yet.",
        "unreadable": "Nothing could be read: {why}.",
        "standing": "At step {step} {metric} is {values}.",
        "train": "train",
        "validation": "validation",
    },
    "ko": {
        "too_few": "판단하기에는 점이 너무 적습니다.",
        "nothing_wrong": "문제를 찾지 못했습니다.",
        "no_points": "아직 스칼라 값이 없습니다.",
        "unreadable": "읽을 수 있는 것이 없습니다: {why}.",
        "standing": "{step} 스텝에서 {metric}: {values}.",
        "train": "학습",
        "validation": "검증",
    },
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

    language: Language = "en"

    def cells(self, name: str) -> tuple[str, str, str, str, str]:
        """The columns of a line: mark, name, curve, word, sentence."""
        from goodfit.findings.words import label_of

        mark, colour = MARKS[self.verdict]
        label = label_of(self.word, language=self.language)
        return paint(mark, colour), clean(name), self.spark, paint(label, colour), clean(self.sentence)


def verdict_of(
    training: Training, review: Review, issues: Sequence[ReadIssue] = (), *, language: Language = "en"
) -> VerdictLine:
    """The worst finding's sentence; without one, that the training looks healthy and where it stands."""
    objective = training.pairs[0] if training.pairs else None
    key = (objective.validation or objective.train) if objective else None
    values = newest_branch(training.scalars(key)).values if key else None
    spark = "" if values is None else sparkline(values)
    if (worst := review.worst) is not None:
        from goodfit.findings.words import render_message

        sentence = render_message(worst, language=language)
        return VerdictLine("bad" if worst.severity == "error" else "look", worst.rule, sentence, spark, language)
    if objective is None or values is None or len(values) == 0:
        return VerdictLine("open", "pending", _why_empty(training, issues, language), spark, language)
    standing = _standing(training, objective, language)
    text = _TEXT[language]
    if len(values) < MIN_POINTS:
        return VerdictLine("open", "cannot_tell", f"{text['too_few']} {standing}", spark, language)
    silent = [item for item in review.undecided if item.metric == objective.metric]
    if not review.findings and {"diverged", "overfit"} <= {item.rule for item in silent}:
        from goodfit.findings.words import render_undecided

        reason = render_undecided(silent[0], language=language)
        return VerdictLine("open", "cannot_tell", f"{reason[:1].upper()}{reason[1:]} {standing}", spark, language)
    from goodfit.findings.words import render_message

    remarks = [
        render_message(finding, language=language) for finding in review.findings if finding.metric == objective.metric
    ][:1]
    return VerdictLine("healthy", "healthy", " ".join([text["nothing_wrong"], *remarks, standing]), spark, language)


def _why_empty(training: Training, issues: Sequence[ReadIssue], language: Language) -> str:
    for issue in issues:
        folder = issue.path.rpartition("/")[0] or "."
        if folder in training.runs and issue.kind != "torn_tail":
            return _TEXT[language]["unreadable"].format(why=issue.detail or issue.kind.replace("_", " "))
    return _TEXT[language]["no_points"]


def _standing(training: Training, pair: Pair, language: Language) -> str:
    text = _TEXT[language]
    parts = []
    for half, key in (("train", pair.train), ("validation", pair.validation)):
        if key is not None and (last := _last_value(training, key)) is not None:
            parts.append(f"{last:.3g}" if pair.how == "single" else f"{last:.3g} ({text[half]})")
    values = ", ".join(parts)
    return text["standing"].format(step=training.last_step, metric=pair.metric, values=values) if parts else ""


def _last_value(training: Training, key: SeriesKey) -> float | None:
    values = training.scalars(key).values
    return float(values[-1]) if len(values) and math.isfinite(values[-1]) else None
