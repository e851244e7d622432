"""Regular swings."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from tests.curves.strategies import HOSTILE, curves, scales

from goodfit.curves.periodicity import MIN_POINTS, Swing, find_swing
from goodfit.curves.refusal import Refusal
from goodfit.testing.curves import noise


def swing_of(values: np.ndarray) -> Swing:
    swing = find_swing(values)
    assert isinstance(swing, Swing)
    return swing


@pytest.mark.parametrize("period", [5.0, 8.0, 12.5, 31.0])
def test_finds_period_and_amplitude_of_a_sine(period: float) -> None:
    swing = swing_of(0.3 * np.sin(2 * np.pi * np.arange(1000) / period))
    assert swing.period_points == pytest.approx(period, rel=0.02)
    assert swing.amplitude == pytest.approx(0.3, rel=0.15)
    assert swing.p_value < 1e-12


@given(values=curves.filter(lambda values: values.size >= MIN_POINTS), scale=scales)
@settings(max_examples=40, deadline=None)
def test_scale_changes_amplitude_alone(values: np.ndarray, scale: float) -> None:
    first, second = swing_of(values), swing_of(values * scale)
    assert second.period_points == pytest.approx(first.period_points)
    assert second.amplitude == pytest.approx(first.amplitude * scale)


def test_noise_has_no_swing() -> None:
    rng = np.random.default_rng(0)
    for rho in (0.0, 0.6, 0.9):
        found = [swing_of(noise(400, rng, rho=rho)) for _ in range(100)]
        assert sum(item.power_share > 0.65 and item.p_value < 1e-6 for item in found) <= 4, rho


def test_sees_a_swing_of_twice_the_noise() -> None:
    rng = np.random.default_rng(1)
    wave = 3 * np.sin(2 * np.pi * np.arange(800) / 20)
    found = [swing_of(wave + noise(800, rng)) for _ in range(50)]
    assert sum(item.power_share > 0.65 and item.p_value < 1e-6 for item in found) >= 48


def test_edges() -> None:
    assert find_swing(np.zeros(MIN_POINTS - 1)) == Refusal("too_short", MIN_POINTS - 1, MIN_POINTS)
    for name, values in HOSTILE.items():
        assert 0 <= swing_of(values).power_share <= 1 + 1e-9, name
