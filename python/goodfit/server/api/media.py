"""GET api/media and api/blob: images, sounds and texts of one series, listed and one by one."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from goodfit.server.context import Context
from goodfit.server.distribution import choose_evenly
from goodfit.server.endpoint import Endpoint, json_answer
from goodfit.server.errors import ApiError
from goodfit.server.schema import BlobQuery, MediaQuery, MediaStep, MediaView
from goodfit.server.untrusted import untrusted_answer
from goodfit.types import SeriesKey

MAX_TEXT_CHARS = 100_000
"""Of one text in a listing; api/blob has the whole."""


def read_media(context: Context, ask: MediaQuery, _: Request) -> Response:
    blobs = context.store.read_blobs(SeriesKey(ask.run, ask.tag))
    n_recorded = len(blobs.steps)
    steps = []
    for index in choose_evenly(n_recorded, ask.max_steps).tolist():
        parts = blobs.read(index)
        texts = [part.decode("utf-8", "replace")[:MAX_TEXT_CHARS] for part in parts] if blobs.kind == "text" else []
        steps.append(
            MediaStep(
                index=index,
                step=int(blobs.steps[index]),
                wall_time=float(blobs.wall_times[index]),
                n_parts=len(parts),
                texts=texts,
            )
        )
    return json_answer(MediaView(run=ask.run, tag=ask.tag, kind=blobs.kind, n_recorded=n_recorded, steps=steps))


def read_blob(context: Context, ask: BlobQuery, _: Request) -> Response:
    blobs = context.store.read_blobs(SeriesKey(ask.run, ask.tag))
    if ask.index >= len(blobs.steps):
        raise ApiError("not_found", f"Series {ask.tag!r} has {len(blobs.steps)} recorded steps, not {ask.index + 1}.")
    parts = blobs.read(ask.index)
    if ask.part >= len(parts):
        raise ApiError("not_found", f"This step of {ask.tag!r} has {len(parts)} parts, not {ask.part + 1}.")
    return untrusted_answer(parts[ask.part])


ENDPOINTS = (
    Endpoint(
        "GET",
        "api/media",
        "The recorded steps of images, sounds or texts.",
        read_media,
        "heavy",
        ask=MediaQuery,
        answer=MediaView,
    ),
    Endpoint(
        "GET",
        "api/blob",
        "One picture, sound or text as its bytes.",
        read_blob,
        "heavy",
        ask=BlobQuery,
        media_type="application/octet-stream",
    ),
)
