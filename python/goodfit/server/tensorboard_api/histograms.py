"""`/data/plugin/histograms/…`: each recorded histogram as `[wall time, step, [[left, right, count], …]]`."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from starlette.responses import Response

from goodfit.query.board.book import BoardSeries
from goodfit.query.board.tensor import decode_tensor
from goodfit.server.tensorboard_api.ask import MAX_TENSORS, Ask, Handler, answer, describe_tags, numbers
from goodfit.server.wire import number
from goodfit.wire import Undecodable

if TYPE_CHECKING:
    from goodfit.types import Float64Array


@dataclass(frozen=True, slots=True)
class Step:
    """One recorded histogram."""

    step: int
    wall_time: float
    rows: Float64Array
    """Left, right and count of each bucket; shape [n_buckets, 3]."""


def read_steps(ask: Ask, series: BoardSeries) -> Iterator[Step]:
    """The recorded histograms, evenly chosen when there are more than were asked for."""
    tensors = ask.board.read_tensors(series, ask.max_points(MAX_TENSORS))
    columns = (tensors.steps.tolist(), tensors.wall_times.tolist(), tensors.values)
    for step, wall_time, value in zip(*columns, strict=True):
        try:
            rows = decode_tensor(value)
        except Undecodable:
            continue
        if rows.ndim == 2 and rows.shape[1] == 3 and rows.dtype != object:
            yield Step(step, wall_time, rows.astype("f8"))


def list_tags(ask: Ask) -> Response:
    return answer(describe_tags(ask.board, "histograms"))


def read_one(ask: Ask) -> Response:
    return answer(
        [
            [number(step.wall_time), step.step, [numbers(row) for row in step.rows.tolist()]]
            for step in read_steps(ask, ask.series("histograms"))
        ]
    )


PATHS: dict[str, Handler] = {
    "data/plugin/histograms/tags": list_tags,
    "data/plugin/histograms/histograms": read_one,
}
