"""Scale and autocorrelation of noise: known truth, invariance, edges."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from tests.curves.strategies import HOSTILE, curves, scales

from goodfit.curves.noise import Noise, estimate_noise, noise_scale
from goodfit.curves.refusal import Refusal
from goodfit.testing.curves import noise


@pytest.mark.parametrize("sigma", [1e-6, 0.3, 1e6])
def test_recovers_the_scale_of_white_noise_on_a_slope(sigma: float) -> None:
    rng = np.random.default_rng(1)
    values = sigma * (noise(5_000, rng) + np.linspace(0, 50, 5_000))
    assert noise_scale(values) == pytest.approx(sigma, rel=0.06)


@pytest.mark.parametrize("rho", [0.3, 0.6, 0.8])
def test_recovers_autocorrelation(rho: float) -> None:
    estimate = estimate_noise(noise(5_000, np.random.default_rng(2), rho=rho))
    assert isinstance(estimate, Noise)
    assert estimate.rho == pytest.approx(rho, abs=0.08)
    # Of AR(1) noise of unit scale, differences have the variance 2 (1 - rho), second ones 2 (1 - rho) (3 - rho).
    expected = min(math.sqrt(1 - rho), math.sqrt((1 - rho) * (3 - rho) / 3))
    assert estimate.sigma == pytest.approx(expected, rel=0.08)


def test_heavy_tails_and_spikes_hardly_move_it() -> None:
    rng = np.random.default_rng(3)
    values = noise(2_000, rng)
    spoilt = values.copy()
    spoilt[::50] += 1e6
    assert noise_scale(spoilt) == pytest.approx(noise_scale(values), rel=0.1)


def test_a_steep_short_curve_without_noise_has_none() -> None:
    # Second differences of 10 exp(-x) around its end are far smaller than the first ones.
    assert noise_scale(10 * np.exp(-np.arange(12.0))) < 0.05


@given(values=curves, scale=scales)
@settings(max_examples=50, deadline=None)
def test_scales_with_the_curve(values: np.ndarray, scale: float) -> None:
    assert noise_scale(values * scale) == pytest.approx(noise_scale(values) * scale)


@pytest.mark.parametrize("n_points", range(5))
def test_refuses_short_curves(n_points: int) -> None:
    assert estimate_noise(np.zeros(n_points)) == Refusal("too_short", n_points, 5)


@pytest.mark.parametrize("name", HOSTILE)
def test_answers_on_hostile_curves(name: str) -> None:
    estimate = estimate_noise(HOSTILE[name])
    assert isinstance(estimate, Noise)
    assert math.isfinite(estimate.sigma) and 0 <= estimate.rho <= 0.95
