"""A serialised RunMetadata (what `tf.summary.trace_export` records) → the graph that TensorFlow ran.

    RunMetadata    3 partition_graphs: GraphDef, repeated · 4 function_graphs, repeated
    FunctionGraphs 1 partition_graphs, repeated · 2 pre_optimization_graph · 3 post_optimization_graph

Each function's graph before optimisation is taken, for it still has the names that the user wrote; without functions,
the partition graphs. Names are unique within one graph only. TensorFlow records a small graph for every variable that
it creates: the largest graph is the model and stands at the top, the others are groups below `other graphs`.
Source: tensorflow/core/protobuf/config.proto
"""

from __future__ import annotations

from itertools import chain

from goodfit.server.graph.graphdef import build_graph, read_nodes
from goodfit.server.graph.model import ModelGraph
from goodfit.wire import BYTES, Undecodable, read_spans

OTHERS = "other graphs"


def find_graphs(data: bytes) -> list[tuple[int, int]]:
    """Where the GraphDefs of a serialised RunMetadata lie, most nodes first; empty when it holds timings alone."""
    functions, partitions = [], []
    for number, wire_type, at, end in read_spans(data):
        if number == 3 and wire_type == BYTES:
            partitions.append((at, end))
        elif number == 4 and wire_type == BYTES:
            for inner, inner_type, inner_at, inner_end in read_spans(data, at, end):
                if inner == 2 and inner_type == BYTES:
                    functions.append((inner_at, inner_end))
    return sorted(functions or partitions, key=lambda span: -sum(1 for _ in read_spans(data, *span)))


def parse_run_metadata(data: bytes) -> ModelGraph:
    """The graph of a serialised RunMetadata. Raises Undecodable, also when it holds no graph."""
    graphs = find_graphs(data)
    if not graphs:
        raise Undecodable("run metadata without a graph")
    (start, stop), *others = graphs
    return build_graph(
        data,
        chain(
            read_nodes(data, start=start, stop=stop),
            *(
                read_nodes(data, start=other_start, stop=other_stop, space=(OTHERS, f"graph {number}"))
                for number, (other_start, other_stop) in enumerate(others, start=2)
            ),
        ),
    )
