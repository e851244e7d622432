"""Validation turned and has risen since, by more than noise and wandering, while train did not: overfitting."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from goodfit.curves.changepoints import Turn, ratio
from goodfit.curves.median import median
from goodfit.curves.refusal import Refusal
from goodfit.curves.sway import find_own_rise, find_sway
from goodfit.findings.case import Case, SoFar, Undecided

if TYPE_CHECKING:
    from goodfit.findings.finding import Finding
    from goodfit.types import Direction

NAME = "overfit"

# Gates: what no rise may lack. Two standard errors; most of the curve's own wandering; a minimum in the last
# twenty-fifth is the end of a falling curve; a train loss that rises half as much tells of something else.
MIN_SIGMAS = 2.0
MIN_WANDER = 0.8
MIN_SHARE_AFTER = 0.04
MAX_TRAIN_RISE = 0.5
# Of the level, for losses: smaller rises cost nothing and are not told from slow drift by anybody.
MIN_LEVEL_SHARE = 0.015
# A curve that never fell before it rose has not learnt anything it could unlearn.
MIN_FALL_SIGMAS = 2.0
MIN_FALL_OF_RISE = 0.02
MIN_BEST_IDX = 2

# What tells overfitting from noise and slow drift is weighed, not cut: each ratio's clipped logarithm times its weight,
# summed. A logistic regression on 4,500 healthy and 4,500 planted pairs that pass the gates (1,500 each of make_pairs
# of goodfit.testing.curves, make_other_pairs and make_plain_pairs of bench.judgement, seed 501). Healthy ones that
# drift count eight times: they are few, and half of all false alarms. The constant, checked on seed 777, lets about 1 %
# of all healthy ones pass and about 4 % of those that drift. Other seeds and real curves check:
# `python -m bench.judgement`.
_CONSTANT = -2.2
_WEIGHT_OF_STEADINESS = 4.0
_WEIGHTS = {"wander": 0.82, "gain": 0.14, "level": 1.0, "sway": 1.75}
_CLIPS = {"wander": (0.5, 50.0), "gain": (1e-3, 1.0), "level": (1e-3, 1.0), "sway": (0.05, 20.0)}
# Stands for the level's share where a level says nothing, as of accuracies: a rise of 6 %.
_LEVEL_OF_SHARES = 0.06
_SCORE_PER_E_FOLD = 2.0  # of strength
_LIVE_SCORE = 0.36  # a strength of 1.2: whoever looks often is often misled

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
    if not _passes_gates(turn, case):
        return None
    along = case.train_along
    if isinstance(along, Refusal):
        return case.undecided(NAME, "axes_differ" if along.reason == "no_overlap" else "too_short")
    place = int(np.argmin(validation.smooth))
    sway = find_sway(validation.smooth, along, stop=place + 1)
    rise_over_sway = None if sway is None else ratio(turn.rise, sway)
    rise_over_wander = max(turn.rise_over_wander, find_own_rise(validation.smooth, along))
    if rise_over_wander < MIN_WANDER:
        return None
    score = _score(turn, rise_over_wander, rise_over_sway, case.direction)
    if score < (_LIVE_SCORE if case.is_live else 0.0):
        return None
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
        strength=math.exp(score / _SCORE_PER_E_FOLD),
        evidence={
            "best_step": validation.step_at(best),
            "best_value": validation.value_at(best),
            "last_value": validation.value_of(turn.last_level),
            "rise": turn.rise * validation.unit,
            "rise_sigmas": turn.rise_sigmas,
            "rise_over_wander": rise_over_wander,
            "rise_over_sway": rise_over_sway,
            "rise_of_gain_share": turn.rise_over_gain,
            "steadiness": turn.steadiness,
            "gap_change": (turn.rise - train_change) * validation.unit,
            "train_then_value": train.value_of(train_before),
            "train_last_value": train.value_of(train_before + train_change),
        },
        advice=_ADVICE,
        variant="" if case.direction == "min" else "max",
    )


def _passes_gates(turn: Turn, case: Case) -> bool:
    half = case.main
    fall = float(half.losses[0]) - turn.best_level
    # Of a handful of points the second may well be the best.
    min_best = MIN_BEST_IDX if half.losses.size >= 20 else 1
    return (
        turn.rise_sigmas > MIN_SIGMAS
        and turn.share_after > MIN_SHARE_AFTER
        and (case.direction == "max" or ratio(turn.rise, abs(turn.best_level)) > MIN_LEVEL_SHARE)
        and turn.turn_idx >= min_best
        and fall > max(MIN_FALL_SIGMAS * turn.sigma, MIN_FALL_OF_RISE * turn.rise)
    )


def _score(turn: Turn, rise_over_wander: float, rise_over_sway: float | None, direction: Direction) -> float:
    """The sum of weighed logarithms; at least 0 where the rise is told from drift."""
    parts = {
        "wander": rise_over_wander,
        "gain": turn.rise_over_gain,
        "level": ratio(turn.rise, abs(turn.best_level)) if direction == "min" else _LEVEL_OF_SHARES,
        "sway": _CLIPS["sway"][1] if rise_over_sway is None else rise_over_sway,
    }
    score = _CONSTANT + _WEIGHT_OF_STEADINESS * min(1.0, max(0.0, turn.steadiness))
    for name, value in parts.items():
        low, high = _CLIPS[name]
        score += _WEIGHTS[name] * math.log(min(high, max(low, value)))
    return score


def _is_explained(so_far: SoFar) -> bool:
    nonfinite = so_far.get("nonfinite")
    return so_far.has("diverged") or (nonfinite is not None and nonfinite.severity == "error")
