"""The weights of a layer move by a large part of their own size from one record to the next."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from goodfit.findings.finding import Finding
    from goodfit.findings.layers import Layer

NAME = "update_ratio"

# A third of the mean weight between two records, late in a run: whatever was learnt before is written over. Healthy
# demonstrations move by less than a twentieth then.
MIN_MOVE = 0.33

_ADVICE = ("lower_learning_rate", "warm_up", "clip_gradients")


def find_layers(layers: Sequence[Layer], training: str) -> list[Finding]:
    """Fires on the layer that moves most, where it does so over all of the last fifth."""
    worst: tuple[float, Layer] | None = None
    for layer in layers:
        if layer.kind != "weights":
            continue
        move = float(np.min(layer.moves[-layer.n_last :]))
        if move >= MIN_MOVE and (worst is None or move > worst[0]):
            worst = (move, layer)
    if worst is None:
        return []
    layer = worst[1]
    holds = [False, *(layer.moves >= MIN_MOVE).tolist()]
    evidence = {"move_share": float(np.median(layer.moves[-layer.n_last :]))}
    return [layer.finding(NAME, "info", training, holds=holds, evidence=evidence, advice=_ADVICE)]
