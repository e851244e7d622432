"""Validation is better than train by more than noise, once both are compared at the same moment."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from goodfit.curves.median import median
from goodfit.curves.noise import Noise
from goodfit.curves.refusal import Refusal
from goodfit.findings.case import Case, SoFar, Undecided

if TYPE_CHECKING:
    from goodfit.findings.finding import Finding

NAME = "validation_better"

MIN_POINTS = 10
MIN_SIGMAS = 3.0
# Of the gain: dropout and augmentation alone make a difference of a few percent.
MIN_GAIN_SHARE = 0.05

_ADVICE = ("dropout_is_off_in_validation", "check_duplicates", "check_validation_difficulty", "group_or_time_split")


def find(case: Case, so_far: SoFar) -> Finding | Undecided | None:
    """Fires when validation lies below train over the last third by 3 standard errors and 5 % of the gain.

    A train value logged per epoch is a mean over it, so it is as old as half an epoch: the two are compared with the
    train curve moved back by half a step of the validation's.
    """
    if case.validation is None or case.train is None or case.direction is None:
        return None
    if so_far.has("diverged", "nonfinite", "underfit"):
        return None
    validation, train = case.validation, case.train
    along = case.train_along
    if isinstance(along, Refusal) or validation.losses.size < MIN_POINTS:
        return None
    half_step_back = np.minimum(along, np.append((along[:-1] + along[1:]) / 2, along[-1]))
    n_end = max(4, along.size // 3)
    difference = (half_step_back - validation.smooth)[-n_end:]
    gain = max(train.gain, validation.gain)
    mean = median(difference)
    if not (bool((difference > 0).mean() > 0.9) and mean > MIN_GAIN_SHARE * gain > 0):
        return None
    noises = [noise for noise in (validation.noise, train.noise) if isinstance(noise, Noise)]
    sigma = math.sqrt(sum(noise.long_run_sigma**2 for noise in noises))
    error = sigma / math.sqrt(n_end)
    if mean <= MIN_SIGMAS * error:
        return None
    return case.finding(
        NAME,
        "info",
        evidence={
            "train_last_value": train.value_of(train.tail_level),
            "last_value": validation.value_of(validation.tail_level),
            "difference": mean * validation.unit,
            "difference_sigmas": min(mean / error, 1e6) if error > 0 else 1e6,
        },
        advice=_ADVICE,
    )
