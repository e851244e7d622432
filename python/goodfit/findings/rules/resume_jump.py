"""The loss jumps where the run was resumed: optimiser, learning rate or data order were not restored."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from goodfit.curves.median import median
from goodfit.curves.noise import Noise, estimate_noise
from goodfit.findings.case import Case, SoFar, Undecided

if TYPE_CHECKING:
    from goodfit.findings.finding import Finding

NAME = "resume_jump"

MIN_POINTS = 5  # on each side
MIN_SIGMAS = 6.0
MIN_GAIN_SHARE = 0.1

_ADVICE = ("restore_optimizer", "restore_schedule", "restore_data_order", "warm_up_after_resume")


def find(case: Case, so_far: SoFar) -> Finding | Undecided | None:
    """Fires on the last restart after which train is higher than before, at the same steps, by more than noise."""
    half = case.train if case.train is not None else case.main
    restarts = half.restart_idxs
    if case.direction is None or not restarts.size or restarts.size > max(3, half.all_steps.size // 10):
        return None
    sign = 1.0 if case.direction == "min" else -1.0
    losses = half.all_values * (sign / half.unit)
    for start in restarts[::-1].tolist():
        step = int(half.all_steps[start])
        before = losses[:start]
        old = before[half.all_steps[:start] <= step]
        old = old[np.isfinite(old)][-max(MIN_POINTS, old.size // 20) :]
        stop = min(losses.size, start + max(MIN_POINTS, (losses.size - start) // 20))
        new = losses[start:stop]
        new = new[np.isfinite(new)]
        if old.size < MIN_POINTS or new.size < MIN_POINTS:
            continue
        noise = estimate_noise(old)
        sigma = noise.sigma if isinstance(noise, Noise) else 0.0
        jump = median(new[:MIN_POINTS]) - median(old)
        sigmas = min(jump / sigma, 1e6) if sigma > 0 else 1e6
        if jump > 0 and sigmas > MIN_SIGMAS and jump > MIN_GAIN_SHARE * half.gain:
            return case.finding(
                NAME,
                "warning",
                onset_step=step,
                onset_interval=(step, step),
                strength=sigmas / MIN_SIGMAS,
                evidence={
                    "half": "train" if half is case.train else "validation",
                    "before_value": half.value_of(median(old)),
                    "after_value": half.value_of(median(new[:MIN_POINTS])),
                    "jump_sigmas": sigmas,
                },
                advice=_ADVICE,
            )
    return None
