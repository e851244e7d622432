"""Quantiles of the future: ascending, free of units, right often enough, refused where there is nothing to say."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from goodfit.curves.forecast import QUANTILES, PathForecast, forecast_path
from goodfit.curves.refusal import Refusal
from goodfit.testing.curves import make_pairs

MIDDLE = len(QUANTILES) // 2


def test_truth_lies_in_the_band_about_as_often_as_promised() -> None:
    inside, errors, naive = [], [], []
    for pair in make_pairs(210, seed=301):
        sign = 1.0 if pair.direction == "min" else -1.0
        values = sign * pair.validation[:2000]
        n = values.size // 2
        if n < 10:
            continue
        answer = forecast_path(values[:n], np.array([float(values.size - n)]))
        assert isinstance(answer, PathForecast)
        row = answer.quantiles[0]
        inside.append(row[2] <= values[-1] <= row[8])
        span = float(np.ptp(values))
        errors.append(abs(row[MIDDLE] - values[-1]) / span)
        naive.append(abs(values[n - 1] - values[-1]) / span)
    # 80 % promised; of 170 curves fewer than 68 % would be one in ten thousand.
    assert 0.68 <= np.mean(inside) <= 0.95
    assert np.mean(errors) < np.mean(naive)


@given(power=st.integers(-30, 30), seed=st.integers(0, 50))
@settings(max_examples=25, deadline=None)
def test_a_power_of_two_scales_the_answer(power: int, seed: int) -> None:
    values = np.exp(-np.arange(60) / 15) + 0.01 * np.random.default_rng(seed).normal(size=60)
    first, second = (forecast_path(values * scale, np.array([12.0, 60.0])) for scale in (1.0, 2.0**power))
    assert isinstance(first, PathForecast) and isinstance(second, PathForecast)
    assert second.quantiles == pytest.approx(first.quantiles * 2.0**power, rel=1e-6)


def test_quantiles_ascend_and_bands_grow_with_time() -> None:
    values = np.exp(-np.arange(60) / 15) + 0.01 * np.random.default_rng(0).normal(size=60)
    answer = forecast_path(values, np.arange(1.0, 181))
    assert isinstance(answer, PathForecast) and answer.quantiles.shape == (180, 11)
    assert (np.diff(answer.quantiles, axis=1) >= 0).all()
    width = answer.quantiles[:, 8] - answer.quantiles[:, 2]
    assert width[-1] > width[0]


def test_noise_around_a_level_is_forecast_as_that_level() -> None:
    rng = np.random.default_rng(5)
    misses = []
    for _ in range(100):
        answer = forecast_path(3 + rng.normal(size=200), np.array([200.0]))
        assert isinstance(answer, PathForecast)
        misses.append(answer.quantiles[0, MIDDLE] - 3)
    assert abs(float(np.median(misses))) < 0.5


@pytest.mark.parametrize("n_points", [0, 1, 4])
def test_refuses_what_is_too_short(n_points: int) -> None:
    assert forecast_path(np.ones(n_points), np.array([1.0])) == Refusal("too_short", n_points, 5)


def test_edges() -> None:
    constant = forecast_path(np.full(9, 4.0), np.array([5.0, 400.0]))
    assert isinstance(constant, PathForecast) and (constant.quantiles == 4.0).all() and constant.scale == 0
    for values in (np.r_[1e12, np.ones(20)], np.tile([0.0, 1.0], 20), -np.arange(30.0), np.arange(5.0)):
        answer = forecast_path(values, np.array([1.0, 1e8]))
        assert isinstance(answer, PathForecast) and np.isfinite(answer.quantiles).all()
