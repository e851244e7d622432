"""The loss falls while a metric that should rise stays at its floor: threshold, class imbalance, or a broken metric."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from goodfit.findings.scope import is_judged

if TYPE_CHECKING:
    from collections.abc import Sequence

    from goodfit.findings.case import Case, SoFar
    from goodfit.findings.finding import Finding

NAME = "metric_conflict"

MIN_POINTS = 5
MIN_LOSS_GAIN_SHARE = 0.1  # of its first level
_COUNTS = ("recall", "precision", "f1", "iou", "dice", "map", "sensitivity", "true_positive", "mcc", "kappa")

_ADVICE = ("lower_threshold", "weigh_classes", "check_metric_code", "look_at_predictions")


def find_across(cases: Sequence[Case], found: Sequence[SoFar]) -> list[tuple[int, Finding]]:
    """Fires when a loss fell by a tenth and a detection metric is zero over its whole newer half.

    Returns:
        Place of the metric's case and the finding.
    """
    falling = next(
        (
            case
            for case, so_far in zip(cases, found, strict=True)
            if case.direction == "min"
            and is_judged(case.metric)
            and not so_far.has("diverged", "nonfinite", "underfit")
            and _has_fallen(case)
        ),
        None,
    )
    if falling is None:
        return []
    answers = []
    for place, case in enumerate(cases):
        if (
            case.direction != "max"
            or not is_judged(case.metric)
            or not any(word in case.metric.casefold() for word in _COUNTS)
        ):
            continue
        half = case.main
        newer = half.values[half.values.size // 2 :]
        if half.values.size < MIN_POINTS or not bool((newer == 0).all()):
            continue
        finding = case.finding(
            NAME,
            "warning",
            evidence={
                "loss_metric": falling.metric,
                "loss_first_value": falling.main.value_of(float(falling.main.losses[0])),
                "loss_last_value": falling.main.value_of(falling.main.tail_level),
                "zero_since_step": int(half.steps[_zero_since(half.values)]),
            },
            advice=_ADVICE,
        )
        answers.append((place, finding))
    return answers


def _has_fallen(case: Case) -> bool:
    half = case.main
    if half.losses.size < MIN_POINTS:
        return False
    first = float(half.losses[0])
    return first > 0 and first - half.tail_level > MIN_LOSS_GAIN_SHARE * first


def _zero_since(values: np.ndarray[tuple[int], np.dtype[np.float64]]) -> int:
    other = np.flatnonzero(values != 0)
    return int(other[-1]) + 1 if other.size else 0
