"""The last checkpoint is worse than the best one by more than noise, short of overfitting."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from goodfit.curves.refusal import Refusal
from goodfit.findings.case import Case, SoFar, Undecided

if TYPE_CHECKING:
    from goodfit.findings.finding import Finding

NAME = "best_is_not_last"

MIN_SIGMAS = 4.0
MIN_WANDER = 1.2
MIN_GAIN_SHARE = 0.01

_ADVICE = ("use_best_checkpoint", "save_best_only")


def find(case: Case, so_far: SoFar) -> Finding | Undecided | None:
    """Fires when validation ends significantly above its best, and no other finding names the best checkpoint."""
    if case.validation is None or case.direction is None:
        return None
    if so_far.has("overfit", "diverged", "underfit"):
        return None
    turn = case.turn
    if isinstance(turn, Refusal):
        return case.undecided(NAME, "too_short", n_points=turn.n_points, n_needed=turn.n_needed)
    strength = min(
        turn.rise_sigmas / MIN_SIGMAS, turn.rise_over_wander / MIN_WANDER, turn.rise_over_gain / MIN_GAIN_SHARE
    )
    if strength < 1 or turn.share_after < 0.05:
        return None
    half = case.validation
    best = turn.start_idx + int(np.argmin(half.losses[turn.start_idx : turn.stop_idx]))
    return case.finding(
        NAME,
        "info",
        onset_step=half.step_at(turn.turn_idx),
        onset_interval=(half.step_at(turn.start_idx), half.step_at(turn.stop_idx - 1)),
        strength=strength,
        evidence={
            "best_step": half.step_at(best),
            "best_value": half.value_at(best),
            "last_value": half.value_of(turn.last_level),
            "rise": turn.rise * half.unit,
            "rise_sigmas": turn.rise_sigmas,
        },
        advice=_ADVICE,
    )
