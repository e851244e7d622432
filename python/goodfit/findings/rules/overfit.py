"""Validation turned and has risen since, by more than noise and wandering, while train did not: overfitting."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from goodfit.curves.changepoints import SMOOTH_SHARE, Turn, ratio
from goodfit.curves.median import median
from goodfit.curves.refusal import Refusal
from goodfit.curves.sway import find_own_rise, find_sway
from goodfit.curves.trend import rising_sigmas
from goodfit.curves.walk import MAX_SIGMAS, find_walk_sigmas
from goodfit.findings.case import Case, SoFar, Undecided

if TYPE_CHECKING:
    from goodfit.findings.finding import Finding
    from goodfit.types import Float64Array

NAME = "overfit"

# Gates: what no rise may lack. On short noisy curves one low value makes a rise of two standard errors: with 2.3 in
# place of 1, a third as many healthy ones pass, and 0.6 % of planted ones are lost; of those that pass, a rise below
# 3.5 must also show in the ranks of what came after, which heavy tails do not sway. A rise that is no larger than what
# the curve did before is a swing; a minimum in the last twenty-fifth is the end of a falling curve; a train loss that
# rises half as much tells of something else.
MIN_SIGMAS = 2.3
CLEAR_SIGMAS = 3.5
MIN_RISING_SIGMAS = 2.0
LIVE_MIN_SIGMAS = 1.0
MIN_WANDER = 1.0
NOISE_SIGMAS = 2.5  # what the noise of a smoothed curve makes of itself between its highest and its lowest place
MIN_SHARE_AFTER = 0.04
MAX_TRAIN_RISE = 0.5
# Of the level, for losses: smaller rises cost nothing and are not told from slow drift by anybody.
MIN_LEVEL_SHARE = 0.015
# A curve that hardly fell before it rose has not learnt anything it could unlearn, unless train goes on learning: few
# rows are known by heart within two epochs.
MIN_FALL_SIGMAS = 1.0
MIN_FALL_OF_RISE = 0.02
MIN_TRAIN_FALL = 0.1
MIN_BEST_IDX = 2

# What tells overfitting from noise and slow drift is weighed, not cut: each number of `Clues`, clipped and mostly as a
# logarithm, times its weight, summed; from 0 on it is overfitting. Weights and constant are those of a logistic
# regression, printed by `python -m bench.judgement.fit_overfit`.
_CONSTANT = -2.2
_WEIGHTS = {
    "steadiness": 4.54, "walk": 1.46, "train_fall": 2.69, "wander": 0.54, "gain": 0.24, "level": 1.71, "sway": 1.54,
}  # fmt: skip
_LOG_CLIPS = {"wander": (0.5, 50.0), "gain": (1e-3, 1.0), "level": (1e-3, 0.2), "sway": (0.05, 20.0)}
# Stands for the level's share where a level says nothing, as of accuracies and of losses below zero: a rise of 6 %.
_LEVEL_OF_SHARES = 0.06
_TRAIN_FALLS = (-0.2, 1.0)
_NO_SWAY = 1e6  # where too little came before the turn to see any
_SCORE_PER_E_FOLD = 2.0  # of strength
# While a curve grows it is asked at each fortieth of its length, so at first for each point it has: young curves need
# more, so that false alarms are as rare per point throughout. An alarm may come earlier, and is taken back, than what
# is said of a whole curve: the score may be lower, but nearly every rise must show in the ranks as well. Chosen among
# 50 settings on 952 healthy and 480 planted curves of three generators (seeds 3, 11, 21 and 22).
_LIVE_SCORE = -4.5
_LIVE_GROWN_POINTS = 200
_LIVE_SCORE_PER_E_FOLD = 3.0
_MAX_LIVE_SCORE = 3.5
LIVE_CLEAR_SIGMAS = 8.0
LIVE_MIN_RISING_SIGMAS = 2.5

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
    train_before = float(along[place])
    train_change = median(along[-max(2, along.size // 10) :]) - train_before
    if train_change > MAX_TRAIN_RISE * turn.rise or not _has_learnt(turn, case, train_before, train_change):
        return None
    clues = read_clues(turn, case, along)
    if not _is_beyond_swings(turn, clues, n_levels=along.size):
        return None
    score = score_of(clues)
    if score < (_live_score(validation.losses.size) if case.is_live else 0.0):
        return None
    best = turn.start_idx + int(np.argmin(validation.losses[turn.start_idx : turn.stop_idx]))
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
            "rise_over_wander": clues.wander,
            "rise_over_sway": clues.sway,
            "rise_over_walk_sigmas": clues.walk,
            "rise_of_gain_share": turn.rise_over_gain,
            "steadiness": clues.steadiness,
            "gap_change": (turn.rise - train_change) * validation.unit,
            "train_then_value": train.value_of(train_before),
            "train_last_value": train.value_of(train_before + train_change),
        },
        advice=_ADVICE,
        variant="" if case.direction == "min" else "max",
    )


def _passes_gates(turn: Turn, case: Case) -> bool:
    half = case.main
    # Of a handful of points the second may well be the best.
    min_best = MIN_BEST_IDX if half.losses.size >= 20 else 1
    return (
        turn.rise_sigmas > (LIVE_MIN_SIGMAS if case.is_live else MIN_SIGMAS)
        and turn.share_after > MIN_SHARE_AFTER
        and (case.direction == "max" or ratio(turn.rise, abs(turn.best_level)) > MIN_LEVEL_SHARE)
        and turn.turn_idx >= min_best
        and _rises_in_ranks(turn, case)
    )


def _rises_in_ranks(turn: Turn, case: Case) -> bool:
    """Whether what came after the turn rises without regard to sizes; not asked of a rise that is clear by its size."""
    if turn.rise_sigmas > (LIVE_CLEAR_SIGMAS if case.is_live else CLEAR_SIGMAS):
        return True
    after = case.main.blocks.levels[int(np.argmin(case.main.smooth)) :]
    return rising_sigmas(after) > (LIVE_MIN_RISING_SIGMAS if case.is_live else MIN_RISING_SIGMAS)


def _has_learnt(turn: Turn, case: Case, train_before: float, train_change: float) -> bool:
    """Whether validation fell before it rose: clearly, or at all while train has fallen on since."""
    fall = float(case.main.losses[0]) - turn.best_level
    is_clear = fall > max(MIN_FALL_SIGMAS * turn.sigma, MIN_FALL_OF_RISE * turn.rise)
    return is_clear or (fall > 0 and -train_change > MIN_TRAIN_FALL * abs(train_before))


def _is_beyond_swings(turn: Turn, clues: Clues, *, n_levels: int) -> bool:
    """Whether the rise is more than the largest other move of the curve that noise does not account for."""
    noise = NOISE_SIGMAS * turn.sigma / math.sqrt(max(3, n_levels // SMOOTH_SHARE))
    largest = ratio(turn.rise, clues.wander)
    return turn.rise > MIN_WANDER * math.sqrt(max(0.0, largest * largest - noise * noise))


@dataclass(frozen=True, slots=True)
class Clues:
    """What a rise is weighed by; pure numbers."""

    wander: float
    """The rise over the largest other move the wrong way, what train does as well left out."""
    gain: float
    """The rise over what had been gained before."""
    level: float
    """The rise over the level at the turn."""
    sway: float
    """The rise over the largest move before the turn that neither train nor a straight line explains."""
    steadiness: float
    """Correlation of validation since the turn with time."""
    walk: float
    """The slope since the turn in standard errors of a random walk with noise."""
    train_fall: float
    """What train has fallen since the turn, as a share of its level there."""


def read_clues(turn: Turn, case: Case, along: Float64Array) -> Clues:
    """The clues to a turn of the case's validation that passed the gates; `along` is train at validation's blocks."""
    validation = case.main
    smooth, levels = validation.smooth, validation.blocks.levels
    place = int(np.argmin(smooth))
    own = find_own_rise(smooth, along)
    sway = find_sway(smooth, along, stop=place + 1)
    # The bottom of the curve: from where it first came near the minimum, high up it says nothing of it.
    start = int(np.argmax(smooth[: place + 1] <= turn.best_level + max(2 * turn.rise, 0.3 * validation.gain)))
    start = max(0, min(start, levels.size - 8))
    has_level = case.direction == "min" and float(validation.losses.min()) >= 0
    train_before = float(along[place])
    train_fall = train_before - median(along[-max(2, along.size // 10) :])
    return Clues(
        wander=own.over_wander,
        gain=turn.rise_over_gain,
        level=ratio(turn.rise, abs(turn.best_level)) if has_level else _LEVEL_OF_SHARES,
        sway=_NO_SWAY if sway is None else ratio(turn.rise, sway),
        steadiness=own.steadiness,
        walk=find_walk_sigmas(levels[start:], along[start:], n_whole=levels.size),
        train_fall=ratio(train_fall, abs(train_before)),
    )


def terms_of(clues: Clues) -> dict[str, float]:
    """The clues as they are weighed, by name."""
    terms = {
        "steadiness": min(1.0, max(0.0, clues.steadiness)),
        "walk": math.log1p(min(clues.walk, MAX_SIGMAS)),
        "train_fall": min(_TRAIN_FALLS[1], max(_TRAIN_FALLS[0], clues.train_fall)),
    }
    for name, (low, high) in _LOG_CLIPS.items():
        terms[name] = math.log(min(high, max(low, getattr(clues, name))))
    return terms


def score_of(clues: Clues) -> float:
    """The weighed sum; at least 0 where the rise is told from noise and drift."""
    return _CONSTANT + sum(_WEIGHTS[name] * term for name, term in terms_of(clues).items())


def _live_score(n_points: int) -> float:
    """What a curve that still grows needs instead of 0: the less, the longer it is."""
    missing = math.log(max(1.0, _LIVE_GROWN_POINTS / n_points))
    return min(_MAX_LIVE_SCORE, _LIVE_SCORE + _LIVE_SCORE_PER_E_FOLD * missing)


def _is_explained(so_far: SoFar) -> bool:
    nonfinite = so_far.get("nonfinite")
    return so_far.has("diverged") or (nonfinite is not None and nonfinite.severity == "error")
