"""`/data/plugin/scalars/…`: every point as `[wall time, step, value]`, as JSON or CSV, of one run or of many."""

from __future__ import annotations

import csv
import io

from starlette.responses import Response

from goodfit.query.board.book import SCALAR, BoardSeries
from goodfit.server.errors import ApiError
from goodfit.server.tensorboard_api.ask import Ask, Handler, answer, describe_tags, numbers

MAX_RUNS = 10_000


def list_tags(ask: Ask) -> Response:
    return answer(describe_tags(ask.board, "scalars"))


def read_rows(ask: Ask, series: BoardSeries) -> list[list[object]]:
    """All points of a series; at most `num_points` where asked."""
    scalars = ask.board.read_scalars(series, ask.max_points(0))
    columns = (numbers(scalars.wall_times.tolist()), scalars.steps.tolist(), numbers(scalars.values.tolist()))
    return [list(row) for row in zip(*columns, strict=True)]


def read_one(ask: Ask) -> Response:
    rows = read_rows(ask, ask.series("scalars"))
    shape = ask.text("format", "json")
    if shape == "csv":
        return Response(_as_csv(rows), media_type="text/csv")
    if shape != "json":
        raise ApiError("bad_request", f"'format' must be json or csv, got {shape[:40]!r}.")
    return answer(rows)


def _as_csv(rows: list[list[object]]) -> str:
    names = {"NaN": "nan", "Infinity": "inf", "-Infinity": "-inf"}
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(["Wall time", "Step", "Value"])
    writer.writerows([[names.get(cell, cell) if isinstance(cell, str) else cell for cell in row] for row in rows])
    return out.getvalue()


def read_many(ask: Ask) -> Response:
    """One tag of several runs; runs without it are left out."""
    tag, runs = ask.text("tag"), ask.texts("runs")
    if len(runs) > MAX_RUNS:
        raise ApiError("bad_request", f"'runs' names {len(runs)} runs; wanted at most {MAX_RUNS}.")
    found = ask.board.list_series("scalars", SCALAR, runs=set(runs), tags={tag})
    rows = {series.run: read_rows(ask, series) for series in found}
    return answer({run: rows[run] for run in runs if run in rows})


PATHS: dict[str, Handler] = {
    "data/plugin/scalars/tags": list_tags,
    "data/plugin/scalars/scalars": read_one,
    "data/plugin/scalars/scalars_multirun": read_many,
}
