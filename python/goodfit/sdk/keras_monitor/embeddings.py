"""A Keras model's embedding layers → the projector's configuration beside the runs."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from goodfit.errors import BadArgument

# Where Keras's checkpoints keep the first embedding; keras.callbacks.TensorBoard names it the same.
_TENSOR = "layer_with_weights-0/embeddings/.ATTRIBUTES/VARIABLE_VALUE"


def write_projector_config(log_dir: str, model: Any, metadata: str | Mapping[str, str] | None) -> None:
    """Writes `projector_config.pbtxt` into `log_dir`.

    Args:
        log_dir: The training's folder.
        model: Its layers of class `Embedding` are named.
        metadata: A label file for all, or label files by layer name.

    Raises:
        BadArgument: `metadata` names a layer that is not an embedding of the model.
    """
    left = dict(metadata) if isinstance(metadata, Mapping) else {}
    parts = []
    for layer in model.layers:
        if type(layer).__name__ != "Embedding":
            continue
        path = metadata if isinstance(metadata, str) else left.pop(layer.name, None)
        labels = f'  metadata_path: "{path}"\n' if path else ""
        parts.append(f'embeddings {{\n  tensor_name: "{_TENSOR}"\n{labels}}}\n')
    if left:
        raise BadArgument(f"embeddings_metadata names {sorted(left)}, which are no Embedding layers of the model")
    Path(log_dir).mkdir(parents=True, exist_ok=True)
    (Path(log_dir) / "projector_config.pbtxt").write_text("".join(parts))
