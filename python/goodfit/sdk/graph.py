"""Whatever describes a model → the event that a graph view reads: Keras's own JSON, or a GraphDef."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Final

from goodfit.errors import BadArgument
from goodfit.sdk.payload import CLASS_BLOBS, Payload, strings

KERAS_TAG: Final = "keras"


def keras_graph(model_json: str) -> Payload:
    """The payload of a Keras model's JSON, as `model.to_json()` gives it."""
    return strings([model_json.encode()], "graph_keras_model", shape=(), plugin_content=b"1", data_class=CLASS_BLOBS)


def graph_of(model: Any, example_input: Any = None) -> Payload | bytes:
    """A payload for Keras models, the bytes of a GraphDef for everything else.

    Args:
        model: A Keras model or its JSON, a torch module, a `tf.Graph`, a GraphDef or its bytes, or nested dicts and
            lists of layers.
        example_input: What a torch module is run with to find its edges.

    Raises:
        BadArgument: It is none of these.
    """
    if isinstance(model, (bytes, bytearray)):
        return bytes(model)
    if isinstance(model, str):
        if isinstance(json.loads(model), dict) and "config" in json.loads(model):
            return keras_graph(model)
        raise BadArgument(f"the text {model!r:.40} is not the JSON of a Keras model")
    if hasattr(model, "to_json") and hasattr(model, "layers"):
        # Asked first: on the torch backend a Keras model is a torch module as well.
        return _of_keras(model)
    from goodfit.sdk.graph_def import graph_def

    if hasattr(model, "named_modules"):
        from goodfit.sdk.torch_graph import torch_nodes

        return graph_def(torch_nodes(model, example_input))
    if hasattr(model, "as_graph_def"):
        model = model.as_graph_def()
    if hasattr(model, "SerializeToString"):
        return bytes(model.SerializeToString())
    if isinstance(model, Mapping) and "class_name" in model and "config" in model:
        return keras_graph(json.dumps(model))
    if isinstance(model, (Mapping, list, tuple)):
        from goodfit.sdk.layer_graph import layer_nodes

        return graph_def(layer_nodes(model))
    raise BadArgument(
        f"cannot draw a {type(model).__name__}",
        hint="give a Keras model, a torch module, a GraphDef, or nested dicts and lists of layers",
    )


def _of_keras(model: Any) -> Payload | bytes:
    if has_keras_graph(model):
        return keras_graph(model.to_json())
    from goodfit.sdk.graph_def import graph_def
    from goodfit.sdk.keras_graph import keras_nodes

    return graph_def(keras_nodes(model))


def has_keras_graph(model: Any) -> bool:
    """Whether the model's JSON holds its graph: Functional and Sequential models, and subclasses made from inputs
    and outputs.
    """
    return type(model).__name__ in ("Functional", "Sequential", "Model") and hasattr(model, "to_json")
