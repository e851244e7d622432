"""Most activations of a tanh or sigmoid layer lie at its ends, where it passes no gradient."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from goodfit.findings.finding import Finding
    from goodfit.findings.layers import Layer

NAME = "saturated"

# SageMaker's SaturatedActivation asks for half of the units; the slope of both is below a tenth of its largest there.
MIN_SHARE = 0.5
_TANH_END, _SIGMOID_END = 0.95, 0.975

_ADVICE = ("scale_inputs", "better_initialisation", "normalise_layers", "lower_learning_rate")


def find_layers(layers: Sequence[Layer], training: str) -> list[Finding]:
    """Fires on each layer that is so over the last fifth of its records."""
    answers = []
    for layer in layers:
        if layer.kind != "activation":
            continue
        low, high = layer.ends()
        if not (low >= -1.001 and high <= 1.001):
            continue
        is_tanh = low < -0.5 and "sigmoid" not in layer.tag.casefold()
        is_sigmoid = low >= 0 and "sigmoid" in layer.tag.casefold()
        if not (is_tanh or is_sigmoid):
            continue
        end = _TANH_END if is_tanh else _SIGMOID_END
        shares = layer.share_beyond(low=-end if is_tanh else 1 - end, high=end)
        holds = (shares >= MIN_SHARE).tolist()
        if all(holds[-layer.n_last :]):
            evidence = {"end_share": shares[-1], "end_value": end}
            answers.append(layer.finding(NAME, "warning", training, holds=holds, evidence=evidence, advice=_ADVICE))
    return answers
