"""A subclassed Keras model → nodes, by running its `call` once with symbolic inputs.

Such a model has no graph of its own: what feeds what is known to its Python code only. Keras runs that code on
symbolic tensors, which compute nothing and remember the layer or operation they come from. The model must have been
built, so that the shapes of its inputs are known. Where the code asks for numbers, or calls its backend directly, the
layers are listed without edges, in the order of their making.

Models inside the model become groups; a layer of the user's own with layers inside stays one node.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable
from typing import Any

from goodfit.sdk._guard import Guard
from goodfit.sdk.graph_def import Node


def keras_nodes(model: Any) -> list[Node]:
    """The nodes of a Keras model that has no graph of its own.

    Args:
        model: a `keras.Model`, built or not.
    """
    # The user's code meets symbolic tensors here and may answer in any way: the list says less, but nothing wrong.
    traced: list[Node] | None = Guard(f"graph of {model.name}").call(
        "how its layers are joined", lambda: _traced(model)
    )
    return _listed(model.layers, model.name) if traced is None else traced


def _listed(layers: Iterable[Any], prefix: str) -> list[Node]:
    nodes = []
    for layer in layers:
        path = f"{prefix}/{layer.name}"
        inside = getattr(layer, "layers", None)
        nodes += _listed(inside, path) if inside else [Node(path, type(layer).__name__, (), _attributes(layer))]
    return nodes


def _traced(model: Any) -> list[Node]:
    keras = sys.modules["keras"]
    n_known = {id(layer): len(layer._inbound_nodes) for layer in model._flatten_layers()}
    inputs: list[Any] = []
    result = model.call(_symbols(keras, _input_shape(model), "input", inputs))
    # Names of our own: Keras counts those it makes, and the user's next model would be called differently.
    function = keras.Model(inputs, result, name="drawn")
    calls = {
        id(operation): operation._inbound_nodes[n_known.get(id(operation), 0) :] for operation in function.operations
    }
    nodes: list[Node] = []
    outputs: dict[int, list[str]] = {}
    for operation in function.operations:
        sources = _sources(calls[id(operation)], outputs)
        outputs[id(operation)] = _draw(operation, f"{model.name}/{operation.name}", sources, nodes)
    return nodes


def _draw(operation: Any, path: str, sources: list[str], nodes: list[Node]) -> list[str]:
    """Appends the nodes of one operation; the names of those that give its result."""
    inside = getattr(operation, "layers", None)
    if not inside:
        nodes.append(Node(path, type(operation).__name__, sources, _attributes(operation)))
        return [path]
    own: dict[int, list[str]] = {}
    last = sources
    known = {id(layer) for layer in inside}
    for layer in inside:
        if type(layer).__name__ == "InputLayer":
            own[id(layer)] = sources
            continue
        # Of a model's layer, the first call that stays inside is the one the model was made of.
        calls = [call for call in layer._inbound_nodes if _comes_from(call, known)][:1]
        layer_sources = _sources(calls, own) or last
        last = own[id(layer)] = _draw(layer, f"{path}/{layer.name}", layer_sources, nodes)
    return last


def _comes_from(call: Any, known: set[int]) -> bool:
    return all(id(tensor._keras_history.operation) in known for tensor in call.input_tensors)


def _sources(calls: Iterable[Any], outputs: dict[int, list[str]]) -> list[str]:
    names: dict[str, None] = {}
    for call in calls:
        for tensor in call.input_tensors:
            for name in outputs.get(id(tensor._keras_history.operation), ()):
                names[name] = None
    return list(names)


def _input_shape(model: Any) -> Any:
    config = model.get_build_config()
    if config is None:
        raise ValueError("the model is not built")
    shapes = config.get("shapes_dict")
    return config["input_shape"] if shapes is None else list(shapes.values())


def _symbols(keras: Any, shape: Any, name: str, inputs: list[Any]) -> Any:
    """Symbolic inputs of a shape, or of a list or dict of shapes, each appended to `inputs`; the batch may be of any
    size.
    """
    if isinstance(shape, dict):
        return {key: _symbols(keras, part, str(key), inputs) for key, part in shape.items()}
    if all(length is None or isinstance(length, int) for length in shape):
        inputs.append(keras.Input(batch_shape=(None, *shape[1:]), name=name))
        return inputs[-1]
    return [_symbols(keras, part, f"{name}_{index}", inputs) for index, part in enumerate(shape)]


def _attributes(operation: Any) -> dict[str, Any]:
    found = {}
    if getattr(operation, "built", False) and hasattr(operation, "count_params"):
        found["parameters"] = operation.count_params()
    for name in ("units", "filters", "kernel_size", "rate"):
        value = getattr(operation, name, None)
        if isinstance(value, (int, float, tuple)):
            found[name] = value
    activation = getattr(getattr(operation, "activation", None), "__name__", "linear")
    return found if activation == "linear" else {**found, "activation": activation}
