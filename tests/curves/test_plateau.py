"""Flatness by equivalence."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from tests.curves.strategies import HOSTILE, curves, scales

from goodfit.curves.plateau import MIN_POINTS, Plateau, find_plateau
from goodfit.curves.refusal import Refusal
from goodfit.testing.curves import noise


def plateau_of(values: np.ndarray) -> Plateau:
    plateau = find_plateau(values)
    assert isinstance(plateau, Plateau)
    return plateau


def test_a_flat_end_is_flat_since_the_knee() -> None:
    plateau = plateau_of(np.r_[np.linspace(3, 1, 30), np.ones(40)])
    assert plateau.is_flat and plateau.level == pytest.approx(1) and plateau.gain == pytest.approx(2, rel=0.05)
    assert 24 <= plateau.start_idx <= 33


def test_a_falling_end_is_not_flat() -> None:
    plateau = plateau_of(np.linspace(3, 1, 100))
    # The last fifth falls by 2 / 99 a point; 20 points more would bring 0.404.
    assert not plateau.is_flat and plateau.change == pytest.approx(-2 / 99 * 20)


@given(values=curves, scale=scales)
@settings(max_examples=40, deadline=None)
def test_scale_changes_no_verdict(values: np.ndarray, scale: float) -> None:
    first, second = plateau_of(values), plateau_of(values * scale)
    assert (first.is_flat, first.start_idx) == (second.is_flat, second.start_idx)
    assert 0 <= first.start_idx < values.size


def test_falling_curves_are_rarely_called_flat() -> None:
    # Half the tolerance beyond: 2 % of the gain per fifth, in noise of .2 % of the gain.
    rng = np.random.default_rng(1)
    x = np.linspace(0, 1, 500)
    base = np.exp(-20 * x) - 0.12 * x
    alarms = sum(plateau_of(base + 0.002 * noise(500, rng)).is_flat for _ in range(100))
    assert alarms <= 5


def test_converged_curves_are_mostly_seen() -> None:
    rng = np.random.default_rng(2)
    base = np.exp(-30 * np.linspace(0, 1, 500))
    seen = sum(plateau_of(base + 0.002 * noise(500, rng)).is_flat for _ in range(100))
    assert seen >= 90


def test_edges() -> None:
    assert find_plateau(np.zeros(MIN_POINTS - 1)) == Refusal("too_short", MIN_POINTS - 1, MIN_POINTS)
    for values in HOSTILE.values():
        assert 0 <= plateau_of(values).start_idx < values.size
    assert plateau_of(np.full(30, 2.0)).is_flat
