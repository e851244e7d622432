"""`/data/plugin/mesh/…`: recorded meshes, part by part: vertices, faces and colours are series of their own.

MeshPluginData{2 name, 3 content_type (1 vertices, 2 faces, 3 colours), 5 json_config, 6 shape*, 7 components}.
Source: tensorboard/plugins/mesh/plugin_data.proto
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from starlette.responses import Response

from goodfit import wire as proto
from goodfit.query.board.book import BoardSeries
from goodfit.query.board.tensor import decode_tensor
from goodfit.server.errors import ApiError
from goodfit.server.tensorboard_api.ask import MAX_TENSORS, Ask, Handler, answer
from goodfit.server.wire import number, printable
from goodfit.wire import Undecodable

PARTS = {"VERTEX": (1, "<f4"), "FACE": (2, "<i4"), "COLOR": (3, "u1")}
"""By the name of a request: the content type of the series, and the numbers of the answer."""


@dataclass(frozen=True, slots=True)
class _Part:
    """One series of a mesh."""

    series: BoardSeries
    name: str
    content_type: int
    config: str
    shape: list[int]
    components: int


def _parse(series: BoardSeries) -> _Part:
    """Raises Undecodable."""
    shape: list[int] = []
    for number_, wire_type, value in proto.read_fields(series.content):
        if number_ != 6:
            continue
        at = 0
        while isinstance(value, bytes) and wire_type == proto.BYTES and at < len(value):
            size, at = proto.read_varint(value, at)
            shape.append(proto.signed(size))
        if isinstance(value, int):
            shape.append(proto.signed(value))
    content_type, components = (proto.read_integer(series.content, field) for field in (3, 7))
    name, config = proto.read_text(series.content, 2), proto.read_text(series.content, 5)
    return _Part(series, printable(name), content_type, printable(config), shape, components)


def _parts(ask: Ask, *, run: str | None = None) -> Iterator[_Part]:
    for series in ask.board.list_series("mesh", runs=None if run is None else {run}):
        try:
            yield _parse(series)
        except Undecodable:
            continue  # a series of another version is none of ours


def list_tags(ask: Ask) -> Response:
    """`{run: {mesh: {samples}}}`."""
    found: dict[str, dict[str, dict[str, int]]] = {}
    for part in _parts(ask):
        found.setdefault(part.series.run, {})[part.name] = {"samples": part.shape[0] if part.shape else 1}
    return answer(found)


def _wanted(ask: Ask) -> list[_Part]:
    run, tag = ask.text("run"), ask.text("tag")
    found = [part for part in _parts(ask, run=run) if part.name == tag]
    if not found:
        raise ApiError("not_found", f"Run {run!r} has no mesh {tag!r}.", hint="data/plugin/mesh/tags")
    return found


def list_meshes(ask: Ask) -> Response:
    """Each recorded part of a mesh, by step."""
    rows = []
    for part in _wanted(ask):
        tensors = ask.board.read_tensors(part.series, ask.max_points(MAX_TENSORS))
        rows += [
            {
                "wall_time": number(wall_time),
                "step": step,
                "content_type": part.content_type,
                "components": part.components,
                "config": part.config,
                "data_shape": part.shape,
            }
            for wall_time, step in zip(tensors.wall_times.tolist(), tensors.steps.tolist(), strict=True)
        ]
    return answer(sorted(rows, key=lambda row: row["step"]))


def read_data(ask: Ask) -> Response:
    """The numbers of one part at one step, one after the other."""
    import numpy as np

    word = ask.text("content_type")
    if word not in PARTS:
        raise ApiError("bad_request", f"'content_type' must be one of {', '.join(PARTS)}, got {word[:40]!r}.")
    content_type, dtype = PARTS[word]
    try:
        step = float(ask.text("step", "0"))
    except ValueError:
        raise ApiError("bad_request", "'step' must be a number.") from None
    sample = ask.integer("sample")
    body = b""
    for part in _wanted(ask):
        if part.content_type != content_type:
            continue
        tensors = ask.board.read_tensors(part.series)
        for index in np.flatnonzero(tensors.steps == step).tolist():
            try:
                table = decode_tensor(tensors.values[index])
            except Undecodable:
                continue
            if table.dtype == object or not table.ndim or sample >= len(table):
                raise ApiError("not_found", f"Mesh {part.name!r} has no sample {sample} at step {step:g}.")
            with np.errstate(invalid="ignore", over="ignore"):
                body += table[sample].astype(dtype).tobytes()
    return Response(body, media_type="application/octet-stream")


PATHS: dict[str, Handler] = {
    "data/plugin/mesh/tags": list_tags,
    "data/plugin/mesh/meshes": list_meshes,
    "data/plugin/mesh/data": read_data,
}
