"""The end of the curve is equivalent to flat: converged, or waiting for a lower learning rate."""

from __future__ import annotations

from typing import TYPE_CHECKING

from goodfit.curves.plateau import MIN_POINTS, Plateau
from goodfit.findings.case import Case, SoFar, Undecided

if TYPE_CHECKING:
    from goodfit.findings.finding import Finding

NAME = "plateau"

_ADVICE = ("lower_learning_rate_at_plateau", "stop_here", "larger_model")


def find(case: Case, so_far: SoFar) -> Finding | Undecided | None:
    """Fires when the last fifth passes the equivalence test against 1 % of the gain."""
    if case.direction is None or so_far.has("diverged", "nonfinite", "overfit", "underfit", "still_improving"):
        return None
    end = case.plateau
    if not isinstance(end, Plateau):
        return case.undecided(NAME, "too_short", n_points=end.n_points, n_needed=MIN_POINTS)
    if not end.is_flat or end.gain <= 0:
        return None
    half = case.main
    start = half.step_at(end.start_idx)
    train = case.train_plateau
    train_falls = isinstance(train, Plateau) and not train.is_flat and train.trend.z < -3
    return case.finding(
        NAME,
        "info",
        onset_step=start,
        onset_interval=(start, half.step_at(end.start_idx + max(1, half.blocks.size))),
        evidence={
            "half": "validation" if case.validation is not None else "train",
            "level_value": half.value_of(end.level),
            "change": abs(end.change) * half.unit,
            "tolerance": end.tolerance * half.unit,
            "flat_share": 1 - end.start_idx / max(1, half.losses.size),
        },
        advice=_ADVICE,
        variant="train_falls" if train_falls else "",
    )
