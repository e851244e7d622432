"""Precision over recall: `api/pr_curves`."""

from __future__ import annotations

from msgspec import Struct

from goodfit.server.schema.base import MaxSteps


class PrCurvesQuery(Struct):
    """GET api/pr_curves"""

    run: str
    tag: str
    max_steps: MaxSteps = 50


class PrCurveStep(Struct):
    """One recorded curve; all lists have one value for each threshold, thresholds even from 0 to 1."""

    step: int
    wall_time: float
    precision: list[float | str]
    recall: list[float | str]
    true_positives: list[float | str]
    false_positives: list[float | str]
    true_negatives: list[float | str]
    false_negatives: list[float | str]
    area: float | str
    """Below the curve, by steps of recall (average precision); NaN where no value is finite."""


class PrCurvesView(Struct):
    """GET api/pr_curves"""

    run: str
    tag: str
    n_recorded: int
    steps: list[PrCurveStep]
