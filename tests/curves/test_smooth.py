"""Smoothers against closed forms and scipy."""

from __future__ import annotations

import numpy as np
import pytest
import scipy.ndimage
import scipy.signal
from hypothesis import given, settings
from tests.curves.strategies import HOSTILE, curves

from goodfit.curves.smooth import box_mean, median_of_three, smooth_ema, smooth_ema_by_time, smooth_gaussian
from goodfit.errors import BadArgument


@given(values=curves)
@settings(max_examples=40, deadline=None)
def test_median_of_three_is_scipys_but_for_the_ends(values: np.ndarray) -> None:
    assert np.array_equal(median_of_three(values)[1:-1], scipy.ndimage.median_filter(values, 3)[1:-1])


@given(values=curves)
@settings(max_examples=40, deadline=None)
def test_box_mean_is_scipys_inside(values: np.ndarray) -> None:
    expected = scipy.ndimage.uniform_filter1d(values, 5)
    assert np.allclose(box_mean(values, width=5)[2:-2], expected[2:-2], atol=1e-9)


def test_box_mean_keeps_straight_lines() -> None:
    line = np.linspace(3, -2, 41)
    assert np.allclose(box_mean(line, width=9), line)


def test_ema_is_the_debiased_filter() -> None:
    values = np.random.default_rng(0).normal(size=200)
    weight = 0.9
    raw = scipy.signal.lfilter([1 - weight], [1, -weight], values)
    assert np.allclose(smooth_ema(values, weight=weight), raw / (1 - weight ** np.arange(1, 201)))


def test_ema_passes_gaps_through_and_never_mixes_them_in() -> None:
    values = np.array([1.0, np.nan, 1.0, np.inf, 1.0])
    assert np.array_equal(smooth_ema(values, weight=0.6), values, equal_nan=True)
    assert np.array_equal(smooth_gaussian(values, sigma_points=1.0), values, equal_nan=True)
    assert np.array_equal(smooth_ema_by_time(values, np.arange(5.0), half_life=2.0), values, equal_nan=True)


def test_ema_by_time_on_an_even_grid_is_ema() -> None:
    values = np.random.default_rng(1).normal(size=100)
    by_time = smooth_ema_by_time(values, np.arange(100.0), half_life=1.0)
    assert np.allclose(by_time, smooth_ema(values, weight=0.5))


def test_gaussian_is_scipys_inside() -> None:
    values = np.random.default_rng(2).normal(size=200)
    expected = scipy.ndimage.gaussian_filter1d(values, 3.0, truncate=4.0)
    assert np.allclose(smooth_gaussian(values, sigma_points=3.0)[12:-12], expected[12:-12])


def test_smoothing_shrinks_white_noise_as_theory_says() -> None:
    # A mean of 9 independent points has a third of the scale.
    smooth = box_mean(np.random.default_rng(3).normal(size=20_000), width=9)
    assert smooth.std() == pytest.approx(1 / 3, rel=0.05)


def test_edges() -> None:
    empty = np.zeros(0)
    assert median_of_three(empty).size == box_mean(empty, width=3).size == smooth_ema(empty, weight=0.5).size == 0
    assert smooth_ema_by_time(empty, empty, half_life=1.0).size == smooth_gaussian(empty, sigma_points=1.0).size == 0
    with pytest.raises(BadArgument, match="0 <= weight < 1"):
        smooth_ema(empty, weight=1.0)
    with pytest.raises(BadArgument, match="width >= 1"):
        box_mean(empty, width=0)
    with pytest.raises(BadArgument, match="half_life > 0"):
        smooth_ema_by_time(empty, empty, half_life=0)
    with pytest.raises(BadArgument, match="sigma_points >= 0"):
        smooth_gaussian(empty, sigma_points=-1)


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_curves_keep_their_length(name: str) -> None:
    values = HOSTILE[name]
    assert box_mean(median_of_three(values), width=5).shape == values.shape
    assert smooth_gaussian(values, sigma_points=2.0).shape == values.shape
