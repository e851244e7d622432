"""The run ended while its curve was still falling by more than its noise: training longer would have helped."""

from __future__ import annotations

from typing import TYPE_CHECKING

from goodfit.curves.plateau import MIN_POINTS, Plateau
from goodfit.findings.case import Case, SoFar, Undecided

if TYPE_CHECKING:
    from goodfit.findings.finding import Finding

NAME = "still_improving"

MIN_Z = 3.0  # one in 700 flat ends
# What as many points again would add, as a share of the gain so far: less is not worth the time.
MIN_GAIN_SHARE = 0.02

_ADVICE = ("train_longer", "raise_learning_rate")


def find(case: Case, so_far: SoFar) -> Finding | Undecided | None:
    """Fires when the last fifth falls significantly and a fifth more would gain another 2 %."""
    if case.direction is None or not case.has_ended:
        return None
    if so_far.has("diverged", "nonfinite", "overfit", "underfit"):
        return None
    end = case.plateau
    if not isinstance(end, Plateau):
        return case.undecided(NAME, "too_short", n_points=end.n_points, n_needed=MIN_POINTS)
    if end.is_flat or end.trend.z > -MIN_Z or -end.change < max(MIN_GAIN_SHARE * end.gain, end.tolerance):
        return None
    half = case.main
    return case.finding(
        NAME,
        "info",
        strength=-end.trend.z / MIN_Z,
        evidence={
            "half": "validation" if case.validation is not None else "train",
            "last_value": half.value_of(end.trend.level),
            "change": abs(end.change) * half.unit,
            "change_of_gain_share": -end.change / end.gain if end.gain > 0 else 1.0,
            "window_start_step": half.step_at(half.losses.size - end.trend.n_points),
            "trend_sigmas": -end.trend.z,
        },
        advice=_ADVICE,
        variant="" if case.direction == "min" else "max",
    )
