"""The train loss swings regularly around its level: a learning rate that is too high is the first suspect."""

from __future__ import annotations

from typing import TYPE_CHECKING

from goodfit.curves.periodicity import MIN_POINTS, Swing, find_swing
from goodfit.findings.case import Case, SoFar, Undecided

if TYPE_CHECKING:
    from goodfit.findings.finding import Finding

NAME = "oscillation"

# AR(1) noise of rho 0.9 reaches 0.67 once in a hundred by itself, at its longest periods.
MIN_POWER_SHARE = 0.65
MAX_P_VALUE = 1e-6
# Amplitude over the gain: smaller swings change no decision.
MIN_GAIN_SHARE = 0.02

_ADVICE = ("lower_learning_rate", "raise_batch_size", "check_bad_rows", "lower_momentum")


def find(case: Case, so_far: SoFar) -> Finding | Undecided | None:
    """Fires when one frequency carries 65 % of the variance around the trend of the newer half of train."""
    swing = find_train_swing(case, so_far, min_power_share=MIN_POWER_SHARE)
    if swing is None or case.train is None or so_far.has("sawtooth"):
        return None
    return case.finding(
        NAME,
        "info",
        strength=swing.power_share / MIN_POWER_SHARE,
        evidence=swing_evidence(case, swing),
        advice=_ADVICE,
    )


def find_train_swing(case: Case, so_far: SoFar, *, min_power_share: float) -> Swing | None:
    """The train half's swing where it is strong and significant."""
    half = case.train
    if half is None or case.direction is None or half.losses.size < 2 * MIN_POINTS:
        return None
    if so_far.has("diverged", "nonfinite"):
        return None
    swing = find_swing(half.losses)
    if not isinstance(swing, Swing):
        return None
    strong = swing.power_share > min_power_share and swing.p_value < MAX_P_VALUE
    return swing if strong and swing.amplitude > MIN_GAIN_SHARE * half.gain else None


def swing_evidence(case: Case, swing: Swing) -> dict[str, object]:
    """Numbers of a swing of the train half, in steps and in the metric's units."""
    half = case.train
    assert half is not None
    n = swing.n_points
    steps_per_point = (half.step_at(half.losses.size - 1) - half.step_at(half.losses.size - n)) / max(1, n - 1)
    return {
        "period_step": max(1, round(swing.period_points * steps_per_point)),
        "amplitude": swing.amplitude * half.unit,
        "power_share": swing.power_share,
        "p_value": swing.p_value,
    }
