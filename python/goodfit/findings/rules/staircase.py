"""The train loss drops at each epoch boundary and hardly between: rows are being learnt by heart."""

from __future__ import annotations

import math
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from goodfit.curves.median import median
from goodfit.curves.noise import noise_scale
from goodfit.findings.case import Case, SoFar, Undecided

if TYPE_CHECKING:
    from goodfit.findings.finding import Finding

NAME = "staircase"

MIN_POINTS_PER_EPOCH = 8
MIN_EPOCHS = 3
# Of everything that train fell after its first epoch.
MIN_DROP_SHARE = 0.6
MIN_SIGMAS = 4.0

_ADVICE = ("fewer_epochs", "more_data", "lower_learning_rate", "more_regularisation")


def find(case: Case, so_far: SoFar) -> Finding | Undecided | None:
    """Fires when train falls by more than its noise at every epoch boundary, and by little within epochs.

    An epoch ends where validation was measured; train must be logged at least eight times in each.
    """
    train, validation = case.train, case.validation
    if train is None or validation is None or case.direction is None or so_far.has("diverged", "nonfinite"):
        return None
    ends = validation.loss_steps
    if ends.size < MIN_EPOCHS or train.losses.size < MIN_POINTS_PER_EPOCH * ends.size:
        return None
    edges = np.searchsorted(train.loss_steps, ends, side="right")
    edges = np.concatenate(([0], edges[edges < train.losses.size], [train.losses.size]))
    epochs = [train.losses[a:b] for a, b in pairwise(edges.tolist()) if b - a >= MIN_POINTS_PER_EPOCH]
    if len(epochs) < MIN_EPOCHS or len(epochs) < edges.size - 2:
        return None
    begins = [median(epoch[: max(2, epoch.size // 4)]) for epoch in epochs]
    finals = [median(epoch[-max(2, epoch.size // 4) :]) for epoch in epochs]
    drops = [before - after for before, after in zip(finals[:-1], begins[1:], strict=True)]
    fall = finals[0] - finals[-1]
    error = noise_scale(train.losses[-4096:]) * math.sqrt(2 / max(2, epochs[0].size // 4))
    is_clear = all(drop > MIN_SIGMAS * error for drop in drops) and fall > 0
    if not is_clear or sum(drops) < MIN_DROP_SHARE * fall:
        return None
    first = int(train.loss_steps[edges[1]])
    return case.finding(
        NAME,
        "info",
        onset_step=first,
        onset_interval=(first, first),
        evidence={
            "n_drops": len(drops),
            "drop": float(np.mean(drops)) * train.unit,
            "drop_share": min(1.0, sum(drops) / fall),
            "epoch_step": int(np.median(np.diff(ends))),
        },
        advice=_ADVICE,
    )
