"""The demonstration's network learns what it claims to learn."""

from __future__ import annotations

import numpy as np
import pytest

from goodfit.demo.data import Rows, load_digits, split_digits
from goodfit.demo.model import Mlp


def test_digits_are_the_known_ones() -> None:
    digits = load_digits()
    assert digits.pixels.shape == (1797, 64)
    assert (digits.pixels.min(), digits.pixels.max()) == (0.0, 1.0)
    # Counts of the digits 0 to 9 in the UCI test set, from its documentation.
    assert np.bincount(digits.labels).tolist() == [178, 182, 177, 183, 181, 182, 181, 179, 174, 180]


def test_no_row_is_in_both_halves() -> None:
    digits = load_digits()
    split = split_digits(digits, n_train=1198, label_noise=0.0, rng=np.random.default_rng(1))
    assert (len(split.train), len(split.validation)) == (1198, 599)
    everything = np.concatenate([split.train.pixels, split.validation.pixels])
    assert np.array_equal(np.sort(everything.sum(axis=1)), np.sort(digits.pixels.sum(axis=1)))


def test_label_noise_touches_train_only() -> None:
    digits = load_digits()
    clean, noisy = (
        split_digits(digits, n_train=400, label_noise=noise, rng=np.random.default_rng(1)) for noise in (0.0, 0.5)
    )
    changed = (clean.train.labels != noisy.train.labels).mean()
    # Half of the labels are redrawn; a tenth of those hit the true digit again.
    assert changed == pytest.approx(0.45, abs=0.06)
    assert np.array_equal(clean.validation.labels, noisy.validation.labels)


def test_gradient_equals_finite_differences() -> None:
    rng = np.random.default_rng(3)
    rows = Rows(rng.random((5, 6), dtype=np.float32), rng.integers(0, 3, 5))
    model = Mlp((6, 4, 3), rng=rng)
    for layer in model.layers:
        layer.weights = layer.weights.astype(np.float64)  # type: ignore[assignment]
    before = [layer.weights.copy() for layer in model.layers]
    model.learn(rows, learning_rate=0.0, momentum=0.0, weight_decay=0.01)

    def objective() -> float:
        penalty = sum(float((layer.weights**2).sum()) for layer in model.layers)
        return model.score(rows).loss + 0.005 * penalty

    for layer, weights in zip(model.layers, before, strict=True):
        for place in ((0, 0), (1, 2), (3, 1)):
            slopes = []
            for sign in (1, -1):
                layer.weights = weights.copy()
                layer.weights[place] += sign * 1e-4
                slopes.append(objective())
            layer.weights = weights
            assert layer.gradient[place] == pytest.approx((slopes[0] - slopes[1]) / 2e-4, rel=1e-3, abs=1e-5)


def test_untrained_network_knows_nothing() -> None:
    rows = load_digits()
    score = Mlp((64, 32, 10), rng=np.random.default_rng(0)).score(rows)
    assert score.loss > 2.0
    assert score.accuracy < 0.35
