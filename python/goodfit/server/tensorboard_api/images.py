"""`/data/plugin/images/…`: recorded pictures, listed by step, and one by one."""

from __future__ import annotations

from urllib.parse import urlencode

from starlette.responses import Response

from goodfit.query.board.book import BLOB_SEQUENCE, BoardSeries
from goodfit.server.errors import ApiError
from goodfit.server.tensorboard_api.ask import MAX_TENSORS, Ask, Handler, answer, as_html, tags_by_run
from goodfit.server.untrusted import untrusted_answer
from goodfit.server.wire import number

N_SIZES = 2
"""A sequence of pictures begins with their width and their height, as text."""


def describe_samples(ask: Ask, plugin: str, n_ahead: int) -> dict[str, dict[str, dict[str, object]]]:
    """`{run: {tag: {displayName, description, samples}}}`."""
    return {
        run: {
            series.tag: {
                "displayName": series.display_name,
                "description": as_html(series.info.description),
                "samples": max(ask.board.read_width(series) - n_ahead, 0),
            }
            for series in group
            if series.data_class == BLOB_SEQUENCE
        }
        for run, group in tags_by_run(ask.board, plugin).items()
    }


def read_keys(ask: Ask, series: BoardSeries, *, sample: int) -> list[tuple[float, int, str]]:
    """Wall time, step and key of one sample of each recorded point that has so many."""
    blobs = ask.board.read_blob_sequences(series, ask.max_points(MAX_TENSORS))
    columns = (blobs.wall_times.tolist(), blobs.steps.tolist(), blobs.keys)
    return [
        (wall_time, step, keys[sample]) for wall_time, step, keys in zip(*columns, strict=True) if sample < len(keys)
    ]


def blob_answer(ask: Ask, key: str) -> Response:
    """One blob as its bytes."""
    return untrusted_answer(ask.board.read_blob(key))


def list_tags(ask: Ask) -> Response:
    return answer(describe_samples(ask, "images", N_SIZES))


def read_one(ask: Ask) -> Response:
    series = ask.series("images")
    if series.data_class != BLOB_SEQUENCE:
        raise ApiError("not_found", f"Tag {series.tag!r} holds no pictures.")
    return answer(
        [
            {"wall_time": number(wall_time), "step": step, "query": urlencode({"blob_key": key})}
            for wall_time, step, key in read_keys(ask, series, sample=ask.integer("sample") + N_SIZES)
        ]
    )


def read_picture(ask: Ask) -> Response:
    return blob_answer(ask, ask.text("blob_key"))


PATHS: dict[str, Handler] = {
    "data/plugin/images/tags": list_tags,
    "data/plugin/images/images": read_one,
    "data/plugin/images/individualImage": read_picture,
}
