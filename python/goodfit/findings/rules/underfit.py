"""Flat and high: nothing was learnt, or far less than other trainings of the same log show to be possible."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from goodfit.curves.noise import Noise
from goodfit.curves.plateau import Plateau
from goodfit.curves.trend import Trend, find_trend
from goodfit.findings.case import Case, SoFar, Undecided

if TYPE_CHECKING:
    from goodfit.findings.finding import Finding
    from goodfit.findings.half import Half

NAME = "underfit"

MIN_POINTS = 10
# Of the first level; a model that learns anything gains more, fine-tuning of good weights apart, which has a trend.
MAX_GAIN_SHARE = 0.05
# Less than this is nothing, however significant.
NOTHING_SHARE = 0.005
# Further above the best of the other trainings than this share of the way from the start to it.
MIN_BEHIND_SHARE = 0.5
# A run counts as flat beside others when its pace would, in as long again as its last fifth, make up less than this
# share of what is missing.
MAX_CATCHING_UP = 0.1
# Of a share or an accuracy in percent: points gained below which nothing was learnt, and above which something was.
NOTHING_POINTS, SOMETHING_POINTS = 0.005, 0.02
# How near to ln K a level must be to be that of constant guessing among K classes.
TRIVIAL_TOLERANCE = 0.01
# A curve that came down to that level, or back to it, is held to more: this near, this flat over its last fifth, and
# begun at most a quarter higher. Twelve such windows cover 1 % of all levels a loss may end at.
SETTLED_TOLERANCE = 0.003
MAX_START = 1.25
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
    first, last = float(half.losses[0]), half.tail_level
    is_level = first - last < MAX_GAIN_SHARE * abs(first)
    classes = _classes_of(half.value_of(last)) if case.direction == "min" and is_level else None
    settled = _settled_at_guessing(case, half)
    # A train loss of single batches may hide in its noise what the validation shows plainly.
    learnt = settled is None and (_has_learnt(half) or _has_plainly_learnt(case.main))
    if learnt and behind is None:
        return None
    classes = classes or settled
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
    """Whether the curve fell by 5 % of its first level (a share: rose by 2 points), or significantly at all."""
    if _has_plainly_learnt(half):
        return True
    points, wander = _unit_of_share(half), _wander(half)
    nothing = NOTHING_SHARE * _size(half) if points is None else NOTHING_POINTS * points
    if half.gain < nothing + 2 * wander / math.sqrt(max(1, half.losses.size // 20)):
        return False
    trend = find_trend(half.losses)
    if not isinstance(trend, Trend):
        return True
    return (trend.z < -3.0 and half.gain > 2 * nothing) or half.gain > 6 * wander > 0


def _has_plainly_learnt(half: Half) -> bool:
    """Whether the curve fell by 5 % of its first level (a share: rose by 2 points) beyond its noise."""
    if half.losses.size < MIN_POINTS:
        return False
    points = _unit_of_share(half)
    something = MAX_GAIN_SHARE * _size(half) if points is None else SOMETHING_POINTS * points
    # The best of many noisy levels lies below their mean; what noise alone would give is no gain.
    return max(float(half.losses[0]) - half.tail_level, half.gain) - 3 * _wander(half) > something


def _size(half: Half) -> float:
    return max(abs(float(half.losses[0])), abs(half.tail_level))


def _wander(half: Half) -> float:
    return half.noise.long_run_sigma if isinstance(half.noise, Noise) else 0.0


def _settled_at_guessing(case: Case, half: Half) -> int | None:
    """K where the curve ended flat, and very nearly, at the level of guessing among K, having begun not far from it."""
    if case.direction != "min":
        return None
    n_end = max(3, half.blocks.levels.size // 5)
    end = half.blocks.levels[-n_end:]
    level = half.tail_level
    if float(np.ptp(end)) > SETTLED_TOLERANCE * abs(level) or float(half.losses[0]) > MAX_START * level:
        return None
    return _classes_of(half.value_of(level), tolerance=SETTLED_TOLERANCE)


def _unit_of_share(half: Half) -> float | None:
    """What 1 is, of a metric that is a share (1) or a percentage (100), in losses; None of any other."""
    if half.direction == "min":
        return None
    low, high = -float(half.losses.max()) * half.unit, -float(half.losses.min()) * half.unit
    if low < 0 or high > 105:
        return None
    return (1.0 if high <= 1.05 else 100.0) / half.unit


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
    if max(0.0, -flat.change) - flat.change_error > MAX_CATCHING_UP * missing:
        return None
    return min(missing / way, 1.0)


def _classes_of(level: float, *, tolerance: float = TRIVIAL_TOLERANCE) -> int | None:
    for count in _USUAL_CLASS_COUNTS:
        if abs(level - math.log(count)) < tolerance * math.log(count):
            return count
    return None
