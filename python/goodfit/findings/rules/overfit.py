"""Validation turned and has risen since, by more than noise and wandering, while train did not: overfitting."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from goodfit.curves.changepoints import Turn, ratio
from goodfit.curves.median import median
from goodfit.curves.refusal import Refusal
from goodfit.findings.case import Case, SoFar, Undecided

if TYPE_CHECKING:
    from goodfit.types import Direction, Finding

NAME = "overfit"

# Fixed on 2,100 healthy and 2,100 planted pairs of goodfit.testing.curves (make_pairs, seed 31): together they let
# 1 % of the healthy ones fire (5 % of those with drift) and find 99 % of the planted. Other seeds and real curves
# check them: `python -m bench.judgement`.
MIN_SIGMAS = 4.5
MIN_WANDER = 2.0
# Smaller rises are not told from slow drift by anybody, and cost nothing.
MIN_GAIN_SHARE = 0.06
MIN_LEVEL_SHARE = 0.02
# A loss that fell a hundredfold may double at a thousandth of its gain: a rise that is large against the level itself
# counts, too, if it stands out from the curve's own wandering twice as clearly.
LARGE_LEVEL_SHARE = 0.1
LARGE_MIN_WANDER = 4.0
# A minimum in the last twentieth is the end of a falling curve.
MIN_SHARE_AFTER = 0.05
# Train may wander, too, but a train loss that rises half as much tells of something else.
MAX_TRAIN_RISE = 0.5

_ADVICE = ("use_best_checkpoint", "early_stopping", "more_data", "more_regularisation", "smaller_model")


def find(case: Case, so_far: SoFar) -> Finding | Undecided | None:
    """Fires when the rise since the turn is large against noise, wandering and gain, and train has not risen too."""
    if case.validation is None:
        return case.undecided(NAME, "no_validation")
    if case.train is None:
        return case.undecided(NAME, "no_train")
    if case.direction is None:
        return case.undecided(NAME, "direction_unknown")
    if _is_explained(so_far):
        return None
    turn = case.turn
    if isinstance(turn, Refusal):
        return case.undecided(NAME, "too_short", n_points=turn.n_points, n_needed=turn.n_needed)
    validation, train = case.validation, case.train
    strength = _strength(turn, case.direction)
    if strength < 1:
        return None
    along = case.train_along
    if isinstance(along, Refusal):
        return case.undecided(NAME, "axes_differ" if along.reason == "no_overlap" else "too_short")
    place = int(np.argmin(validation.smooth))
    train_change = median(along[-max(2, along.size // 10) :]) - float(along[place])
    if train_change > MAX_TRAIN_RISE * turn.rise:
        return None
    best = turn.start_idx + int(np.argmin(validation.losses[turn.start_idx : turn.stop_idx]))
    train_before = float(along[place])
    return case.finding(
        NAME,
        "warning",
        onset_step=validation.step_at(turn.turn_idx),
        onset_interval=(validation.step_at(turn.start_idx), validation.step_at(turn.stop_idx - 1)),
        strength=strength,
        evidence={
            "best_step": validation.step_at(best),
            "best_value": validation.value_at(best),
            "last_value": validation.value_of(turn.last_level),
            "rise": turn.rise * validation.unit,
            "rise_sigmas": turn.rise_sigmas,
            "rise_over_wander": turn.rise_over_wander,
            "rise_of_gain_share": turn.rise_over_gain,
            "gap_change": (turn.rise - train_change) * validation.unit,
            "train_then_value": train.value_of(train_before),
            "train_last_value": train.value_of(train_before + train_change),
        },
        advice=_ADVICE,
        variant="" if case.direction == "min" else "max",
    )


def _strength(turn: Turn, direction: Direction) -> float:
    """The smallest ratio of a statistic to its threshold."""
    against_gain = min(turn.rise_over_gain / MIN_GAIN_SHARE, turn.rise_over_wander / MIN_WANDER)
    common = min(turn.rise_sigmas / MIN_SIGMAS, turn.share_after / MIN_SHARE_AFTER)
    if direction == "max":
        return min(common, against_gain)
    level_share = ratio(turn.rise, abs(turn.best_level))
    against_level = min(level_share / LARGE_LEVEL_SHARE, turn.rise_over_wander / LARGE_MIN_WANDER)
    return min(common, level_share / MIN_LEVEL_SHARE, max(against_gain, against_level))


def _is_explained(so_far: SoFar) -> bool:
    nonfinite = so_far.get("nonfinite")
    return so_far.has("diverged") or (nonfinite is not None and nonfinite.severity == "error")
