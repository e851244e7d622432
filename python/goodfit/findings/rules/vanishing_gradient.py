"""Gradients of the first layers are nothing beside those of the last: early layers do not learn."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from goodfit.findings.finding import Finding
    from goodfit.findings.layers import Layer

NAME = "vanishing_gradient"

# As AUTOTRAINER has it (Zhang et al., ICSE 2021): first over last below 1e-3, and the first below 1e-4 ...
MAX_RATIO = 1e-3
MAX_SIZE = 1e-4
# ... or, as SageMaker's VanishingGradient, every layer below 1e-7.
NOTHING = 1e-7

_ADVICE = ("leaky_activation", "normalise_layers", "residual_connections", "better_initialisation")


def find_layers(layers: Sequence[Layer], training: str) -> list[Finding]:
    """Fires on the layer with the smallest gradient, where that holds over the last fifth of the records."""
    gradients = [layer for layer in layers if layer.kind == "gradient"]
    if not gradients:
        return []
    n = min(len(layer.histograms) for layer in gradients)
    table = np.array([layer.sizes[-n:] for layer in gradients])
    if len(gradients) >= 2:
        smallest = gradients[int(np.argmin(np.median(table[:-1, -gradients[0].n_last :], axis=1)))]
        sizes, last = smallest.sizes[-n:], table[-1]
        holds = np.logical_and.reduce([sizes < MAX_RATIO * last, sizes < MAX_SIZE, sizes > 0])
        if bool(holds[-smallest.n_last :].all()):
            evidence = {
                "gradient_value": sizes[-1],
                "last_layer_value": last[-1],
                "last_layer": gradients[-1].tag,
            }
            padded = [False] * (len(smallest.histograms) - n) + [bool(each) for each in holds]
            return [smallest.finding(NAME, "warning", training, holds=padded, evidence=evidence, advice=_ADVICE)]
    first = gradients[0]
    none = np.logical_and.reduce((table < NOTHING) & (table > 0), axis=0)
    if bool(none[-first.n_last :].all()):
        padded = [False] * (len(first.histograms) - n) + [bool(each) for each in none]
        evidence = {"gradient_value": first.sizes[-1], "n_layers": len(gradients)}
        return [
            first.finding(NAME, "info", training, holds=padded, evidence=evidence, advice=_ADVICE, variant="everywhere")
        ]
    return []
