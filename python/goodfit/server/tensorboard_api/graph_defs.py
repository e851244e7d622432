"""Recorded graphs → one `GraphDef`: run metadata's joined, Keras's models rewritten, large attributes left out.

Source: behaviour of tensorboard 2.21.0's graphs plugin, recorded in tests/golden.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import msgspec

from goodfit.server.graph.keras_model import parse_keras_model
from goodfit.wire import BYTES, integer, message, messages, read_messages, read_spans, read_text, text

_DT_FLOAT = 1
_FUNCTION_CALL = "PartitionedCall"


def limit_attributes(graph: bytes, *, max_bytes: int, key: str) -> bytes:
    """The graph without attributes of more bytes; a list of their names stands in each node under `key`."""
    return _changed(graph, {1: lambda node: _limit_node(node, max_bytes, key)})


def _changed(data: bytes, change: Mapping[int, Callable[[bytes], bytes]]) -> bytes:
    """A message whose fields of some numbers are replaced by what `change` makes of them; all else as it is."""
    parts, at = [], 0
    for number, wire_type, start, stop in read_spans(data):
        is_changed = number in change and wire_type == BYTES
        parts.append(message(number, change[number](data[start:stop])) if is_changed else data[at:stop])
        at = stop
    return b"".join(parts)


def _limit_node(node: bytes, max_bytes: int, key: str) -> bytes:
    kept: list[bytes] = []
    large: list[bytes] = []
    at = 0
    for number, wire_type, start, stop in read_spans(node):
        is_attribute = number == 5 and wire_type == BYTES
        if is_attribute and sum(map(len, read_messages(node[start:stop], 2))) > max_bytes:
            large += read_messages(node[start:stop], 1)[-1:]
        else:
            kept.append(node[at:stop])
        at = stop
    if large:
        kept.append(message(5, text(1, key) + message(2, message(1, messages(2, large)))))
    return b"".join(kept)


def join_run_metadata(metadata: bytes) -> bytes:
    """The graphs of each traced function, before optimisation; of several, names begin with `graph_1/`, …"""
    graphs = [graph for functions in read_messages(metadata, 4) for graph in read_messages(functions, 2)[-1:]]
    if len(graphs) < 2:
        return b"".join(graphs)
    nodes, functions, gradients = [], [], []
    for at, graph in enumerate(graphs, 1):
        prefix = f"graph_{at}"
        nodes += [_scoped(node, prefix) for node in read_messages(graph, 1)]
        for library in read_messages(graph, 2):
            functions += [
                _changed(one, {1: lambda signature, prefix=prefix: _renamed(signature, {1}, f"{prefix}_")})  # type: ignore[misc]
                for one in read_messages(library, 1)
            ]
            gradients += [_renamed(one, {1, 2}, f"{prefix}_") for one in read_messages(library, 2)]
    library = messages(1, functions) + messages(2, gradients)
    versions = messages(4, [one for one in read_messages(graphs[0], 4)[-1:] if one])
    return messages(1, nodes) + (message(2, library) if library else b"") + versions


def _scoped(node: bytes, prefix: str) -> bytes:
    scope = f"{prefix}/".encode()
    change: dict[int, Callable[[bytes], bytes]] = {1: lambda name: scope + name, 3: lambda name: scope + name}
    if read_text(node, 2) == _FUNCTION_CALL:
        change[5] = lambda entry: _scoped_call(entry, prefix) if read_text(entry, 1) == "f" else entry
    return _changed(node, change)


def _scoped_call(entry: bytes, prefix: str) -> bytes:
    """The attribute that names the function called."""
    return _changed(entry, {2: lambda value: _changed(value, {10: lambda call: _renamed(call, {1}, f"{prefix}_")})})


def _renamed(data: bytes, fields: set[int], prefix: str) -> bytes:
    return _changed(data, dict.fromkeys(fields, lambda name: prefix.encode() + name))


def _root_of(data: bytes) -> tuple[str, ...]:
    """The model's own name, as the group that all is in."""
    try:
        name = msgspec.json.decode(data)["config"]["name"]
    except (msgspec.DecodeError, RecursionError, KeyError, TypeError):
        return ()
    return (name,) if isinstance(name, str) and name else ()


def rewrite_keras(data: bytes) -> bytes:
    """A Keras model's layers as nodes: names by nested models, inputs by what feeds them, and the class. Raises
    Undecodable."""
    model = parse_keras_model(data)
    inputs: dict[int, list[int]] = {}
    for source, target in zip(model.wires.sources, model.wires.targets, strict=True):
        if source not in inputs.setdefault(target, []):
            inputs[target].append(source)
    names = ["/".join((*_root_of(data), *path)) for path in model.paths]
    dtype = message(5, text(1, "dtype") + message(2, integer(6, _DT_FLOAT)))
    return messages(
        1,
        (
            text(1, name)
            + b"".join(text(3, names[source]) for source in inputs.get(at, ()))
            + message(5, text(1, "keras_class") + message(2, message(2, model.ops[at].encode())))
            + dtype
            for at, name in enumerate(names)
        ),
    )
