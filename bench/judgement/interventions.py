"""Small networks trained on real digits → curves whose truth is known because we broke the training ourselves.

Each intervention changes one thing of a training that is otherwise sound: labels, rows, their order, learning rate,
weights.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
from bench.judgement.detectors import Curves

from goodfit.demo.data import N_CLASSES, Rows, Split, load_digits, split_digits
from goodfit.demo.model import Mlp

N_EPOCHS = 60
BATCH_SIZE = 32


@dataclass(frozen=True)
class Intervention:
    """What is done to a training, and the rules one of which must (or must not) fire."""

    name: str
    expected: tuple[str, ...]
    """Any one of these; empty: no warning at all."""
    hidden: tuple[int, ...] = (32,)
    n_train: int = 1198
    label_noise: float = 0.0
    learning_rate: float = 0.02
    weight_decay: float = 3e-3
    are_weights_dead: bool = False
    are_labels_shuffled: bool = False
    n_leaked: int = 0
    """Validation is that few rows, and each stands `N_COPIES` times among the train rows."""
    are_rows_sorted: bool = False
    """Rows come by label, in the same order each epoch; else in a new order each."""
    has_train_by_batch: bool = False
    """The train loss is that of each batch before it is learnt, as loops print it; else of all rows after an epoch."""
    n_epochs: int = N_EPOCHS


N_COPIES = 8
SOUND = Intervention("sound", ())
INTERVENTIONS = (
    SOUND,
    replace(SOUND, name="sound, wider", hidden=(64, 64)),
    replace(SOUND, name="sound, half the rows", n_train=600),
    replace(SOUND, name="sound, by batch", has_train_by_batch=True),
    replace(SOUND, name="wrong labels", expected=("overfit",), hidden=(256,), n_train=200, label_noise=0.3,
            weight_decay=0.0, n_epochs=120),
    replace(SOUND, name="tiny train set", expected=("overfit",), hidden=(256, 256), n_train=80, label_noise=0.15,
            weight_decay=0.0, n_epochs=120),
    replace(SOUND, name="rate x 30", expected=("diverged", "nonfinite", "underfit"), learning_rate=3.0),
    replace(SOUND, name="rate / 300", expected=("still_improving", "slow", "underfit"), learning_rate=7e-5),
    replace(SOUND, name="dead weights", expected=("underfit",), are_weights_dead=True),
    replace(SOUND, name="labels of other rows", expected=("underfit", "overfit", "best_is_not_last"),
            are_labels_shuffled=True),
    replace(SOUND, name="too much weight decay", expected=("underfit",), weight_decay=0.3),
    replace(SOUND, name="validation rows in train", expected=("validation_better",), hidden=(16,), n_leaked=60,
            weight_decay=0.03),
    replace(SOUND, name="rows sorted by label", expected=("sawtooth", "oscillation", "staircase"),
            learning_rate=0.002, are_rows_sorted=True, has_train_by_batch=True),
)  # fmt: skip


def train_all(*, n_seeds: int) -> Iterator[tuple[Intervention, Curves]]:
    """Every intervention with `n_seeds` seeds; about a second each."""
    digits = load_digits()
    for intervention in INTERVENTIONS:
        for seed in range(n_seeds):
            yield intervention, train(intervention, digits, np.random.default_rng([seed, 5]))


def train(intervention: Intervention, digits: Rows, rng: np.random.Generator) -> Curves:
    """Loss of train and validation after each epoch, or of train at each batch."""
    split = split_digits(digits, n_train=intervention.n_train, label_noise=intervention.label_noise, rng=rng)
    if intervention.are_labels_shuffled:
        split = Split(Rows(split.train.pixels, rng.permutation(split.train.labels)), split.validation)
    if intervention.n_leaked:
        split = _leak(split, intervention.n_leaked)
    model = Mlp((digits.pixels.shape[1], *intervention.hidden, N_CLASSES), rng=rng)
    if intervention.are_weights_dead:
        for layer in model.layers:
            layer.weights = layer.weights * np.float32(0)
            layer.bias = layer.bias - np.float32(1)
    by_label = np.argsort(split.train.labels, kind="stable")
    of_batches: list[float] = []
    of_epochs: list[tuple[float, float]] = []
    for _ in range(intervention.n_epochs):
        order = by_label if intervention.are_rows_sorted else rng.permutation(len(split.train))
        for start in range(0, len(order), BATCH_SIZE):
            rows = order[start : start + BATCH_SIZE]
            batch = Rows(split.train.pixels[rows], split.train.labels[rows])
            if intervention.has_train_by_batch:
                of_batches.append(model.score(batch).loss)
            model.learn(
                batch,
                learning_rate=intervention.learning_rate,
                momentum=0.9,
                weight_decay=intervention.weight_decay,
            )
        of_epochs.append((model.score(split.train).loss, model.score(split.validation).loss))
    values = np.array(of_epochs)
    if intervention.has_train_by_batch:
        n_batches = len(of_batches)
        steps = (np.arange(1, len(of_epochs) + 1, dtype=np.int64) * n_batches) // len(of_epochs) - 1
        return Curves(np.array(of_batches), values[:, 1], steps, np.arange(n_batches, dtype=np.int64), "min")
    return Curves(values[:, 0], values[:, 1], np.arange(len(of_epochs), dtype=np.int64), None, "min")


def _leak(split: Split, n_rows: int) -> Split:
    """The first `n_rows` of validation, and train with `N_COPIES` of each of them among its rows."""
    few = Rows(split.validation.pixels[:n_rows], split.validation.labels[:n_rows])
    pixels = np.concatenate([split.train.pixels, *[few.pixels] * N_COPIES])
    return Split(Rows(pixels, np.concatenate([split.train.labels, *[few.labels] * N_COPIES])), few)
