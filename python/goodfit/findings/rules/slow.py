"""The loss falls steadily and hardly flattens: the learning rate may be too low."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

from goodfit.curves.median import median
from goodfit.curves.trend import Trend, find_trend
from goodfit.findings.case import Case, SoFar, Undecided

if TYPE_CHECKING:
    from goodfit.findings.finding import Finding

NAME = "slow"

MIN_POINTS = 16
MIN_Z = 4.0
# Slope of the newer half over that of the older: an exponential that has run for one time constant has 0.6.
MIN_SLOPE_RATIO = 0.6

_ADVICE = ("raise_learning_rate", "train_longer", "warm_up_shorter")


def find(case: Case, so_far: SoFar) -> Finding | Undecided | None:
    """Fires when both halves of the train curve fall significantly and at nearly the same pace."""
    half = case.train
    if half is None or case.direction is None or half.losses.size < MIN_POINTS:
        return None
    if so_far.has("diverged", "nonfinite", "overfit", "underfit"):
        return None
    levels = half.blocks.levels
    middle = levels.size // 2
    # The medians of the four quarters tell at a glance that most curves have flattened.
    edges = [levels.size * quarter // 4 for quarter in range(5)]
    quarters = [median(levels[start:stop]) for start, stop in pairwise(edges)]
    if quarters[2] - quarters[3] < 0.4 * (quarters[0] - quarters[1]) or quarters[2] <= quarters[3]:
        return None
    older, newer = find_trend(levels[:middle]), find_trend(levels[middle:])
    if not isinstance(older, Trend) or not isinstance(newer, Trend):
        return None
    if older.z > -MIN_Z or newer.z > -MIN_Z or older.slope >= 0:
        return None
    pace = newer.slope / older.slope
    if pace < MIN_SLOPE_RATIO:
        return None
    first, last = median(levels[:3]), half.tail_level
    return case.finding(
        NAME,
        "info",
        strength=pace / MIN_SLOPE_RATIO,
        evidence={
            "slope_ratio_share": pace,
            "first_value": half.value_of(first),
            "last_value": half.value_of(last),
            "trend_sigmas": -newer.z,
        },
        advice=_ADVICE,
    )
