"""A random generator → learning curves of small models that are really trained, with the truth from many fresh rows.

The sixth source of truth, of another kind than the others: nothing is drawn but data, model and recipe. A linear, a
logistic or a two-layer model is trained by stochastic gradient descent; few rows with noisy targets make it overfit,
many do not. Noise and drift of its curves are those of batches, of dropout, of a rate too high and of a small
validation set that stays the same.

What a run did is read from its risk on `N_FRESH` rows that it never saw: it overfits where the mean over the last tenth
stands above the minimum by `MIN_RISE` of the level, and is healthy where it does so by less than `MAX_HEALTHY_RISE`.
What lies between is drawn anew. No weight is fitted to it; a gate of the rule that missed a tenth of its planted curves
(those that turn within the first twentieth) was mended on it, with seed 1.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from bench.judgement.detectors import Array, Curves
from bench.judgement.other_truth import Kind, OtherPair, draw_pairs

STRATA = (
    "linear", "logistic", "network", "dropout", "augmented", "rate_cuts", "cosine", "momentum", "shift",
    "small_validation", "high_rate", "by_batch",
)  # fmt: skip

N_FRESH = 2_000
MIN_RISE = 0.04
MAX_HEALTHY_RISE = 0.01


@dataclass(frozen=True)
class Recipe:
    """How a model is trained."""

    n_hidden: int
    """0 for a linear model."""
    is_classifier: bool
    n_epochs: int
    batch_size: int
    rate: float
    schedule: str
    momentum: float
    weight_decay: float
    dropout: float
    """Share of inputs (of hidden units, where there are any) left out of a step."""
    jitter: float
    """Standard deviation of what is added to the inputs of a step."""


@dataclass(frozen=True)
class Rows:
    """Inputs, shape (n, n_inputs), and targets, shape (n,): real, or -1 and 1."""

    inputs: Array
    targets: Array


class Model:
    """One output from one or two layers, trained by gradient descent with momentum."""

    def __init__(self, n_inputs: int, recipe: Recipe, rng: np.random.Generator) -> None:
        """Draws the first weights; a linear model starts from nothing, as it may."""
        self.recipe, self.rng = recipe, rng
        h = recipe.n_hidden
        shapes = [(n_inputs, h), (h,)] if h else [(n_inputs,)]
        self.weights = [rng.standard_normal(shape) / math.sqrt(shape[0]) if h else np.zeros(shape) for shape in shapes]
        self.speeds = [np.zeros_like(layer) for layer in self.weights]

    def loss(self, rows: Rows) -> float:
        """Mean loss without dropout."""
        hidden = np.maximum(rows.inputs @ self.weights[0], 0) if self.recipe.n_hidden else rows.inputs
        return float(self._losses(hidden @ self.weights[-1], rows.targets).mean())

    def learn(self, rows: Rows, rate: float) -> float:
        """One step; the loss of the batch before it, as loops print it: with dropout and jitter."""
        recipe, rng = self.recipe, self.rng
        inputs = rows.inputs
        if recipe.jitter:
            inputs = inputs + recipe.jitter * rng.standard_normal(inputs.shape)
        hidden = np.maximum(inputs @ self.weights[0], 0) if recipe.n_hidden else inputs
        kept: Array | float = 1.0
        if recipe.dropout:
            kept = (rng.random(hidden.shape) > recipe.dropout) / (1 - recipe.dropout)
        seen = hidden * kept
        output = seen @ self.weights[-1]
        slope = self._slopes(output, rows.targets) / rows.targets.size
        gradients = [seen.T @ slope]
        if recipe.n_hidden:
            back = np.outer(slope, self.weights[-1]) * kept * (hidden > 0)
            gradients.insert(0, inputs.T @ back)
        for place, gradient in enumerate(gradients):
            self.speeds[place] = recipe.momentum * self.speeds[place] - rate * (
                gradient + recipe.weight_decay * self.weights[place]
            )
            self.weights[place] = self.weights[place] + self.speeds[place]
        return float(self._losses(output, rows.targets).mean())

    def _losses(self, output: Array, targets: Array) -> Array:
        if self.recipe.is_classifier:
            return np.logaddexp(0, -targets * output)
        return np.asarray(0.5 * (output - targets) ** 2)

    def _slopes(self, output: Array, targets: Array) -> Array:
        if self.recipe.is_classifier:
            return np.asarray(-targets / (1 + np.exp(np.clip(targets * output, -50, 50))))
        return output - targets


def make_trained_pairs(count: int, *, seed: int, kind: Kind) -> Iterator[OtherPair]:
    """`count` pairs, the strata in turn; each has its own stream. An eighth of a second each."""
    return draw_pairs(_draw, STRATA, count, seed=[seed, 8128], kind=kind)


def _draw(rng: np.random.Generator, stratum: str, kind: Kind) -> OtherPair | None:
    overfits = kind == "overfit"
    recipe = _draw_recipe(rng, stratum)
    n_inputs = int(rng.integers(10, 40))
    n_weights = n_inputs * max(1, recipe.n_hidden // 2)
    n_rows = int(n_weights * (rng.uniform(0.7, 3) if overfits else rng.uniform(20, 60)))
    n_rows = min(max(n_rows, 2 * recipe.batch_size), 300 if overfits else 4_000)
    n_validation = int(math.exp(rng.uniform(math.log(40), math.log(120 if stratum == "small_validation" else 1_500))))
    train, validation, fresh = _draw_rows(rng, recipe, n_inputs, (n_rows, n_validation, N_FRESH), stratum, overfits)
    model = Model(n_inputs, recipe, rng)
    n = recipe.n_epochs
    # A step or a pass is what a curve counts; healthy runs see few batches an epoch, so that both take as long.
    n_batches = min(max(1, n_rows // recipe.batch_size), 12)
    by_batch, seen, risk, of_train = np.empty(n * n_batches), np.empty(n), np.empty(n), np.empty(n)
    for epoch in range(n):
        seen[epoch], risk[epoch] = model.loss(validation), model.loss(fresh)
        order = rng.permutation(n_rows)[: n_batches * recipe.batch_size].reshape(n_batches, -1)
        rate = recipe.rate * _rate_share(recipe.schedule, epoch / n)
        for place, rows in enumerate(order):
            by_batch[epoch * n_batches + place] = model.learn(Rows(train.inputs[rows], train.targets[rows]), rate)
        of_train[epoch] = by_batch[epoch * n_batches : (epoch + 1) * n_batches].mean()
        if not (risk[epoch] < 20 * risk[0]):
            return None  # it diverged, which is another rule's
    bottom = _read_truth(risk, seen, overfits=overfits)
    if bottom is None:
        return None
    steps, train_steps, losses = np.arange(n, dtype=np.int64), None, of_train
    if stratum == "by_batch":
        steps, train_steps, losses = (steps + 1) * n_batches - 1, np.arange(n * n_batches, dtype=np.int64), by_batch
    return OtherPair(Curves(losses, seen, steps, train_steps, "min"), stratum, kind, risk, bottom if overfits else None)


def _read_truth(risk: Array, seen: Array, *, overfits: bool) -> int | None:
    """Where the risk is lowest, smoothed over a fortieth; None where it is not plainly of the wanted kind.

    A validation set that by chance tells the opposite of the risk shows something else than the kind that is wanted.
    """
    n = risk.size
    width = max(3, n // 40) | 1
    calm = np.convolve(np.pad(risk, width // 2, mode="edge"), np.ones(width) / width, mode="valid")
    bottom, n_tail = int(np.argmin(calm)), max(1, n // 10)
    lowest = float(calm[bottom])
    rise = float(risk[-n_tail:].mean()) / lowest - 1
    if overfits:
        seen_rise = float(seen[-n_tail:].mean()) / float(seen[max(0, bottom - 1) : bottom + 2].mean()) - 1
        is_plain = rise > MIN_RISE and seen_rise > MIN_RISE / 2 and bottom >= 2 and 0.02 * n < bottom < 0.92 * n
        return bottom if is_plain else None
    return bottom if rise < MAX_HEALTHY_RISE else None


def _draw_recipe(rng: np.random.Generator, stratum: str) -> Recipe:
    n_hidden = int(rng.integers(8, 24)) if stratum in ("network", "dropout") or rng.random() < 0.3 else 0
    is_classifier = stratum == "logistic" or (stratum != "linear" and rng.random() < 0.5)
    if stratum in ("linear", "logistic"):
        n_hidden = 0
    rate = math.exp(rng.uniform(math.log(0.004), math.log(0.06))) * (6 if is_classifier else 1) * (2 if n_hidden else 1)
    momentum = rng.uniform(0.7, 0.9) if stratum == "momentum" else 0.0
    return Recipe(
        n_hidden=n_hidden,
        is_classifier=is_classifier,
        n_epochs=int(math.exp(rng.uniform(math.log(20), math.log(300)))),
        batch_size=int(rng.choice([8, 16, 32])),
        rate=rate * (1 - momentum) * (3 if stratum == "high_rate" else 1),
        schedule={"rate_cuts": "steps", "cosine": "cosine"}.get(stratum, "constant"),
        momentum=momentum,
        weight_decay=float(rng.choice([0.0, 1e-4, 1e-2])),
        dropout=rng.uniform(0.1, 0.4) if stratum == "dropout" else 0.0,
        jitter=rng.uniform(0.05, 0.3) if stratum == "augmented" else 0.0,
    )


def _draw_rows(
    rng: np.random.Generator, recipe: Recipe, n_inputs: int, sizes: tuple[int, ...], stratum: str, overfits: bool
) -> list[Rows]:
    """Train, validation and fresh rows of one rule; of all sets but the first, inputs are moved where data shift."""
    spectrum = np.arange(1, n_inputs + 1) ** -rng.uniform(0.0, 0.7)
    rule = rng.standard_normal(n_inputs) / math.sqrt(float(spectrum @ spectrum))
    bend = rng.uniform(0, 0.5) * rng.standard_normal(n_inputs) / math.sqrt(n_inputs)
    noise = rng.uniform(0.5, 2.0) if overfits else rng.uniform(0.1, 0.5)
    wrong = rng.uniform(0.05, 0.3) if overfits else rng.uniform(0.0, 0.1)
    shift = rng.uniform(0.1, 0.6) * rng.standard_normal(n_inputs) * spectrum if stratum == "shift" else 0.0
    sets = []
    for place, size in enumerate(sizes):
        inputs = rng.standard_normal((size, n_inputs)) * spectrum + (shift if place else 0.0)
        signal = inputs @ rule + (inputs @ bend) ** 2
        if recipe.is_classifier:
            is_wrong = rng.random(size) < wrong
            targets = np.where((signal + 0.3 * rng.standard_normal(size) > 0) ^ is_wrong, 1.0, -1.0)
        else:
            targets = signal + noise * rng.standard_normal(size)
        sets.append(Rows(inputs, targets))
    return sets


def _rate_share(schedule: str, share: float) -> float:
    """Of the first rate, at that share of the run."""
    if schedule == "steps":
        return 1.0 if share < 0.5 else 0.2 if share < 0.75 else 0.04
    if schedule == "cosine":
        return 0.5 * (1 + math.cos(math.pi * share))
    return 1.0
