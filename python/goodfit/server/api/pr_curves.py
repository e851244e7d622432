"""GET api/pr_curves: the recorded precision-recall curves of one series.

    tensor of shape (6, n thresholds), its rows: true positives, false positives, true negatives, false negatives,
    precision, recall

Source: tensorboard/plugins/pr_curve/metadata.py. A threshold at which nothing is predicted positive has precision 0
there by convention, which is no measurement; such points are left out of the area.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.requests import Request
from starlette.responses import Response

from goodfit.errors import UnknownSeries
from goodfit.server import wire
from goodfit.server.context import Context
from goodfit.server.distribution import choose_evenly
from goodfit.server.endpoint import Endpoint, json_answer
from goodfit.server.errors import ApiError
from goodfit.server.schema import PrCurvesQuery, PrCurveStep, PrCurvesView
from goodfit.types import SeriesKey

if TYPE_CHECKING:
    from goodfit.types import Float64Array

N_ROWS = 6
MAX_THRESHOLDS = 2_001


def measure_area(precision: Float64Array, recall: Float64Array, n_predicted: Float64Array) -> float:
    """Average precision: each step of recall times the precision at its far end; NaN when no point counts.

    Args:
        precision: shape (n,), by ascending threshold.
        recall: shape (n,), falling.
        n_predicted: shape (n,), values predicted positive; where it is 0 the precision says nothing.
    """
    import numpy as np

    counts = np.isfinite(precision) & np.isfinite(recall) & (n_predicted > 0)
    if not counts.any():
        return float("nan")
    # By rising recall, from a recall of 0.
    kept_precision, kept_recall = precision[counts][::-1], recall[counts][::-1]
    return float(np.sum(np.diff(kept_recall, prepend=0.0) * kept_precision))


def view_step(table: Float64Array, *, step: int, wall_time: float) -> PrCurveStep:
    rows = [[wire.number(value) for value in row] for row in table.tolist()]
    return PrCurveStep(
        step=step,
        wall_time=wall_time,
        true_positives=rows[0],
        false_positives=rows[1],
        true_negatives=rows[2],
        false_negatives=rows[3],
        precision=rows[4],
        recall=rows[5],
        area=wire.number(measure_area(table[4], table[5], table[0] + table[1])),
    )


def read_pr_curves(context: Context, ask: PrCurvesQuery, _: Request) -> Response:
    blobs = context.store.read_blobs(SeriesKey(ask.run, ask.tag))
    if blobs.kind != "pr_curve":
        raise UnknownSeries(f"Tag {ask.tag!r} of run {ask.run!r} holds {blobs.kind}, no precision-recall curve.")
    n_recorded = len(blobs.steps)
    steps = []
    for index in choose_evenly(n_recorded, ask.max_steps).tolist():
        table = blobs.read_numbers(index)
        if table.ndim != 2 or table.shape[0] != N_ROWS or table.shape[1] > MAX_THRESHOLDS:
            raise ApiError(
                "damaged",
                f"A value of tag {ask.tag!r} has the shape {table.shape}, not {N_ROWS} rows of thresholds.",
                hint="goodfit inspect shows the health of its file",
            )
        steps.append(view_step(table, step=int(blobs.steps[index]), wall_time=float(blobs.wall_times[index])))
    return json_answer(PrCurvesView(run=ask.run, tag=ask.tag, n_recorded=n_recorded, steps=steps))


ENDPOINTS = (
    Endpoint(
        "GET",
        "api/pr_curves",
        "The recorded precision-recall curves of one series.",
        read_pr_curves,
        "heavy",
        ask=PrCurvesQuery,
        answer=PrCurvesView,
    ),
)
