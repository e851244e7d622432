"""A serialised RunMetadata (what `tf.summary.trace_export` records) → the graph that TensorFlow ran.

    RunMetadata    3 partition_graphs: GraphDef, repeated · 4 function_graphs, repeated
    FunctionGraphs 1 partition_graphs, repeated · 2 pre_optimization_graph · 3 post_optimization_graph

Each function's graph before optimisation is taken, for it still has the names that the user wrote; without functions,
the partition graphs. A GraphDef is a list of fields, so several put end to end are one. Source:
tensorflow/core/protobuf/config.proto
"""

from __future__ import annotations

from goodfit.server.graph.graphdef import parse_graph_def
from goodfit.server.graph.model import ModelGraph
from goodfit.server.graph.protobuf import BYTES, Undecodable, spans


def parse_run_metadata(data: bytes) -> ModelGraph:
    """The graph of a serialised RunMetadata. Raises Undecodable, also when it holds no graph."""
    functions, partitions = [], []
    for number, wire_type, at, end in spans(data):
        if number == 3 and wire_type == BYTES:
            partitions.append(data[at:end])
        elif number == 4 and wire_type == BYTES:
            for inner, inner_type, inner_at, inner_end in spans(data, at, end):
                if inner == 2 and inner_type == BYTES:
                    functions.append(data[inner_at:inner_end])
    chosen = functions or partitions
    if not chosen:
        raise Undecodable("run metadata without a graph")
    return parse_graph_def(b"".join(chosen))
