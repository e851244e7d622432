"""The run ended flat, although each cut of the learning rate had brought a drop: stopped before the next one."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from goodfit.curves.median import median
from goodfit.curves.plateau import Plateau
from goodfit.findings.scope import is_judged

if TYPE_CHECKING:
    from collections.abc import Sequence

    from goodfit.findings.case import Case, SoFar
    from goodfit.findings.finding import Finding
    from goodfit.types import Int64Array

NAME = "schedule_conflict"

MIN_POINTS = 20
# A cut: the rate falls to at most this share of what it was, from one point to the next.
MAX_CUT = 0.6
# Of the curve's gain: what each cut must have brought, or nothing speaks for another.
MIN_DROP_SHARE = 0.02
_NAMES = ("lr", "learning_rate", "learning rate", "learning-rate", "lr0")

_ADVICE = ("cut_rate_then_stop", "patience_beyond_schedule", "train_longer")


def find_across(cases: Sequence[Case], found: Sequence[SoFar]) -> list[tuple[int, Finding]]:
    """Fires on the objective when it is flat at its end and every cut so far made it drop by 2 % of its gain.

    Returns:
        Place of the objective's case and the finding.
    """
    cuts = _cuts(cases)
    if not cuts.size:
        return []
    for place, (case, so_far) in enumerate(zip(cases, found, strict=True)):
        if not is_judged(case.metric) or case.direction is None or case.main.losses.size < MIN_POINTS:
            continue
        if not case.has_ended or so_far.has("overfit", "diverged", "nonfinite", "underfit", "still_improving"):
            return []
        half, end = case.main, case.plateau
        if not isinstance(end, Plateau) or not end.is_flat or half.gain <= 0:
            return []
        drops = [_drop(case, int(cut)) for cut in cuts.tolist()]
        if any(drop is None or drop < MIN_DROP_SHARE * half.gain for drop in drops):
            return []
        known = [drop for drop in drops if drop is not None]
        evidence = {
            "n_cuts": len(known),
            "drop": known[-1] * half.unit,
            "last_cut_step": int(cuts[-1]),
            "last_value": half.value_of(half.tail_level),
        }
        return [(place, case.finding(NAME, "info", evidence=evidence, advice=_ADVICE))]
    return []


def _cuts(cases: Sequence[Case]) -> Int64Array:
    """Steps at which the logged learning rate was cut."""
    for case in cases:
        if case.metric.casefold().rsplit("/", 1)[-1] in _NAMES:
            half = case.main
            if half.values.size < 2:
                continue
            before, after = half.values[:-1], half.values[1:]
            return half.steps[1:][(after > 0) & (after <= MAX_CUT * before)]
    return np.zeros(0, dtype=np.int64)


def _drop(case: Case, cut_step: int) -> float | None:
    """What the curve fell across a cut: the level before it minus the best soon after; None too near to an end."""
    half = case.main
    place = int(np.searchsorted(half.loss_steps, cut_step))
    n = half.losses.size
    reach = max(3, n // 20)
    if place < 3 or n - place < 3:
        return None
    return median(half.losses[max(0, place - reach) : place]) - median(half.losses[place : place + 3 * reach])
