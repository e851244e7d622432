"""Both curves fall, with a wide and steady gap from early on: one of the two sets does not represent the other."""

from __future__ import annotations

from typing import TYPE_CHECKING

from goodfit.curves.median import median
from goodfit.curves.refusal import Refusal
from goodfit.findings.case import Case, SoFar, Undecided

if TYPE_CHECKING:
    from goodfit.findings.finding import Finding

NAME = "gap_constant"

MIN_POINTS = 10
# Of the train's gain: narrower gaps are the ordinary price of generalising.
MIN_GAP_SHARE = 0.5
MAX_CHANGE_SHARE = 0.25  # of the gap, between its first fifth and its end
MIN_SIGMAS = 5.0

_ADVICE = ("check_split", "compare_distributions", "check_preprocessing", "more_data")


def find(case: Case, so_far: SoFar) -> Finding | Undecided | None:
    """Fires when the gap is wide, positive, and as wide after a fifth of the run as at its end."""
    if case.validation is None or case.train is None or case.direction is None:
        return None
    if so_far.has("diverged", "nonfinite", "underfit", "overfit"):
        return None
    validation, train = case.validation, case.train
    along = case.train_along
    if isinstance(along, Refusal) or validation.losses.size < MIN_POINTS:
        return None
    gap = validation.smooth - along
    fifth = max(1, gap.size // 5)
    early, late = median(gap[fifth : 2 * fifth + 1]), median(gap[-fifth:])
    sigma = validation.sigma
    wide = min(early, late) > MIN_GAP_SHARE * train.gain and min(early, late) > MIN_SIGMAS * sigma
    steady = abs(late - early) < MAX_CHANGE_SHARE * max(early, late)
    both_fall = train.gain > 5 * sigma and validation.gain > 5 * sigma
    if not (wide and steady and both_fall):
        return None
    return case.finding(
        NAME,
        "info",
        evidence={
            "gap": late * validation.unit,
            "early_gap": early * validation.unit,
            "train_last_value": train.value_of(train.tail_level),
            "last_value": validation.value_of(validation.tail_level),
        },
        advice=_ADVICE,
    )
