"""Validation had turned and risen, and has fallen again below where it turned: a second descent."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from goodfit.curves.changepoints import Turn
from goodfit.findings.case import Case, SoFar, Undecided

if TYPE_CHECKING:
    from goodfit.findings.finding import Finding

NAME = "late_recovery"

MIN_BLOCKS = 20
MIN_SIGMAS = 8.0
MIN_GAIN_SHARE = 0.1
MIN_SHARE_BETWEEN = 0.1  # of the run: shorter rises are spikes

_ADVICE = ("train_longer", "do_not_stop_at_first_rise", "use_best_checkpoint")


def find(case: Case, so_far: SoFar) -> Finding | Undecided | None:
    """Fires when the largest rise of the smoothed validation was overfitting-sized and was undone afterwards."""
    if case.validation is None or case.direction is None:
        return None
    if so_far.has("diverged", "nonfinite", "overfit"):
        return None
    half = case.validation
    smooth = half.smooth
    turn = case.turn
    if smooth.size < MIN_BLOCKS or not isinstance(turn, Turn):
        return None
    lowest = np.minimum.accumulate(smooth)
    rises = smooth - lowest
    top = int(np.argmax(rises))
    rise = float(rises[top])
    valley = int(np.argmin(smooth[: top + 1]))
    start_gain = float(smooth[0]) - float(smooth[valley])
    back = np.flatnonzero(smooth[top:] < float(lowest[top]))
    if not back.size:
        return None
    end = top + int(back[0])
    enough = rise > MIN_SIGMAS * turn.sigma and rise > MIN_GAIN_SHARE * max(start_gain, rise * 0.1)
    if not enough or end - valley < MIN_SHARE_BETWEEN * smooth.size or valley < 2:
        return None
    steps = half.block_steps
    return case.finding(
        NAME,
        "info",
        onset_step=int(steps[end]),
        onset_interval=(int(steps[top]), int(steps[end])),
        evidence={
            "first_best_step": int(steps[valley]),
            "first_best_value": half.value_of(float(smooth[valley])),
            "peak_value": half.value_of(float(smooth[top])),
            "last_value": half.value_of(half.tail_level),
            "best_step": half.step_at(int(np.argmin(half.losses))),
            "rise_sigmas": min(rise / turn.sigma, 1e6) if turn.sigma > 0 else 1e6,
        },
        advice=_ADVICE,
    )
