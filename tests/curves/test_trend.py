"""Slope and significance of a stretch, against scipy."""

from __future__ import annotations

import numpy as np
import pytest
import scipy.stats
from hypothesis import given, settings
from tests.curves.strategies import HOSTILE, curves, scales

from goodfit.curves.refusal import Refusal
from goodfit.curves.trend import MIN_POINTS, Trend, find_trend, rising_sigmas
from goodfit.testing.curves import noise


def trend_of(values: np.ndarray) -> Trend:
    trend = find_trend(values)
    assert isinstance(trend, Trend)
    return trend


@pytest.mark.parametrize("n_points", [8, 23, 40])
def test_slope_is_scipys_theil_sen(n_points: int) -> None:
    values = np.random.default_rng(n_points).normal(size=n_points) + 0.3 * np.arange(n_points)
    assert trend_of(values).slope == pytest.approx(scipy.stats.theilslopes(values)[0])


def test_z_of_a_monotone_curve_is_mann_kendalls() -> None:
    # n = 20, no residual, rho = 0 but for its correction 1/20: S = 190, Var = 20 * 19 * 45 / 18 = 950.
    trend = trend_of(np.arange(20.0))
    rho = 1 / 20
    assert trend.z == pytest.approx(190 / np.sqrt(950 * (1 + rho) / (1 - rho)), rel=0.2)


@given(values=curves, scale=scales)
@settings(max_examples=40, deadline=None)
def test_scale_changes_the_slope_and_nothing_else(values: np.ndarray, scale: float) -> None:
    first, second = trend_of(values), trend_of(values * scale)
    assert second.slope == pytest.approx(first.slope * scale)
    assert second.z == pytest.approx(first.z)
    assert trend_of(-values).z == pytest.approx(-first.z)


def test_false_alarms_on_noise_are_as_many_as_promised() -> None:
    rng = np.random.default_rng(5)
    # |z| > 3 has a probability of .27 % under white noise; AR(1) is corrected for, roughly.
    for rho, most in ((0.0, 6), (0.7, 15)):
        alarms = sum(abs(trend_of(noise(40, rng, rho=rho)).z) > 3 for _ in range(300))
        assert alarms <= most, rho


def test_sees_a_slope_of_three_sigma_in_all() -> None:
    rng = np.random.default_rng(6)
    seen = sum(trend_of(noise(200, rng) - 3 * np.linspace(0, 1, 200)).z < -3 for _ in range(100))
    assert seen >= 95


def test_edges() -> None:
    assert find_trend(np.zeros(MIN_POINTS - 1)) == Refusal("too_short", MIN_POINTS - 1, MIN_POINTS)
    for name, values in HOSTILE.items():
        assert np.isfinite([trend_of(values).slope, trend_of(values).z]).all(), name


@pytest.mark.parametrize("n_points", [3, 10, 40])
def test_rising_sigmas_is_mann_kendalls_z(n_points: int) -> None:
    values = np.random.default_rng(n_points).normal(size=n_points) + 0.1 * np.arange(n_points)
    # Kendall's tau against time is S over the number of pairs.
    s = round(scipy.stats.kendalltau(np.arange(n_points), values).statistic * n_points * (n_points - 1) / 2)
    variance = n_points * (n_points - 1) * (2 * n_points + 5) / 18
    assert rising_sigmas(values) == pytest.approx((s - np.sign(s)) / np.sqrt(variance))


@given(values=curves, scale=scales)
@settings(max_examples=40, deadline=None)
def test_rising_sigmas_knows_order_alone(values: np.ndarray, scale: float) -> None:
    assert rising_sigmas(values * scale) == rising_sigmas(values)
    assert rising_sigmas(-values) == pytest.approx(-rising_sigmas(values), abs=1e-12) or values.size > 40


def test_heavy_tails_seldom_rise() -> None:
    rng = np.random.default_rng(5)
    z = np.array([rising_sigmas(rng.standard_t(1.5, 30)) for _ in range(1_000)])
    assert np.mean(z > 2) < 0.035  # 2.3 % of a normal statistic


def test_a_planted_rise_rises_and_one_low_value_does_not() -> None:
    rng = np.random.default_rng(6)
    assert rising_sigmas(0.1 * np.arange(40) + rng.normal(size=40)) > 3
    low_first = np.r_[-50.0, rng.normal(size=39)]
    assert rising_sigmas(low_first) < 2


@pytest.mark.parametrize("values", [np.zeros(0), np.ones(1), np.array([0.0, 1.0]), np.ones(90)], ids=str)
def test_rising_sigmas_of_little_is_none(values: np.ndarray) -> None:
    assert rising_sigmas(values) == 0
