"""GET api/media and api/blob: images, sounds and texts of one series, listed and one by one.

The bytes were written by someone's training and are not trusted: only pictures and sounds that are recognised by their
first bytes are named as such; all else (SVG and HTML among it) is a download that a browser will not run.
"""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from goodfit.server.context import Context
from goodfit.server.distribution import choose_evenly
from goodfit.server.endpoint import Endpoint, json_answer
from goodfit.server.errors import ApiError
from goodfit.server.schema import BlobQuery, MediaQuery, MediaStep, MediaView
from goodfit.types import SeriesKey

_SIGNATURES = (
    (b"\x89PNG\r\n\x1a\n", 0, "image/png"),
    (b"\xff\xd8\xff", 0, "image/jpeg"),
    (b"GIF8", 0, "image/gif"),
    (b"BM", 0, "image/bmp"),
    (b"WEBP", 8, "image/webp"),
    (b"WAVE", 8, "audio/wav"),
    (b"OggS", 0, "audio/ogg"),
    (b"fLaC", 0, "audio/flac"),
    (b"ID3", 0, "audio/mpeg"),
)
MAX_TEXT_CHARS = 100_000
"""Of one text in a listing; api/blob has the whole."""


def recognise(data: bytes) -> str:
    """The media type by the first bytes; application/octet-stream when it is none that we show.

    >>> recognise(b"GIF89a"), recognise(b"<svg onload=...>")
    ('image/gif', 'application/octet-stream')
    """
    for signature, offset, media_type in _SIGNATURES:
        if data[offset : offset + len(signature)] == signature:
            return media_type
    return "application/octet-stream"


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
    data = parts[ask.part]
    media_type = recognise(data)
    headers = {"content-security-policy": "default-src 'none'; sandbox"}
    if media_type == "application/octet-stream":
        headers["content-disposition"] = 'attachment; filename="value.bin"'
    return Response(data, media_type=media_type, headers=headers)


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
