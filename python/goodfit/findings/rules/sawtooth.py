"""The train loss swings once per epoch: a running mean that starts anew, or rows that are not shuffled."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from goodfit.curves.median import median
from goodfit.curves.periodicity import MAX_POINTS
from goodfit.findings.case import Case, SoFar, Undecided
from goodfit.findings.rules.oscillation import find_train_swing, swing_evidence

if TYPE_CHECKING:
    from goodfit.findings.finding import Finding

NAME = "sawtooth"

PERIOD_TOLERANCE = 0.06
# The first harmonic of a sawtooth carries 6 / pi^2 = 61 % of it, less what noise takes; the period tells the rest.
MIN_POWER_SHARE = 0.3

_ADVICE = ("check_shuffling", "reset_running_mean")


def find(case: Case, so_far: SoFar) -> Finding | Undecided | None:
    """Fires when the period of train's swing is the distance between validations, which come once an epoch."""
    if case.validation is None or case.train is None or case.validation.losses.size < 4:
        return None
    epoch_steps = median(np.diff(case.validation.loss_steps[-MAX_POINTS:]))
    own_distance = median(np.diff(case.train.loss_steps[-MAX_POINTS:])) if case.train.losses.size > 1 else 0.0
    if not 4 * own_distance <= epoch_steps:
        return None
    swing = find_train_swing(case, so_far, min_power_share=MIN_POWER_SHARE)
    if swing is None:
        return None
    evidence = swing_evidence(case, swing)
    period = swing.period_points * own_distance
    if abs(period - epoch_steps) > PERIOD_TOLERANCE * epoch_steps:
        return None
    return case.finding(
        NAME,
        "info",
        strength=swing.power_share / MIN_POWER_SHARE,
        evidence=evidence | {"epoch_step": round(epoch_steps)},
        advice=_ADVICE,
    )
