"""A sudden single rise of the loss: it recovers, lingers, or leads to divergence."""

from __future__ import annotations

from typing import TYPE_CHECKING

from goodfit.curves.refusal import Refusal
from goodfit.curves.spike import find_spikes
from goodfit.findings.case import Case, SoFar, Undecided

if TYPE_CHECKING:
    from goodfit.findings.finding import Finding

NAME = "spike"

_ADVICE = ("check_batches_at_onset", "clip_gradients", "warm_up", "lower_beta2", "lower_learning_rate")


def find(case: Case, so_far: SoFar) -> Finding | Undecided | None:
    """Fires on the highest spike of train, or of validation where train is not logged.

    After a divergence or NaN it is silent: those begin with a spike and say more.
    """
    if case.direction is None or so_far.has("diverged"):
        return None
    nonfinite = so_far.get("nonfinite")
    if nonfinite is not None and nonfinite.severity == "error":
        return None
    half = case.train if case.train is not None else case.main
    spike = find_spikes(half.losses, blocks=half.blocks)
    if isinstance(spike, Refusal):
        return case.undecided(NAME, "too_short", n_points=spike.n_points, n_needed=spike.n_needed)
    if spike is None:
        return None
    step = half.step_at(spike.idx)
    recovered = None if spike.recovered_idx is None else half.step_at(spike.recovered_idx)
    return case.finding(
        NAME,
        "warning" if spike.after == "lingers" else "info",
        onset_step=step,
        onset_interval=(step, step),
        strength=spike.sigmas / spike.threshold_sigmas,
        evidence={
            "half": "train" if half is case.train else "validation",
            "value": half.value_at(spike.idx),
            "level_value": half.value_of(float(half.losses[spike.idx]) - spike.height),
            "height_sigmas": spike.sigmas,
            "n_spikes": spike.n_spikes,
            "recovered_step": recovered,
        },
        advice=_ADVICE,
        variant=spike.after,
    )
