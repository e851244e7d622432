"""Pixels → digits: a multilayer perceptron with ReLU and softmax, and stochastic gradient descent with momentum.

Written out in numpy, so that the demonstration needs no framework.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np

from goodfit.demo.data import Rows

if TYPE_CHECKING:
    import numpy.typing as npt

    Float32Array = npt.NDArray[np.float32]


@dataclass(slots=True)
class Layer:
    """One dense layer, its velocity, and what its last backward pass found."""

    weights: Float32Array
    """Shape [n_inputs, n_outputs]."""
    bias: Float32Array
    weight_velocity: Float32Array
    bias_velocity: Float32Array
    gradient: Float32Array
    """Of the weights, from the last step; zeros before the first."""


@dataclass(frozen=True, slots=True)
class Score:
    """How well a model does on some rows."""

    loss: float
    """Mean cross-entropy in nats; infinite or NaN once the weights are."""
    accuracy: float
    """Share of rows whose largest output is the label."""


class Mlp:
    """Dense layers with ReLU between them."""

    def __init__(self, sizes: Sequence[int], *, rng: np.random.Generator) -> None:
        """`sizes` are the widths from input to output; weights are drawn as He et al. (2015) propose for ReLU."""
        self.layers = []
        for n_inputs, n_outputs in pairwise(sizes):
            weights = (rng.standard_normal((n_inputs, n_outputs)) * np.sqrt(2 / n_inputs)).astype(np.float32)
            bias = np.zeros(n_outputs, np.float32)
            self.layers.append(
                Layer(weights, bias, np.zeros_like(weights), np.zeros_like(bias), np.zeros_like(weights))
            )

    def outputs(self, pixels: Float32Array) -> list[Float32Array]:
        """The input, then the output of each layer; the last are logits of shape [n_rows, n_classes]."""
        found = [pixels]
        for index, layer in enumerate(self.layers):
            value = found[-1] @ layer.weights + layer.bias
            found.append(value if index == len(self.layers) - 1 else np.maximum(value, 0))
        return found

    def describe(self) -> dict[str, Any]:
        """The layers in the order that data takes, as `Run.graph` draws them."""
        n_inputs = self.layers[0].weights.shape[0]
        found: dict[str, Any] = {"pixels": {"op": "Input", "shape": f"[{n_inputs}]"}}
        for number, layer in enumerate(self.layers, start=1):
            is_last = number == len(self.layers)
            dense = {
                "op": "Dense",
                "units": layer.weights.shape[1],
                "parameters": layer.weights.size + layer.bias.size,
            }
            found[f"layer_{number}"] = {
                "dense": dense,
                "softmax" if is_last else "relu": "Softmax" if is_last else "ReLU",
            }
        return found

    def answers(self, pixels: Float32Array) -> npt.NDArray[np.int64]:
        """The digit that each row is taken for."""
        with np.errstate(all="ignore"):
            found: npt.NDArray[np.int64] = self.outputs(pixels)[-1].argmax(axis=1)
        return found

    def score(self, rows: Rows) -> Score:
        """Loss and accuracy, without learning from the rows."""
        with np.errstate(all="ignore"):
            log_probabilities = _log_softmax(self.outputs(rows.pixels)[-1])
            loss = -log_probabilities[np.arange(len(rows)), rows.labels].mean(dtype=np.float64)
            hits = log_probabilities.argmax(axis=1) == rows.labels
        return Score(float(loss), float(hits.mean()))

    def learn(self, rows: Rows, *, learning_rate: float, momentum: float, weight_decay: float) -> None:
        """One step down the gradient of the mean cross-entropy of `rows` plus weight_decay / 2 · Σ weights²."""
        # A learning rate that is far too high overflows; that is what the demonstration shows.
        with np.errstate(all="ignore"):
            values = self.outputs(rows.pixels)
            slope = np.exp(_log_softmax(values[-1]))
            slope[np.arange(len(rows)), rows.labels] -= 1
            slope /= len(rows)
            for index in range(len(self.layers) - 1, -1, -1):
                layer = self.layers[index]
                layer.gradient = values[index].T @ slope + np.float32(weight_decay) * layer.weights
                bias_gradient = slope.sum(axis=0)
                if index:
                    slope = (slope @ layer.weights.T) * (values[index] > 0)
                layer.weight_velocity *= np.float32(momentum)
                layer.weight_velocity -= np.float32(learning_rate) * layer.gradient
                layer.bias_velocity *= np.float32(momentum)
                layer.bias_velocity -= np.float32(learning_rate) * bias_gradient
                layer.weights = layer.weights + layer.weight_velocity
                layer.bias = layer.bias + layer.bias_velocity


def _log_softmax(values: Float32Array) -> Float32Array:
    shifted = values - values.max(axis=1, keepdims=True)
    result: Float32Array = shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))
    return result
