"""The noise of validation is a large part of all that was gained: single values of it decide nothing."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from goodfit.findings.case import Case, SoFar, Undecided

if TYPE_CHECKING:
    from goodfit.findings.finding import Finding

NAME = "noisy_validation"

MIN_POINTS = 10
# Noise over gain: at 0.1 two neighbouring validations differ by a seventh of everything learnt.
MIN_SHARE = 0.1

_ADVICE = ("larger_validation_set", "compare_smoothed", "lower_learning_rate", "check_batch_norm")


def find(case: Case, so_far: SoFar) -> Finding | Undecided | None:
    """Fires when the noise from point to point exceeds a tenth of the gain."""
    if case.validation is None or case.direction is None or so_far.has("diverged", "nonfinite", "underfit"):
        return None
    half = case.validation
    if half.losses.size < MIN_POINTS:
        return case.undecided(NAME, "too_short", n_points=int(half.losses.size), n_needed=MIN_POINTS)
    if half.gain <= 0:
        return None
    share = half.sigma / half.gain
    if share < MIN_SHARE:
        return None
    evidence: dict[str, object] = {
        "noise": half.sigma * half.unit,
        "gain": half.gain * half.unit,
        "noise_share": min(share, 10.0),
    }
    rows = _rows_behind(case.metric, half.value_of(half.tail_level), half.sigma * half.unit)
    if rows is not None:
        evidence["about_n_rows"] = rows
    return case.finding(
        NAME,
        "info",
        strength=share / MIN_SHARE,
        evidence=evidence,
        advice=_ADVICE,
        variant="" if rows is None else "rows",
    )


def _rows_behind(metric: str, level: float, sigma: float) -> int | None:
    """Rows of a validation set whose sampling alone makes an accuracy this noisy: p (1 - p) / σ²."""
    if "acc" not in metric.casefold() or not 0 < level < 1 or sigma <= 0:
        return None
    rows = level * (1 - level) / (sigma * sigma)
    return int(round(rows, -max(0, int(math.log10(rows)) - 1))) if 1 <= rows < 1e6 else None
