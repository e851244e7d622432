"""Validation loss rises while validation accuracy does not fall: the model grows too sure, not worse at its task."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from goodfit.curves.changepoints import Turn
from goodfit.curves.median import median
from goodfit.findings.scope import is_judged

if TYPE_CHECKING:
    from collections.abc import Sequence

    from goodfit.findings.case import Case, SoFar
    from goodfit.findings.finding import Finding

NAME = "overconfident"

# The accuracy may give back this share of its own gain and still count as not fallen.
MAX_FALL_SHARE = 0.02
_ACCURACIES = ("acc", "top1", "top_1")

_ADVICE = ("select_by_target_metric", "label_smoothing", "calibrate_temperature", "use_best_checkpoint")


def find_across(cases: Sequence[Case], found: Sequence[SoFar]) -> list[tuple[int, Finding]]:
    """Fires beside an `overfit` of a loss, where the accuracy of the same training holds.

    Returns:
        Place of the loss's case and the finding.
    """
    partner = _partner(cases)
    if partner is None:
        return []
    answers = []
    for place, (case, so_far) in enumerate(zip(cases, found, strict=True)):
        overfit = so_far.get("overfit")
        if overfit is None or case.direction != "min" or overfit.onset_step is None:
            continue
        half = partner.main
        before = half.smooth[half.block_steps <= overfit.onset_step]
        if before.size == 0:
            continue
        level_then = median(before[-3:])
        if half.tail_level - level_then > MAX_FALL_SHARE * half.gain:
            continue
        finding = case.finding(
            NAME,
            "info",
            onset_step=overfit.onset_step,
            onset_interval=overfit.onset_interval,
            evidence={
                "accuracy_metric": partner.metric,
                "accuracy_then_value": half.value_of(level_then),
                "accuracy_last_value": half.value_of(half.tail_level),
                "best_step": half.step_at(int(np.argmin(half.losses))),
            },
            advice=_ADVICE,
        )
        answers.append((place, finding))
    return answers


def _partner(cases: Sequence[Case]) -> Case | None:
    for case in cases:
        is_accuracy = (
            is_judged(case.metric)
            and case.direction == "max"
            and any(word in case.metric.casefold() for word in _ACCURACIES)
        )
        if is_accuracy and case.validation is not None and isinstance(case.turn, Turn):
            return case
    return None
