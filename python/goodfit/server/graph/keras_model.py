"""Keras's model JSON (`model.to_json()`, Keras 2 and 3) → layers as leaves, nested models as groups, tensors as wires.

    {"class_name": "Functional", "config": {"name", "layers": [{"class_name", "config", "name", "inbound_nodes"}],
                                            "input_layers": [[name, node, tensor], …], "output_layers": […]}}

A Sequential has no `inbound_nodes`: each layer feeds the next. A reference to a tensor is `[layer, node, tensor]` or
`[layer, node, tensor, {…}]` in Keras 2 and `{"class_name": "__keras_tensor__", "config": {"shape", "dtype",
"keras_history": [layer, node, tensor]}}` in Keras 3. The JSON comes from a file and is not trusted to be any of this.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import msgspec

from goodfit.server.graph.model import MAX_DEPTH, Group, ModelGraph, Path, Wires, format_shape, settle
from goodfit.wire import Undecodable

HIDDEN = {"name", "layers", "input_layers", "output_layers", "build_input_shape", "module", "registered_name"}
"""Parts of a configuration that the graph itself shows."""
MAX_CHARS = 400


@dataclass(frozen=True, slots=True)
class _Tensor:
    """A reference to the output of a layer."""

    layer: str
    output: int
    shape: str = ""


@dataclass(slots=True)
class _Draft:
    """The graph while it is built."""

    paths: list[Path] = field(default_factory=list)
    ops: list[str] = field(default_factory=list)
    attributes: list[dict[str, str]] = field(default_factory=list)
    wires: list[tuple[int, int, str]] = field(default_factory=list)
    groups: dict[Path, Group] = field(default_factory=dict)

    def add(self, path: Path, op: str, attributes: dict[str, str]) -> int:
        self.paths.append(path)
        self.ops.append(op)
        self.attributes.append(attributes)
        return len(self.paths) - 1


@dataclass(frozen=True, slots=True)
class _Ends:
    """Which leaves take a layer's inputs and give its outputs: itself, or those inside a nested model."""

    inputs: tuple[int, ...]
    outputs: tuple[int, ...]


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def _items(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _is_reference(value: Any) -> bool:
    return (
        isinstance(value, list)
        and len(value) in (3, 4)
        and isinstance(value[0], str)
        and isinstance(value[1], int)
        and isinstance(value[2], int)
    )


def _shape(value: Any) -> str:
    sizes = _items(value)
    if not sizes or not all(size is None or isinstance(size, int) for size in sizes):
        return ""
    return format_shape(sizes)


def _references(value: Any) -> Iterator[_Tensor]:
    """Every tensor that a part of `inbound_nodes` refers to, in order."""
    if isinstance(value, dict):
        config = _mapping(value.get("config"))
        history = config.get("keras_history")
        if value.get("class_name") == "__keras_tensor__" and _is_reference(history):
            label = f"{_shape(config.get('shape'))} {config.get('dtype') or ''}".strip()
            yield _Tensor(history[0], history[2], label)  # type: ignore[index]
            return
        for item in value.values():
            yield from _references(item)
    elif _is_reference(value):
        yield _Tensor(value[0], value[2])
        yield from _references(value[3] if len(value) == 4 else None)
    elif isinstance(value, list):
        for item in value:
            yield from _references(item)


def _short(value: Any) -> str | None:
    """A configuration value in short; None for what says nothing."""
    if value is None:
        return None
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return f"{value:.7g}" if isinstance(value, float) else str(value)
    if isinstance(value, str):
        return value or None
    if isinstance(value, dict):
        name = value.get("class_name")
        inner = _mapping(value.get("config"))
        if name == "DTypePolicy" or (name and set(inner) == {"name"}):
            return _short(inner.get("name"))
        return str(name) if name else None
    if isinstance(value, list) and all(item is None or isinstance(item, int | float | str) for item in value):
        return ", ".join("?" if item is None else str(item) for item in value)
    return None


def _list_attributes(layer: Mapping[str, Any], class_name: str) -> dict[str, str]:
    shown = {"class": class_name}
    config = _mapping(layer.get("config"))
    for name, value in config.items():
        text = None if name in HIDDEN else _short(value)
        if text is not None:
            shown[str(name)] = text[:MAX_CHARS]
    shape = _shape(config.get("batch_shape") or config.get("batch_input_shape"))
    if shape:
        shown["output shape"] = shape
    return shown


def _name(layer: Mapping[str, Any], index: int) -> str:
    name = layer.get("name") or _mapping(layer.get("config")).get("name")
    return str(name) if name else f"layer {index + 1}"


def _input_shape(layer: Mapping[str, Any]) -> str:
    return _shape(_mapping(layer.get("build_config")).get("input_shape"))


def _add_model(draft: _Draft, model: Mapping[str, Any], path: Path) -> _Ends:
    """Adds the layers of a model below a path; says which take its inputs and give its outputs."""
    config = model.get("config")
    # Keras before 2.2.3 wrote a Sequential's layers as the configuration itself.
    layers = [_mapping(item) for item in _items(config if isinstance(config, list) else _mapping(config).get("layers"))]
    ends: dict[str, _Ends] = {}
    order: list[_Ends] = []
    for index, layer in enumerate(layers):
        name = _name(layer, index)
        class_name = str(layer.get("class_name") or "Layer")
        own_path = (*path, name.replace("/", "∕"))
        inner = layer.get("config")
        has_layers = isinstance(inner, list) or bool(_items(_mapping(inner).get("layers")))
        if has_layers and len(own_path) < MAX_DEPTH:
            draft.groups[own_path] = Group(class_name, _list_attributes(layer, class_name))
            end = _add_model(draft, layer, own_path)
        else:
            leaf = draft.add(own_path, class_name, _list_attributes(layer, class_name))
            end = _Ends((leaf,), (leaf,))
        ends[name] = end
        order.append(end)
    has_wiring = any(layer.get("inbound_nodes") for layer in layers)
    if has_wiring:
        _wire_functional(draft, layers, ends)
    else:
        _wire_sequence(draft, layers, order)
    config = _mapping(config)
    given = [ends[t.layer] for t in _references(config.get("input_layers")) if t.layer in ends]
    taken = [ends[t.layer] for t in _references(config.get("output_layers")) if t.layer in ends]
    inputs = tuple(leaf for end in (given or order[:1]) for leaf in end.inputs)
    outputs = tuple(leaf for end in (taken or order[-1:]) for leaf in end.outputs)
    return _Ends(inputs, outputs)


def _note_shape(draft: _Draft, source: int, shape: str) -> None:
    """What flows out of a layer is its output shape."""
    if shape:
        draft.attributes[source].setdefault("output shape", shape.split(" ", maxsplit=1)[0])


def _wire_functional(draft: _Draft, layers: list[Mapping[str, Any]], ends: Mapping[str, _Ends]) -> None:
    for index, layer in enumerate(layers):
        end = ends[_name(layer, index)]
        tensors = [t for t in _references(layer.get("inbound_nodes")) if t.layer in ends]
        for position, tensor in enumerate(tensors):
            outputs = ends[tensor.layer].outputs
            if not outputs or not end.inputs:
                continue
            source = outputs[tensor.output if 0 <= tensor.output < len(outputs) else 0]
            target = end.inputs[position % len(end.inputs)]
            _note_shape(draft, source, tensor.shape)
            draft.wires.append((source, target, tensor.shape))


def _wire_sequence(draft: _Draft, layers: list[Mapping[str, Any]], order: list[_Ends]) -> None:
    for index in range(1, len(order)):
        shape = _input_shape(layers[index])
        for source in order[index - 1].outputs[:1]:
            _note_shape(draft, source, shape)
            draft.wires.extend((source, target, shape) for target in order[index].inputs)


def parse_keras_model(data: bytes) -> ModelGraph:
    """The graph of a model's JSON. Raises Undecodable."""
    try:
        model = msgspec.json.decode(data)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise Undecodable(f"not JSON: {error}") from None
    if isinstance(model, str):  # Some writers encode the text twice.
        return parse_keras_model(model.encode()) if model.lstrip().startswith("{") else _refuse()
    if not isinstance(model, dict):
        return _refuse()
    draft = _Draft()
    try:
        _add_model(draft, model, ())
    except RecursionError:
        raise Undecodable("nested too deeply") from None
    if not draft.paths:
        # A subclassed model tells its class and nothing of its layers.
        class_name = str(model.get("class_name") or "Model")
        name = str(_mapping(model.get("config")).get("name") or class_name)
        draft.add((name.replace("/", "∕"),), class_name, _list_attributes(model, class_name))
    return ModelGraph(
        paths=settle(draft.paths),
        ops=draft.ops,
        wires=Wires(
            [source for source, _, _ in draft.wires],
            [target for _, target, _ in draft.wires],
            [False] * len(draft.wires),
        ),
        read_attributes=lambda index: draft.attributes[index],
        read_label=lambda wire: draft.wires[wire][2],
        groups=draft.groups,
    )


def _refuse() -> ModelGraph:
    raise Undecodable("not a model's JSON object")
