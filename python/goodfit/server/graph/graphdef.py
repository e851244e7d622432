"""A serialised GraphDef (TensorFlow's, PyTorch's, tensorboardX's) → leaves and wires; scopes by the slashes of names.

    GraphDef    1 node: NodeDef, repeated · 2 library {1 function: FunctionDef, repeated}
    NodeDef     1 name · 2 op · 3 input, repeated · 4 device · 5 attr: map entry {1 key, 2 AttrValue}
    FunctionDef 1 signature: OpDef {1 name, 2 input_arg {1 name}} · 3 node_def: NodeDef, repeated

An input is `name`, `name:port`, within a function `name:output:port`, or `^name` for a control input. Bodies of
functions are groups below `functions`. Source: tensorflow/core/framework/{graph,node_def,function,op_def}.proto
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial

from goodfit.server.graph.attributes import read_attributes, read_output_label
from goodfit.server.graph.model import Leaf, ModelGraph, Path, Wire, settle, split_scope
from goodfit.server.graph.protobuf import BYTES, Undecodable, spans, text

FUNCTIONS = "functions"
MAX_NODES = 1_000_000


@dataclass(frozen=True, slots=True)
class _Node:
    """A NodeDef, its attributes still bytes."""

    space: str
    """The function it belongs to, empty for the graph itself: names are unique within one."""
    name: str
    op: str
    inputs: tuple[str, ...]
    start: int
    stop: int


def _read_node(data: bytes, start: int, stop: int, space: str) -> _Node:
    name = op = ""
    inputs = []
    for number, wire_type, at, end in spans(data, start, stop):
        if wire_type != BYTES:
            continue
        if number == 1:
            name = text(data, at, end)
        elif number == 2:
            op = text(data, at, end)
        elif number == 3:
            inputs.append(text(data, at, end))
    return _Node(space, name, op, tuple(inputs), start, stop)


def _read_function(data: bytes, start: int, stop: int) -> Iterator[_Node]:
    name = ""
    for number, wire_type, at, end in spans(data, start, stop):
        if number == 1 and wire_type == BYTES:
            for inner, inner_type, inner_at, inner_end in spans(data, at, end):
                if inner == 1 and inner_type == BYTES:
                    name = text(data, inner_at, inner_end)
                elif inner == 2 and inner_type == BYTES:
                    argument = _read_node(data, inner_at, inner_end, name)
                    yield _Node(name, argument.name, "Arg", (), inner_at, inner_at)
        elif number == 3 and wire_type == BYTES:
            yield _read_node(data, at, end, name)


def _read_nodes(data: bytes) -> Iterator[_Node]:
    for number, wire_type, at, end in spans(data):
        if number == 1 and wire_type == BYTES:
            yield _read_node(data, at, end, "")
        elif number == 2 and wire_type == BYTES:
            for inner, inner_type, inner_at, inner_end in spans(data, at, end):
                if inner == 1 and inner_type == BYTES:
                    yield from _read_function(data, inner_at, inner_end)


def _path(node: _Node) -> Path:
    # A function's name may hold slashes; it is one group all the same.
    own = split_scope(node.name)
    return (FUNCTIONS, node.space.replace("/", "∕"), *own) if node.space else own


def parse_graph_def(data: bytes) -> ModelGraph:
    """The graph of a serialised GraphDef. Raises Undecodable."""
    nodes = []
    for node in _read_nodes(data):
        nodes.append(node)
        if len(nodes) > MAX_NODES:
            raise Undecodable(f"more than {MAX_NODES} nodes")
    if not nodes:
        raise Undecodable("no nodes")
    by_name: dict[tuple[str, str], int] = {}
    for index, node in enumerate(nodes):
        by_name.setdefault((node.space, node.name), index)
    wires = []
    n_dangling = 0
    for target, node in enumerate(nodes):
        for given in node.inputs:
            is_control = given.startswith("^")
            name, _, port = given[is_control:].partition(":")
            source = by_name.get((node.space, name))
            if source is None:
                n_dangling += 1
                continue
            origin = nodes[source]
            last = port.rpartition(":")[2]
            output = int(last) if last.isdecimal() and len(last) < 5 else 0
            label = None if is_control else partial(read_output_label, data, origin.start, origin.stop, output)
            wires.append(Wire(source, target, label, is_control))
    leaves = tuple(
        Leaf(path, node.op, partial(read_attributes, data, node.start, node.stop))
        for path, node in zip(settle([_path(node) for node in nodes]), nodes, strict=True)
    )
    return ModelGraph(leaves, tuple(wires), n_dangling=n_dangling)
