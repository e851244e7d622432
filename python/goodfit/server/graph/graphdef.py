"""A serialised GraphDef (TensorFlow's, PyTorch's, tensorboardX's) → leaves and wires; scopes by the slashes of names.

    GraphDef    1 node: NodeDef, repeated · 2 library {1 function: FunctionDef, repeated}
    NodeDef     1 name · 2 op · 3 input, repeated · 4 device · 5 attr: map entry {1 key, 2 AttrValue}
    FunctionDef 1 signature: OpDef {1 name, 2 input_arg {1 name}} · 3 node_def: NodeDef, repeated

An input is `name`, `name:port`, within a function `name:output:port`, or `^name` for a control input. Bodies of
functions are groups below `functions`. Source: tensorflow/core/framework/{graph,node_def,function,op_def}.proto
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

from goodfit.server.graph.attributes import read_attributes, read_output_label
from goodfit.server.graph.model import ModelGraph, Path, Wires, settle, split_scope
from goodfit.wire import BYTES, Undecodable, decode_text, read_spans, read_varint

FUNCTIONS = "functions"
MAX_NODES = 1_000_000


class _Node(NamedTuple):
    """A NodeDef, its attributes still bytes. A tuple, for it is made three times as fast as a frozen dataclass."""

    space: Path
    """The groups of the graph or function that it belongs to: names are unique within one."""
    name: str
    op: str
    inputs: list[str]
    start: int
    stop: int


def _read_node(data: bytes, start: int, stop: int, space: Path) -> _Node:
    """The NodeDef in `data[start:stop]`.

    Reads by itself what `spans` would: nine of ten bytes of a graph lie in here, and this takes half the time.
    """
    name = op = ""
    inputs: list[str] = []
    at = start
    while at < stop:
        key = data[at]
        if key & 0x87 != BYTES:
            return _read_odd_node(data, start, stop, space)
        length, at = data[at + 1] if at + 1 < stop else 0x80, at + 2
        if length >= 0x80:
            length, at = read_varint(data, at - 1)
        end = at + length
        if end > stop:
            raise Undecodable("field beyond the end of its message")
        if key == 0x0A:
            name = data[at:end].decode("utf-8", "replace")
        elif key == 0x12:
            op = data[at:end].decode("utf-8", "replace")
        elif key == 0x1A:
            inputs.append(data[at:end].decode("utf-8", "replace"))
        at = end
    return _Node(space, name, op, inputs, start, stop)


def _read_odd_node(data: bytes, start: int, stop: int, space: Path) -> _Node:
    """A NodeDef with fields that none of the known ones are."""
    texts: dict[int, list[str]] = {1: [""], 2: [""], 3: []}
    for number, wire_type, at, end in read_spans(data, start, stop):
        if number in texts and wire_type == BYTES:
            texts[number].append(decode_text(data, at, end))
    return _Node(space, texts[1][-1], texts[2][-1], texts[3], start, stop)


def _read_function(data: bytes, start: int, stop: int, space: Path) -> Iterator[_Node]:
    own = space
    for number, wire_type, at, end in read_spans(data, start, stop):
        if number == 1 and wire_type == BYTES:
            signature = _read_node(data, at, end, space)
            # A function's name may hold slashes; it is one group all the same.
            own = (*space, FUNCTIONS, signature.name.replace("/", "∕") or "(unnamed)")
            for inner, inner_type, inner_at, inner_end in read_spans(data, at, end):
                if inner == 2 and inner_type == BYTES:
                    argument = _read_node(data, inner_at, inner_end, own)
                    yield _Node(own, argument.name, "Arg", [], inner_at, inner_at)
        elif number == 3 and wire_type == BYTES:
            yield _read_node(data, at, end, own)


def read_nodes(data: bytes, *, start: int = 0, stop: int | None = None, space: Path = ()) -> Iterator[_Node]:
    """The nodes of the GraphDef in `data[start:stop]`, those of its functions included."""
    for number, wire_type, at, end in read_spans(data, start, stop):
        if number == 1 and wire_type == BYTES:
            yield _read_node(data, at, end, space)
        elif number == 2 and wire_type == BYTES:
            for inner, inner_type, inner_at, inner_end in read_spans(data, at, end):
                if inner == 1 and inner_type == BYTES:
                    yield from _read_function(data, inner_at, inner_end, space)


def parse_graph_def(data: bytes) -> ModelGraph:
    """The graph of a serialised GraphDef. Raises Undecodable."""
    return build_graph(data, read_nodes(data))


def build_graph(data: bytes, read: Iterable[_Node]) -> ModelGraph:
    """Leaves and wires of nodes that lie in `data`. Raises Undecodable when there are none, or too many."""
    nodes = []
    for node in read:
        nodes.append(node)
        if len(nodes) > MAX_NODES:
            raise Undecodable(f"more than {MAX_NODES} nodes")
    if not nodes:
        raise Undecodable("no nodes")
    by_space: dict[Path, dict[str, int]] = {}
    for index, node in enumerate(nodes):
        by_space.setdefault(node.space, {}).setdefault(node.name, index)
    sources: list[int] = []
    targets: list[int] = []
    ports: list[str] = []
    is_control: list[bool] = []
    n_dangling = 0
    for target, node in enumerate(nodes):
        by_name = by_space[node.space]
        for given in node.inputs:
            name, _, port = given.removeprefix("^").partition(":")
            source = by_name.get(name)
            if source is None:
                n_dangling += 1
                continue
            sources.append(source)
            targets.append(target)
            ports.append(port)
            is_control.append(given.startswith("^"))

    def read_leaf(index: int) -> Mapping[str, str]:
        return read_attributes(data, nodes[index].start, nodes[index].stop)

    def read_label(wire: int) -> str:
        last = ports[wire].rpartition(":")[2]
        output = int(last) if last.isdecimal() and len(last) < 5 else 0
        origin = nodes[sources[wire]]
        return "" if is_control[wire] else read_output_label(data, origin.start, origin.stop, output)

    return ModelGraph(
        paths=settle([(*node.space, *split_scope(node.name)) for node in nodes]),
        ops=[node.op for node in nodes],
        wires=Wires(sources, targets, is_control),
        read_attributes=read_leaf,
        read_label=read_label,
        n_dangling=n_dangling,
    )
