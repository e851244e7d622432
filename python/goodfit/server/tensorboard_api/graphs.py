"""`/data/plugin/graphs/info`: which run has which graph. The graphs themselves: `api/graphs` and `api/graph`."""

from __future__ import annotations

from typing import Any

from starlette.responses import Response

from goodfit.server.tensorboard_api.ask import Ask, Handler, answer

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


PATHS: dict[str, Handler] = {"data/plugin/graphs/info": read_info}
