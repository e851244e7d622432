"""A torch module → nodes: its leaf modules, and which feeds which when an example input is given.

Nothing of torch is imported: the module is asked by its own methods. With an input the module runs once, in
evaluation mode; hooks note each leaf module's call, and the autograd graph between two calls says whose output
reached whose input, through whatever functions lie between (additions, reshapes, concatenations).

Limits: a path that autograd does not follow (integer tensors, `detach`, modules under `no_grad`) is found only where
    a tensor is handed on unchanged. Without an input the modules are drawn in the order of their registration,
    without edges but in `Sequential`.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from goodfit.sdk.graph_def import Node


def torch_nodes(module: Any, example_input: Any = None) -> list[Node]:
    """The nodes of `module`.

    Args:
        module: A `torch.nn.Module`.
        example_input: What to call it with: a tensor, or a tuple, list or dict of arguments; None only lists the
            modules.
    """
    leaves = {name or type(module).__name__: leaf for name, leaf in module.named_modules() if not any(leaf.children())}
    if example_input is None:
        return _listed(leaves, module)
    return _traced(module, leaves, example_input)


def _listed(leaves: dict[str, Any], module: Any) -> list[Node]:
    nodes = [Node(_path(name), type(leaf).__name__, (), _attributes(leaf)) for name, leaf in leaves.items()]
    in_order = {
        f"{name}.{child}" if name else child
        for name, parent in module.named_modules()
        if type(parent).__name__ == "Sequential"
        for child, _ in list(parent.named_children())[1:]
    }
    names = list(leaves)
    for before, node, name in zip(nodes, nodes[1:], names[1:], strict=False):
        parts = name.split(".")
        # The first leaf inside a later child of a Sequential follows the last leaf before it.
        starts_child = any(
            ".".join(parts[:end]) in in_order and _is_first_inside(names, name, ".".join(parts[:end]))
            for end in range(1, len(parts) + 1)
        )
        if starts_child:
            node.inputs = [before.name]
    return nodes


def _is_first_inside(names: list[str], name: str, scope: str) -> bool:
    inside = [other for other in names if other == scope or other.startswith(f"{scope}.")]
    return bool(inside) and inside[0] == name


def _traced(module: Any, leaves: dict[str, Any], example_input: Any) -> list[Node]:
    names = {id(leaf): name for name, leaf in leaves.items()}
    nodes: list[Node] = []
    n_calls: dict[str, int] = {}
    of_tensor: dict[int, str] = {}
    of_function: dict[Any, str] = {}
    kept: list[Any] = []  # ids are only unique while their objects live

    def note_call(leaf: Any, arguments: Any, keywords: Any, output: Any) -> None:
        name = _path(names[id(leaf)])
        n_calls[name] = n_calls.get(name, 0) + 1
        path = name if n_calls[name] == 1 else f"{name}_{n_calls[name] - 1}"
        inputs = sorted({source for tensor in _tensors((arguments, keywords)) for source in sources(tensor)})
        nodes.append(Node(path, type(leaf).__name__, inputs, _attributes(leaf)))
        for tensor in _tensors(output):
            kept.append(tensor)
            of_tensor[id(tensor)] = path
            if tensor.grad_fn is not None:
                of_function[tensor.grad_fn] = path

    def sources(tensor: Any) -> Iterator[str]:
        if id(tensor) in of_tensor:
            yield of_tensor[id(tensor)]
            return
        waiting, seen = [tensor.grad_fn], set()
        while waiting:
            function = waiting.pop()
            if function is None or function in seen:
                continue
            seen.add(function)
            if function in of_function:
                yield of_function[function]
            else:
                waiting.extend(following for following, _ in function.next_functions)

    arguments = example_input if isinstance(example_input, (tuple, list)) else (example_input,)
    keywords = example_input if isinstance(example_input, dict) else {}
    for index, tensor in enumerate(_tensors(example_input)):
        path = "input" if index == 0 else f"input_{index}"
        nodes.append(Node(path, "Input", (), {"shape": list(tensor.shape), "dtype": tensor.dtype}))
        kept.append(tensor)
        of_tensor[id(tensor)] = path
    was_training = module.training
    hooks = [leaf.register_forward_hook(note_call, with_kwargs=True) for leaf in leaves.values()]
    try:
        module.eval()
        output = module(**keywords) if keywords else module(*arguments)
    finally:
        module.train(was_training)
        for hook in hooks:
            hook.remove()
    inputs = sorted({source for tensor in _tensors(output) for source in sources(tensor)})
    nodes.append(Node("output", "Output", inputs))
    return nodes


def _tensors(value: Any) -> Iterator[Any]:
    if hasattr(value, "grad_fn") and hasattr(value, "shape"):
        yield value
    elif isinstance(value, dict):
        for item in value.values():
            yield from _tensors(item)
    elif isinstance(value, (tuple, list)):
        for item in value:
            yield from _tensors(item)


def _path(name: str) -> str:
    return name.replace(".", "/")


def _attributes(leaf: Any) -> dict[str, Any]:
    """What the module prints of itself, and its parameters' shapes."""
    shapes = {name: list(parameter.shape) for name, parameter in leaf.named_parameters(recurse=False)}
    n_parameters = sum(parameter.numel() for parameter in leaf.parameters(recurse=False))
    attributes: dict[str, Any] = {f"shape of {name}": shape for name, shape in shapes.items()}
    if leaf.extra_repr():
        attributes["settings"] = leaf.extra_repr()
    if n_parameters:
        attributes["parameters"] = n_parameters
    return attributes
