"""`/data/plugin/pr_curves/…`: recorded precision-recall curves, without the thresholds that predict nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from starlette.responses import Response

from goodfit import wire as proto
from goodfit.query.board.tensor import decode_tensor
from goodfit.server.tensorboard_api.ask import MAX_TENSORS, Ask, Handler, answer, describe_tags, numbers
from goodfit.server.wire import number
from goodfit.wire import Undecodable

if TYPE_CHECKING:
    from goodfit.types import Float64Array

ROWS = ("true_positives", "false_positives", "true_negatives", "false_negatives", "precision", "recall")


def list_tags(ask: Ask) -> Response:
    return answer(describe_tags(ask.board, "pr_curves"))


def describe_curve(rows: Float64Array, n_thresholds: int) -> dict[str, Any]:
    """One curve; `rows` of shape [6, n_thresholds] in the order of `ROWS`."""
    import numpy as np

    predicted = rows[0] + rows[1]
    held = np.flatnonzero(predicted > 0)
    n_kept = int(held[-1]) + 1 if len(held) else 0
    thresholds = np.arange(n_thresholds) / max(n_thresholds - 1, 1)
    columns: dict[str, Any] = {
        name: numbers(row[:n_kept].astype("f8").tolist()) for name, row in zip(ROWS, rows, strict=True)
    }
    for name in ROWS[:4]:
        columns[name] = [int(cell) if isinstance(cell, float) else cell for cell in columns[name]]
    return columns | {"thresholds": thresholds[:n_kept].tolist()}


def read_runs(ask: Ask) -> Response:
    """One tag of each run that was asked for."""
    found = {}
    for run in ask.texts("run") or [ask.text("run")]:
        series = ask.board.find("pr_curves", run, ask.text("tag"))
        try:
            n_thresholds = proto.read_integer(series.content, 2)
        except Undecodable:
            n_thresholds = 0
        tensors = ask.board.read_tensors(series, ask.max_points(MAX_TENSORS))
        points = []
        columns = (tensors.wall_times.tolist(), tensors.steps.tolist(), tensors.values)
        for wall_time, step, value in zip(*columns, strict=True):
            try:
                rows = decode_tensor(value)
            except Undecodable:
                continue
            if rows.ndim == 2 and len(rows) == len(ROWS) and rows.dtype != object:
                curve = describe_curve(rows, n_thresholds or rows.shape[1])
                points.append({"wall_time": number(wall_time), "step": step, **curve})
        found[run] = points
    return answer(found)


PATHS: dict[str, Handler] = {
    "data/plugin/pr_curves/tags": list_tags,
    "data/plugin/pr_curves/pr_curves": read_runs,
}
