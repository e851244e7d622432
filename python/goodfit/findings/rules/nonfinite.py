"""Values that are NaN or infinite: the first step of them, the last good step, and whether the curve came back."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from goodfit.findings.case import Case, SoFar, Undecided

if TYPE_CHECKING:
    from goodfit.findings.finding import Finding
    from goodfit.findings.half import Half

NAME = "nonfinite"

_ADVICE = ("lower_learning_rate", "clip_gradients", "check_log_and_division", "check_input_values", "full_precision")


def find(case: Case, so_far: SoFar) -> Finding | Undecided | None:
    """Fires on any value that is not finite; an error when the newest value is one of them."""
    halves = [
        (name, half)
        for name, half in (("train", case.train), ("validation", case.validation))
        if half is not None and half.n_nonfinite
    ]
    if not halves:
        return None
    starts = {name: _first_bad(half) for name, half in halves}
    name, half = min(halves, key=lambda item: (int(item[1].steps[starts[item[0]]]), item[0] != "train"))
    first = starts[name]
    ends_bad = any(not math.isfinite(float(half.values[-1])) for _, half in halves)
    came_to_stay = "never_finite" if not half.losses.size else ("" if first else "from_first")
    value = float(half.values[first])
    good = np.flatnonzero(np.isfinite(half.values[:first]))
    step = int(half.steps[first])
    evidence = {
        "half": name if len(halves) == 1 else "both",
        "value": "NaN" if math.isnan(value) else ("Infinity" if value > 0 else "-Infinity"),
        "n_nonfinite": sum(half.n_nonfinite for _, half in halves),
        "last_good_step": int(half.steps[good[-1]]) if good.size else None,
    }
    return case.finding(
        NAME,
        "error" if ends_bad else "warning",
        onset_step=step,
        onset_interval=(int(half.steps[good[-1]]) if good.size else step, step),
        evidence=evidence,
        advice=_ADVICE,
        variant=came_to_stay if ends_bad else "recovered",
    )


def _first_bad(half: Half) -> int:
    return int(np.argmin(np.isfinite(half.values)))
