"""The weights of a layer stay exactly as they are: frozen, or left out of the optimiser."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from goodfit.findings.finding import Finding
    from goodfit.findings.layers import Layer

NAME = "unchanged_weights"

# SageMaker's UnchangedTensor asks for three steps; histograms are rounded to single precision on their way.
MAX_MOVE = 1e-7

_ADVICE = ("check_trainable", "check_gradient_flow", "raise_learning_rate")


def find_layers(layers: Sequence[Layer], training: str) -> list[Finding]:
    """Fires where the last records (a fifth, at least three) are alike: a warning if so in every layer, else a note."""
    weights = [layer for layer in layers if layer.kind == "weights"]
    still = [layer for layer in weights if bool((layer.moves[-layer.n_last :] <= MAX_MOVE).all())]
    if not still:
        return []
    is_all = len(still) == len(weights)
    layer = still[0]
    holds = [False, *(layer.moves <= MAX_MOVE).tolist()]
    evidence = {"n_unchanged": len(still), "n_layers": len(weights)}
    return [
        layer.finding(
            NAME, "warning" if is_all else "info", training, holds=holds, evidence=evidence, advice=_ADVICE,
            variant="all" if is_all else "",
        )
    ]  # fmt: skip
