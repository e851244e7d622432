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
from goodfit.server.graph.protobuf import BYTES, Undecodable, spans

OTHERS = "other graphs"


def parse_run_metadata(data: bytes) -> ModelGraph:
    """The graph of a serialised RunMetadata. Raises Undecodable, also when it holds no graph."""
    functions, partitions = [], []
    for number, wire_type, at, end in spans(data):
        if number == 3 and wire_type == BYTES:
            partitions.append((at, end))
        elif number == 4 and wire_type == BYTES:
            for inner, inner_type, inner_at, inner_end in spans(data, at, end):
                if inner == 2 and inner_type == BYTES:
                    functions.append((inner_at, inner_end))
    graphs = sorted(functions or partitions, key=lambda span: -sum(1 for _ in spans(data, *span)))
    if not graphs:
        raise Undecodable("run metadata without a graph")
    main, *others = graphs
    return build_graph(
        data,
        chain(
            read_nodes(data, start=main[0], stop=main[1]),
            *(
                read_nodes(data, start=start, stop=stop, space=(OTHERS, f"graph {number}"))
                for number, (start, stop) in enumerate(others, start=2)
            ),
        ),
    )
