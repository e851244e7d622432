"""The train loss swings once per epoch: a running mean that starts anew, or rows that are not shuffled."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from goodfit.curves.median import median
from goodfit.curves.periodicity import MAX_POINTS
from goodfit.curves.repeat import Repeat, find_repeat
from goodfit.findings.case import Case, SoFar, Undecided
from goodfit.findings.rules.oscillation import MIN_GAIN_SHARE, find_train_swing, swing_evidence

if TYPE_CHECKING:
    from goodfit.findings.finding import Finding

NAME = "sawtooth"

PERIOD_TOLERANCE = 0.06
# The first harmonic of a sawtooth carries 6 / pi^2 = 61 % of it, less what noise takes; the period tells the rest.
MIN_POWER_SHARE = 0.3
# Rows in one order make a pattern of any shape, of which no frequency need be strong: it repeats. Noise of whatever
# colour is correlated with its next period by 0 on average, and five pairs of .6 are no luck.
MIN_CORRELATION = 0.6
MIN_T = 6.0

_ADVICE = ("check_shuffling", "reset_running_mean")


def find(case: Case, so_far: SoFar) -> Finding | Undecided | None:
    """Fires when train swings, or repeats any pattern, from one validation to the next: they come once an epoch."""
    if case.validation is None or case.train is None or case.validation.losses.size < 4:
        return None
    epoch_steps = median(np.diff(case.validation.loss_steps[-MAX_POINTS:]))
    own_distance = median(np.diff(case.train.loss_steps[-MAX_POINTS:])) if case.train.losses.size > 1 else 0.0
    if not 0 < 4 * own_distance <= epoch_steps:
        return None
    swing = find_train_swing(case, so_far, min_power_share=MIN_POWER_SHARE)
    if swing is not None and abs(swing.period_points * own_distance - epoch_steps) <= PERIOD_TOLERANCE * epoch_steps:
        return case.finding(
            NAME,
            "info",
            strength=swing.power_share / MIN_POWER_SHARE,
            evidence=swing_evidence(case, swing) | {"epoch_step": round(epoch_steps)},
            advice=_ADVICE,
        )
    if so_far.has("diverged", "nonfinite"):
        return None
    repeat = find_repeat(case.train.losses, round(epoch_steps / own_distance))
    if not isinstance(repeat, Repeat) or repeat.correlation < MIN_CORRELATION or repeat.t < MIN_T:
        return None
    if repeat.amplitude <= MIN_GAIN_SHARE * case.train.gain:
        return None
    return case.finding(
        NAME,
        "info",
        strength=repeat.correlation / MIN_CORRELATION,
        evidence={
            "period_step": round(epoch_steps),
            "amplitude": repeat.amplitude * case.train.unit,
            "power_share": repeat.share,
            "epoch_step": round(epoch_steps),
        },
        advice=_ADVICE,
    )
