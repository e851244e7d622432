"""Periods that repeat: exact teeth, patterns in noise, and what noise alone does."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy.signal import lfilter

from goodfit.curves.refusal import Refusal
from goodfit.curves.repeat import Repeat, find_repeat


def test_exact_teeth_correlate_by_one_and_tell_their_size() -> None:
    teeth = np.tile(np.arange(10.0), 30) + np.linspace(5, 0, 300)
    found = find_repeat(teeth, 10)
    assert isinstance(found, Repeat)
    assert found.correlation == pytest.approx(1, abs=1e-6)
    assert found.share == pytest.approx(1, abs=1e-6)
    # A tooth of 0..9 has the variance (10^2 - 1) / 12; a sine of amplitude a has a^2 / 2.
    assert found.amplitude == pytest.approx(np.sqrt(99 / 12 * 2), rel=0.02)


def test_a_pattern_of_many_harmonics_is_found_in_noise() -> None:
    draw = np.random.default_rng(3)
    pattern = draw.normal(0, 1, 40)
    values = np.tile(pattern, 30) + draw.normal(0, 0.5, 1200) + 3 * np.exp(-np.arange(1200) / 200)
    found = find_repeat(values, 40)
    assert isinstance(found, Repeat)
    # Two noisy copies of one pattern: signal over signal and noise.
    assert found.correlation == pytest.approx(1 / 1.25, abs=0.08)


@pytest.mark.parametrize("rho", [0.0, 0.9, 0.98])
def test_noise_of_any_colour_does_not_repeat(rho: float) -> None:
    draw = np.random.default_rng(8)
    found = [find_repeat(lfilter([1], [1, -rho], draw.normal(size=400)), 20) for _ in range(200)]
    correlations = [each.correlation for each in found if isinstance(each, Repeat)]
    assert len(correlations) == 200
    assert abs(np.mean(correlations)) < 0.1
    assert max(correlations) < 0.6


def test_few_periods_are_refused() -> None:
    assert isinstance(find_repeat(np.arange(69.0), 10), Refusal)
    assert isinstance(find_repeat(np.arange(700.0), 5), Refusal)


@given(arrays(np.float64, st.integers(42, 90), elements=st.floats(-1e300, 1e300)))
def test_any_finite_curve_is_answered(values: np.ndarray) -> None:
    found = find_repeat(values, 6)
    assert isinstance(found, Repeat)
    assert -1 - 1e-9 <= found.correlation <= 1 + 1e-9
    assert 0 <= found.share <= 1 + 1e-9
