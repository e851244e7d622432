"""`/data/plugin/timeseries/…`: scalars, histograms and pictures of many runs in one question."""

from __future__ import annotations

from typing import Any

import msgspec
from starlette.responses import Response

from goodfit.query.board.book import BLOB_SEQUENCE, SCALAR, BoardSeries
from goodfit.server.errors import ApiError
from goodfit.server.tensorboard_api.ask import Ask, Handler, answer, as_html, numbers, tags_by_run
from goodfit.server.tensorboard_api.histograms import read_steps
from goodfit.server.tensorboard_api.images import N_SIZES, blob_answer, describe_samples, read_keys
from goodfit.server.wire import number

MAX_QUESTIONS = 1000


class Question(msgspec.Struct, forbid_unknown_fields=True, omit_defaults=True):
    """One series, or one tag of every run."""

    plugin: str
    tag: str
    run: str | None = None
    sample: int | None = None


def list_tags(ask: Ask) -> Response:
    samples = describe_samples(ask, "images", N_SIZES)
    sampled: dict[str, dict[str, Any]] = {}
    for run, tags in samples.items():
        for tag, info in tags.items():
            sampled.setdefault(tag, {})[run] = {"maxSamplesPerStep": info["samples"]}
    return answer(
        {
            "scalars": _describe(ask, "scalars"),
            "histograms": _describe(ask, "histograms"),
            "images": {"tagDescriptions": _descriptions(ask, "images"), "tagRunSampledInfo": sampled},
        }
    )


def _describe(ask: Ask, plugin: str) -> dict[str, Any]:
    by_run = tags_by_run(ask.board, plugin)
    return {
        "runTagInfo": {run: [series.tag for series in group] for run, group in by_run.items()},
        "tagDescriptions": _descriptions(ask, plugin),
    }


def _descriptions(ask: Ask, plugin: str) -> dict[str, str]:
    """The description of each tag that has one; several are told apart by their runs."""
    texts: dict[str, dict[str, list[str]]] = {}
    for series in ask.board.list_series(plugin):
        if series.info.description:
            texts.setdefault(series.tag, {}).setdefault(series.info.description, []).append(series.run)
    found = {}
    for tag, runs in texts.items():
        parts = [as_html(text) if len(runs) == 1 else f"<h3>{as_html(', '.join(names))}</h3>{as_html(text)}"
                 for text, names in runs.items()]  # fmt: skip
        found[tag] = "".join(parts)
    return found


def read_series(ask: Ask) -> Response:
    try:
        questions = msgspec.json.decode(ask.text("requests"), type=list[Question])
    except msgspec.ValidationError as error:
        raise ApiError("bad_request", f"'requests' does not fit: {error}.") from error
    if len(questions) > MAX_QUESTIONS:
        raise ApiError("bad_request", f"'requests' holds {len(questions)} questions; wanted at most {MAX_QUESTIONS}.")
    return answer([_answer_one(ask, question) for question in questions])


def _answer_one(ask: Ask, question: Question) -> dict[str, Any]:
    base = {key: value for key, value in msgspec.structs.asdict(question).items() if value is not None}
    readers = {"scalars": _scalars, "histograms": _histograms, "images": _images}
    read = readers.get(question.plugin)
    if read is None:
        return base | {"error": f"Invalid plugin: {question.plugin[:40]!r}"}
    if question.plugin == "images" and (question.sample is None or question.sample < 0):
        return base | {"error": "Sample is required"}
    if question.plugin != "scalars" and question.run is None:
        return base | {"error": "Run is required"}
    runs = None if question.run is None else {question.run}
    found = ask.board.list_series(question.plugin, runs=runs, tags={question.tag})
    series = {one.run: read(ask, one, question.sample or 0) for one in found}
    return base | {"runToSeries": {run: points for run, points in series.items() if points}}


def _scalars(ask: Ask, series: BoardSeries, _: int) -> list[dict[str, Any]]:
    if series.data_class != SCALAR:
        return []
    scalars = ask.board.read_scalars(series, ask.max_points(0))
    columns = (numbers(scalars.wall_times.tolist()), scalars.steps.tolist(), numbers(scalars.values.tolist()))
    return [{"wallTime": wall, "step": step, "value": value} for wall, step, value in zip(*columns, strict=True)]


def _histograms(ask: Ask, series: BoardSeries, _: int) -> list[dict[str, Any]]:
    return [
        {
            "wallTime": number(step.wall_time),
            "step": step.step,
            "bins": [
                {"min": left, "max": right, "count": count}
                for left, right, count in (numbers(row) for row in step.rows.tolist())
            ],
        }
        for step in read_steps(ask, series)
    ]


def _images(ask: Ask, series: BoardSeries, sample: int) -> list[dict[str, Any]]:
    if series.data_class != BLOB_SEQUENCE:
        return []
    return [
        {"wallTime": number(wall_time), "step": step, "imageId": key}
        for wall_time, step, key in read_keys(ask, series, sample=sample + N_SIZES)
    ]


def read_picture(ask: Ask) -> Response:
    return blob_answer(ask, ask.text("imageId"))


PATHS: dict[str, Handler] = {
    "data/plugin/timeseries/tags": list_tags,
    "data/plugin/timeseries/timeSeries": read_series,
    "data/plugin/timeseries/imageData": read_picture,
}
