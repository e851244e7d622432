"""Nearly all activations of a layer, or all of its gradient, are zero: its units are dead."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from goodfit.findings.finding import Finding
    from goodfit.findings.layers import Layer

NAME = "dead_units"

# Of activations: ReLU networks are well with nine in ten.
MIN_ZERO_SHARE = 0.97

_ADVICE = ("leaky_activation", "lower_learning_rate", "better_initialisation", "normalise_layers")


def find_layers(layers: Sequence[Layer], training: str) -> list[Finding]:
    """Fires on each layer that is so over the last fifth of its records."""
    answers = []
    for layer in layers:
        if layer.kind == "weights":
            continue
        needed = MIN_ZERO_SHARE if layer.kind == "activation" else 1.0
        holds = (layer.zero_shares >= needed).tolist()
        if all(holds[-layer.n_last :]):
            evidence = {"what": layer.kind, "zero_share": layer.zero_shares[-1]}
            answers.append(layer.finding(NAME, "warning", training, holds=holds, evidence=evidence, advice=_ADVICE))
    return answers
