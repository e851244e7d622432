"""Flat and high: nothing was learnt, or far less than other trainings of the same log show to be possible."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from goodfit.curves.noise import Noise
from goodfit.curves.plateau import Plateau
from goodfit.curves.trend import Trend, find_trend
from goodfit.findings.case import Case, SoFar, Undecided

if TYPE_CHECKING:
    from goodfit.findings.half import Half
    from goodfit.types import Finding

NAME = "underfit"

MIN_POINTS = 10
# Of the first level; a model that learns anything gains more, fine-tuning of good weights apart, which has a trend.
MAX_GAIN_SHARE = 0.05
# Less than this is nothing, however significant.
NOTHING_SHARE = 0.005
# Further above the best of the other trainings than this share of the way from the start to it.
MIN_BEHIND_SHARE = 0.5
# How near to ln K a level must be to be that of constant guessing among K classes.
TRIVIAL_TOLERANCE = 0.01
_USUAL_CLASS_COUNTS = (2, 3, 4, 5, 6, 7, 8, 9, 10, 20, 100, 1000)

_ADVICE = ("overfit_ten_rows", "check_labels_and_loss", "raise_learning_rate", "larger_model", "less_regularisation")


def find(case: Case, so_far: SoFar) -> Finding | Undecided | None:
    """Fires on a curve without significant gain, or flat far above what other trainings reached."""
    if case.direction is None or so_far.has("diverged", "nonfinite", "overfit"):
        return None
    half = case.train if case.train is not None else case.main
    if half.losses.size < MIN_POINTS:
        return case.undecided(NAME, "too_short", n_points=int(half.losses.size), n_needed=MIN_POINTS)
    behind = _behind_peers(case)
    learnt = _has_learnt(half)
    if learnt and behind is None:
        return None
    first, last = float(half.losses[0]), half.tail_level
    is_level = first - last < MAX_GAIN_SHARE * abs(first)
    classes = _classes_of(half.value_of(last)) if case.direction == "min" and is_level else None
    if classes is not None:
        variant = "guessing"
    elif behind is not None and learnt:
        variant = "behind_others"
    else:
        variant = "nothing_learnt"
    evidence: dict[str, object] = {
        "half": "train" if half is case.train else "validation",
        "first_value": half.value_of(first),
        "last_value": half.value_of(last),
    }
    if classes is not None:
        evidence["n_classes"] = classes
    if behind is not None:
        evidence["others_best_value"] = case.peer_best
        evidence["behind_share"] = behind
    return case.finding(NAME, "warning", evidence=evidence, advice=_ADVICE, variant=variant)


def _has_learnt(half: Half) -> bool:
    """Whether the curve fell by 5 % of its first level, or significantly at all."""
    first = float(half.losses[0])
    if first - half.tail_level > MAX_GAIN_SHARE * max(abs(first), abs(half.tail_level)):
        return True
    if half.gain > MAX_GAIN_SHARE * max(abs(first), abs(half.tail_level)):
        return True
    if half.gain < NOTHING_SHARE * max(abs(first), abs(half.tail_level)):
        return False
    trend = find_trend(half.losses)
    noise = half.noise
    if not isinstance(trend, Trend) or not isinstance(noise, Noise):
        return True
    return trend.z < -3.0 or half.gain > 6 * noise.long_run_sigma > 0


def _behind_peers(case: Case) -> float | None:
    """Share of the way from the first level to the others' best that is still missing at a flat end; None if small."""
    if case.peer_best is None:
        return None
    half, flat = case.main, case.plateau
    if not isinstance(flat, Plateau):
        return None
    sign = 1.0 if case.direction == "min" else -1.0
    peer = sign * case.peer_best / half.unit
    way = float(half.losses[0]) - peer
    missing = half.tail_level - peer
    if way <= 0 or missing <= MIN_BEHIND_SHARE * way:
        return None
    return min(missing / way, 1.0)


def _classes_of(level: float) -> int | None:
    for count in _USUAL_CLASS_COUNTS:
        if abs(level - math.log(count)) < TRIVIAL_TOLERANCE * math.log(count):
            return count
    return None
