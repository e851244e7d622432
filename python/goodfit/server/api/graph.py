"""GET api/graphs, api/graph, api/graph/search: the model graphs, one group of one, nodes found in the whole of one."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from goodfit.server.context import Context
from goodfit.server.endpoint import Endpoint, json_answer
from goodfit.server.errors import ApiError
from goodfit.server.schema import GraphInfo, GraphList, GraphMatches, GraphQuery, GraphSearchQuery, GraphView
from goodfit.types import SeriesKey


def list_graphs(context: Context, _: None, __: Request) -> Response:
    profiles = context.graphs.list_profiles(context.store)
    graphs = [
        GraphInfo(
            run=info.key.run,
            tag=info.key.tag,
            kind=info.kind,  # type: ignore[arg-type]
            step=info.last_step,
            profiles=profiles.get(info.key.run, []),
        )
        for info in context.graphs.list_graphs(context.store)
    ]
    return json_answer(GraphList(revision=context.watch.snapshot.revision, graphs=graphs))


def read_graph(context: Context, ask: GraphQuery, _: Request) -> Response:
    key = SeriesKey(ask.run, ask.tag)
    kind, hierarchy = context.graphs.find(context.store, key)
    costs = context.graphs.find_costs(context.store, key, hierarchy, ask.profile) if ask.profile else None
    view = hierarchy.open(ask.group, run=ask.run, tag=ask.tag, kind=kind, costs=costs)
    if view is None:
        raise ApiError("not_found", f"The graph has no group {ask.group!r}.", hint="leave out 'group' for the top")
    return json_answer(view)


def search_graph(context: Context, ask: GraphSearchQuery, _: Request) -> Response:
    _kind, hierarchy = context.graphs.find(context.store, SeriesKey(ask.run, ask.tag))
    return json_answer(hierarchy.search(ask.text, limit=ask.limit))


ENDPOINTS = (
    Endpoint("GET", "api/graphs", "The recorded model graphs.", list_graphs, "quick", answer=GraphList),
    Endpoint("GET", "api/graph", "One group of a model graph.", read_graph, "heavy", ask=GraphQuery, answer=GraphView),
    Endpoint(
        "GET",
        "api/graph/search",
        "Nodes of a whole model graph by name or operation.",
        search_graph,
        "heavy",
        ask=GraphSearchQuery,
        answer=GraphMatches,
    ),
)
