"""Model graphs, one opened group at a time: `api/graphs` and `api/graph`."""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta, Struct


class GraphInfo(Struct):
    run: str
    tag: str
    kind: Literal["graph", "keras_graph", "run_metadata"]
    step: int
    profiles: list[str] = []
    """Tags of run metadata of the same run that tell what nodes took in a traced step."""


class GraphList(Struct):
    """GET api/graphs: which model graphs there are."""

    revision: int
    graphs: list[GraphInfo]


class GraphQuery(Struct):
    """GET api/graph"""

    run: str
    tag: str
    group: str = ""
    """Id of the group to open, `` for the top."""
    profile: str = ""
    """Tag of the run metadata whose times and memory the nodes shall tell, `` for none."""


class GraphNode(Struct):
    id: str
    label: str
    op: str
    group: str
    """Name of the group that holds it, `` for the top."""
    is_group: bool
    n_inside: int
    """Leaf nodes inside a group; 0 for a leaf."""
    attributes: dict[str, str]
    output: str = ""
    """What flows out, as `?×10 float32` or a number of units; empty when it was not recorded."""
    ops_inside: list[str] = []
    """The commonest operations inside a group, at most three."""
    micros: int | None = None
    """Microseconds that it, or all inside it, took in the traced step; None when that was not recorded."""
    memory_bytes: int | None = None
    """Allocated by its kernels in the traced step."""


class GraphEdge(Struct):
    source: str
    target: str
    label: str
    is_control: bool


class GraphView(Struct):
    """GET api/graph?run=&tag=&group= : one group opened, its children and the edges among them."""

    run: str
    tag: str
    kind: str
    group: str
    nodes: list[GraphNode]
    edges: list[GraphEdge]
    """Among `nodes`; several wires between the same two are one edge, whose label says what flows or how many."""
    n_nodes_total: int
    """Leaf nodes of the whole graph."""
    inputs: list[GraphEdge] = []
    """From outside the opened group into it; `source` is the id of a node or group not in `nodes`."""
    outputs: list[GraphEdge] = []
    """From the opened group to outside; `target` is the id of a node or group not in `nodes`."""
    n_left_out: int = 0
    """Nodes of the group that were not sent because it holds more than the limit."""
    n_dangling: int = 0
    """Inputs, anywhere in the graph, that name a node which was not recorded (PyTorch leaves some)."""


class GraphSearchQuery(Struct):
    """GET api/graph/search"""

    run: str
    tag: str
    text: Annotated[str, Meta(min_length=1, max_length=200)]
    """A part of a name or an operation, without regard to case."""
    limit: Annotated[int, Meta(ge=1, le=200)] = 50


class GraphMatch(Struct):
    id: str
    label: str
    op: str
    group: str
    """Id of the group to open, `` for the top."""


class GraphMatches(Struct):
    """GET api/graph/search: nodes anywhere in the graph."""

    n_found: int
    matches: list[GraphMatch]
    """The first ones, in the order of the graph."""
