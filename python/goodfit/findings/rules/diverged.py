"""The train loss ends far above where it began or had been: exploded, or collapsed to an untrained level."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from goodfit.curves.divergence import LOST_SHARE, MIN_SIGMAS, Divergence
from goodfit.findings.case import Case, SoFar, Undecided

if TYPE_CHECKING:
    from goodfit.findings.finding import Finding
    from goodfit.findings.half import Half

NAME = "diverged"

# Of an accuracy: less is what the noise of a model that learnt nothing does.
MIN_POINTS_LOST = 0.01

_ADVICE = ("lower_learning_rate", "clip_gradients", "warm_up", "check_batches_at_onset", "resume_from_best")


def find(case: Case, so_far: SoFar) -> Finding | Undecided | None:
    """Fires on an explosion or a collapse of train; of validation only where train is not logged.

    A curve that ends in NaN is diverged too, but its finding is `nonfinite`, which explains it.
    """
    nonfinite = so_far.get("nonfinite")
    if nonfinite is not None and nonfinite.severity == "error":
        return None
    if case.direction is None:
        return case.undecided(NAME, "direction_unknown")
    half = case.train if case.train is not None else case.main
    fact = case.divergence
    if not isinstance(fact, Divergence):
        return case.undecided(NAME, "too_short", n_points=fact.n_points, n_needed=fact.n_needed)
    if fact.kind == "none":
        return None
    if fact.kind == "collapsed" and case.train is None and half is case.validation:
        return None  # a validation that gave back its gain may as well overfit
    if fact.kind == "collapsed" and case.direction == "max" and not _was_worth_losing(half, fact):
        return None
    onset = half.step_at(fact.onset_idx)
    next_step = half.step_at(fact.onset_idx + 1)
    best = _raw_best(half.losses, fact.onset_idx)
    return case.finding(
        NAME,
        "error",
        onset_step=onset,
        onset_interval=(onset, next_step),
        strength=min(fact.rise_sigmas / MIN_SIGMAS, fact.lost_share / LOST_SHARE),
        evidence={
            "half": "train" if case.train is not None else "validation",
            "first_value": half.value_of(fact.first_level),
            "best_step": half.step_at(best),
            "best_value": half.value_at(best),
            "last_value": half.value_of(fact.last_level),
            "rise_sigmas": fact.rise_sigmas,
        },
        advice=_ADVICE,
        variant=fact.kind,
    )


def _was_worth_losing(half: Half, fact: Divergence) -> bool:
    """Whether a share (or percent) had gained at least one percentage point; true of other quantities."""
    low, high = float(half.losses.min()), float(half.losses.max())
    top = -low * half.unit
    if high > 0 or top > 105:
        return True
    return (fact.first_level - fact.best_level) * half.unit > MIN_POINTS_LOST * (1.0 if top <= 1.05 else 100.0)


def _raw_best(losses: np.ndarray[tuple[int], np.dtype[np.float64]], stop: int) -> int:
    """The lowest point up to the onset: the checkpoint to go back to."""
    return int(np.argmin(losses[: stop + 1]))
