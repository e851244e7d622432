"""`/data/plugin/graphs/…`: which run has which graph, and graphs and run metadata as text.

The page asks `api/graph`, which gives one group at a time; a whole graph as text takes seconds to make and to read.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from starlette.responses import Response

from goodfit.query.board.book import GRAPH_TAG
from goodfit.server.errors import ApiError
from goodfit.server.tensorboard_api.ask import Ask, Handler, answer
from goodfit.server.tensorboard_api.graph_defs import join_run_metadata, limit_attributes, rewrite_keras
from goodfit.server.tensorboard_api.pbtxt import to_text
from goodfit.wire import Undecodable

_MARK = b"1"
"""Content that TensorFlow gives the plugins below, and without which TensorBoard passes them over."""
_PLUGINS = {
    "graph_run_metadata_graph": ("op_graph",),
    "graph_run_metadata": ("op_graph", "profile"),
    "graph_keras_model": ("conceptual_graph",),
    "graph_tagged_run_metadata": ("profile",),
}


def read_info(ask: Ask) -> Response:
    info: dict[str, dict[str, Any]] = {}
    for plugin, shown in _PLUGINS.items():
        for series in ask.board.list_series(plugin):
            if plugin != "graph_tagged_run_metadata" and series.content != _MARK:
                continue
            run = info.setdefault(series.run, {"run": series.run, "tags": {}, "run_graph": False})
            tag = run["tags"].setdefault(
                series.tag, {"tag": series.tag, "conceptual_graph": False, "op_graph": False, "profile": False}
            )
            tag.update(dict.fromkeys(shown, True))
    for series in ask.board.list_series("graphs"):
        run = info.setdefault(series.run, {"run": series.run, "tags": {}, "run_graph": False})
        run["run_graph"] = True
    return answer(info)


def _read_blob(ask: Ask, plugins: Iterable[str], run: str, tag: str) -> bytes:
    """The newest recorded blob of the first of these plugins that has the tag. Raises ApiError."""
    for plugin in plugins:
        for series in ask.board.list_series(plugin, runs={run}, tags={tag}):
            blobs = ask.board.read_blob_sequences(series, 1)
            if blobs.keys and blobs.keys[-1]:
                return ask.board.read_blob(blobs.keys[-1][0])
    raise ApiError("not_found", f"Run {run!r} has no such graph under {tag!r}.", hint="data/plugin/graphs/info")


def read_graph(ask: Ask) -> Response:
    """A graph as text: the run's own, or what a tag holds, traced or conceptual."""
    run, tag = ask.text("run"), ask.text("tag", "")
    max_bytes, key = ask.integer("limit_attr_size"), ask.text("large_attrs_key", "")
    if max_bytes and not key:
        raise ApiError("bad_request", "'limit_attr_size' wants 'large_attrs_key', too.")
    try:
        if ask.text("conceptual", "") == "true":
            graph = rewrite_keras(_read_blob(ask, ("graph_keras_model",), run, tag))
        elif tag:
            graph = join_run_metadata(_read_blob(ask, ("graph_run_metadata", "graph_run_metadata_graph"), run, tag))
        else:
            graph = _read_blob(ask, ("graphs",), run, GRAPH_TAG)
        text = to_text(limit_attributes(graph, max_bytes=max_bytes, key=key) if max_bytes else graph, "GraphDef")
    except Undecodable as error:
        raise _damaged(run, tag, error) from None
    return Response(text.encode("utf-8", "replace"), media_type="text/x-protobuf")


def read_run_metadata(ask: Ask) -> Response:
    """What was measured of one step, as text."""
    run, tag = ask.text("run"), ask.text("tag")
    data = _read_blob(ask, ("graph_tagged_run_metadata", "graph_run_metadata"), run, tag)
    try:
        text = to_text(data, "RunMetadata")
    except Undecodable as error:
        raise _damaged(run, tag, error) from None
    return Response(text.encode("utf-8", "replace"), media_type="text/x-protobuf")


def _damaged(run: str, tag: str, error: Undecodable) -> ApiError:
    return ApiError(
        "damaged",
        f"The graph {tag!r} of run {run!r} cannot be read: {error}.",
        hint="goodfit inspect shows the health of its file",
    )


PATHS: dict[str, Handler] = {
    "data/plugin/graphs/info": read_info,
    "data/plugin/graphs/graph": read_graph,
    "data/plugin/graphs/run_metadata": read_run_metadata,
}
