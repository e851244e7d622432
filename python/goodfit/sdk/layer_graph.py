"""Nested dicts and lists of layers → nodes: how to draw a model of any framework by hand.

    {"input": "Input", "encoder": [{"conv1": "Conv2D", "relu1": "ReLU"}, {"conv2": "Conv2D"}], "head": {"dense":
    "Dense"}}

A text is a layer of that kind; a mapping or list is a group. Data flows in the order of writing, unless a layer is a
mapping with `op` that names its `inputs` (relative names are looked up from the inside out); its other entries are
attributes.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from goodfit.errors import BadArgument
from goodfit.sdk.graph_def import Node


def layer_nodes(layers: Mapping[str, Any] | Sequence[Any]) -> list[Node]:
    """The nodes of a nested description.

    Raises:
        BadArgument: An entry is neither text nor a mapping nor a list, or names an input that is not there.

    >>> layer_nodes({"a": "Input", "b": ["Dense"]})
    [Node('a', 'Input', []), Node('b/Dense', 'Dense', ['a'])]
    """
    nodes: list[Node] = []
    last: list[str] = []
    _walk(layers, "", nodes, last)
    names = {node.name for node in nodes}
    for node in nodes:
        node.inputs = [_resolve(name, node.name, names) for name in node.inputs]
    return nodes


def _walk(layers: Any, prefix: str, nodes: list[Node], last: list[str]) -> None:
    """Appends the nodes of `layers`; `last` holds the node that the next one takes its input from."""
    for name, layer in _entries(layers):
        path = f"{prefix}{name}"
        if isinstance(layer, str):
            nodes.append(Node(path, layer, last))
            last[:] = [path]
        elif isinstance(layer, Mapping) and isinstance(layer.get("op"), str):
            inputs = layer.get("inputs", last)
            attributes = {key: value for key, value in layer.items() if key not in ("op", "inputs")}
            nodes.append(Node(path, layer["op"], [inputs] if isinstance(inputs, str) else inputs, attributes))
            last[:] = [path]
        elif isinstance(layer, (Mapping, list, tuple)):
            _walk(layer, f"{path}/", nodes, last)
        else:
            raise BadArgument(f"layer {path!r} is {layer!r:.60}, wanted the name of its kind, a mapping or a list")


def _entries(layers: Any) -> Iterator[tuple[str, Any]]:
    if isinstance(layers, Mapping):
        yield from ((str(name), layer) for name, layer in layers.items())
        return
    seen: dict[str, int] = {}
    for index, layer in enumerate(layers):
        kind = layer if isinstance(layer, str) else layer.get("op") if isinstance(layer, Mapping) else None
        name = str(kind or index)
        seen[name] = seen.get(name, 0) + 1
        yield (name if seen[name] == 1 else f"{name}_{seen[name] - 1}"), layer


def _resolve(name: str, of: str, names: set[str]) -> str:
    scope = of
    while scope:
        scope = scope.rpartition("/")[0]
        candidate = f"{scope}/{name}" if scope else name
        if candidate in names and candidate != of:
            return candidate
    raise BadArgument(f"layer {of!r} takes its input from {name!r}, which is not there")
