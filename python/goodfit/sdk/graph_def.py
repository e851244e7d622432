"""Nodes of a model → the bytes of a GraphDef, TensorFlow's message for graphs.

GraphDef{1 node: NodeDef{1 name, 2 op, 3 input*, 5 attr: {1 key, 2 value: AttrValue{2 s}}}, 4 versions{1 producer}}.
Slashes in a node's name make the groups that a graph view opens and closes.
Source: tensorflow/core/framework/graph.proto, node_def.proto, attr_value.proto
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from goodfit.wire import integer, message, text, texts

# What current TensorFlow writes; viewers only want a version that is not zero.
_PRODUCER: Final = 22


class Node:
    """One node: `name` with slashes for its groups, `op` for its kind, names of the nodes it takes its inputs from."""

    __slots__ = ("attributes", "inputs", "name", "op")

    def __init__(
        self, name: str, op: str, inputs: Sequence[str] = (), attributes: Mapping[str, Any] | None = None
    ) -> None:
        self.name = name
        self.op = op
        self.inputs = list(inputs)
        self.attributes = dict(attributes or {})

    def __repr__(self) -> str:
        return f"Node({self.name!r}, {self.op!r}, {self.inputs!r})"


def graph_def(nodes: Iterable[Node]) -> bytes:
    """The bytes of a GraphDef with these nodes, in this order."""
    return b"".join(message(1, _node(node)) for node in nodes) + message(4, integer(1, _PRODUCER))


def _node(node: Node) -> bytes:
    attributes = b"".join(
        message(5, text(1, key) + message(2, message(2, str(value).encode())))
        for key, value in sorted(node.attributes.items())
    )
    return text(1, node.name) + text(2, node.op) + texts(3, node.inputs) + attributes
