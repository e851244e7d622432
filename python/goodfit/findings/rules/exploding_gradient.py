"""The gradient of a layer grew many times over its own early size and stays there."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from goodfit.findings.finding import Finding
    from goodfit.findings.layers import Layer

NAME = "exploding_gradient"

# AUTOTRAINER's 70, here against the layer's own first half.
MIN_RATIO = 70.0
# Gradients that grow from nothing are a model that begins to learn.
MIN_SIZE = 1e-3

_ADVICE = ("clip_gradients", "lower_learning_rate", "warm_up", "better_initialisation")


def find_layers(layers: Sequence[Layer], training: str) -> list[Finding]:
    """Fires on the layer whose gradient grew most."""
    worst: tuple[float, Layer] | None = None
    for layer in layers:
        if layer.kind != "gradient":
            continue
        early = float(np.nanmedian(layer.sizes[: max(2, len(layer.histograms) // 2)]))
        now = float(np.nanmin(layer.sizes[-layer.n_last :]))
        if early > 0 and now > MIN_SIZE and now > MIN_RATIO * early and (worst is None or now / early > worst[0]):
            worst = (now / early, layer)
    if worst is None:
        return []
    layer = worst[1]
    early = float(np.nanmedian(layer.sizes[: max(2, len(layer.histograms) // 2)]))
    evidence = {"gradient_value": layer.sizes[-1], "early_value": early}
    holds = (layer.sizes > MIN_RATIO * early).tolist()
    return [layer.finding(NAME, "warning", training, holds=holds, evidence=evidence, advice=_ADVICE)]
