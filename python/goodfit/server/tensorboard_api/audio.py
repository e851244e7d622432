"""`/data/plugin/audio/…`: recorded sounds, listed by step, and one by one."""

from __future__ import annotations

from urllib.parse import urlencode

from starlette.responses import Response

from goodfit import wire as proto
from goodfit.query.board.book import BLOB_SEQUENCE
from goodfit.server.errors import ApiError
from goodfit.server.tensorboard_api.ask import Ask, Handler, answer
from goodfit.server.tensorboard_api.images import blob_answer, describe_samples, read_keys
from goodfit.server.wire import number
from goodfit.wire import Undecodable

WAV = 11
"""`AudioPluginData.encoding`."""


def list_tags(ask: Ask) -> Response:
    return answer(describe_samples(ask, "audio", 0))


def content_type(content: bytes) -> str:
    """The media type by what the plugin's data says of the encoding."""
    try:
        is_wav = proto.read_integer(content, 2) == WAV
    except Undecodable:
        is_wav = False
    return "audio/wav" if is_wav else "application/octet-stream"


def read_one(ask: Ask) -> Response:
    series = ask.series("audio")
    if series.data_class != BLOB_SEQUENCE:
        raise ApiError("not_found", f"Tag {series.tag!r} holds no sounds.")
    media_type = content_type(series.content)
    return answer(
        [
            {
                "wall_time": number(wall_time),
                "label": "",
                "step": step,
                "contentType": media_type,
                "query": urlencode({"blob_key": key, "content_type": media_type}),
            }
            for wall_time, step, key in read_keys(ask, series, sample=ask.integer("sample"))
        ]
    )


def read_sound(ask: Ask) -> Response:
    return blob_answer(ask, ask.text("blob_key"))


PATHS: dict[str, Handler] = {
    "data/plugin/audio/tags": list_tags,
    "data/plugin/audio/audio": read_one,
    "data/plugin/audio/individualAudio": read_sound,
}
