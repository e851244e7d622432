"""GET api/graphs and api/graph: which model graphs there are, and one group of one of them opened."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from goodfit.server.context import Context
from goodfit.server.endpoint import Endpoint, json_answer
from goodfit.server.errors import ApiError
from goodfit.server.schema import GraphInfo, GraphList, GraphQuery, GraphView
from goodfit.types import SeriesKey


def list_graphs(context: Context, _: None, __: Request) -> Response:
    graphs = [
        GraphInfo(run=info.key.run, tag=info.key.tag, kind=info.kind, step=info.last_step)  # type: ignore[arg-type]
        for info in context.graphs.list_graphs(context.store)
    ]
    return json_answer(GraphList(revision=context.watch.snapshot.revision, graphs=graphs))


def read_graph(context: Context, ask: GraphQuery, _: Request) -> Response:
    kind, hierarchy = context.graphs.find(context.store, SeriesKey(ask.run, ask.tag))
    view = hierarchy.open(ask.group, run=ask.run, tag=ask.tag, kind=kind)
    if view is None:
        raise ApiError("not_found", f"The graph has no group {ask.group!r}.", hint="leave out 'group' for the top")
    return json_answer(view)


ENDPOINTS = (
    Endpoint("GET", "api/graphs", "The recorded model graphs.", list_graphs, "quick", answer=GraphList),
    Endpoint("GET", "api/graph", "One group of a model graph.", read_graph, "heavy", ask=GraphQuery, answer=GraphView),
)
