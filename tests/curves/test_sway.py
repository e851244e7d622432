"""How far a curve strays from its companion: exact on combinations of it, blind to what comes later, sized by drift."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from goodfit.curves.changepoints import rise_over_wander, steadiness
from goodfit.curves.sway import find_own_rise, find_sway

PLACE = np.linspace(0, 1, 100)
TRAIN = np.exp(-6 * PLACE)


def test_a_combination_of_train_and_a_line_does_not_sway() -> None:
    assert find_sway(0.4 + 1.7 * TRAIN - 0.2 * PLACE, TRAIN, stop=100) == pytest.approx(0, abs=1e-12)


def test_a_sine_sways_by_twice_its_amplitude() -> None:
    sway = find_sway(TRAIN + 0.1 * np.sin(40 * PLACE), TRAIN, stop=100)
    assert sway == pytest.approx(0.2, rel=0.1)


@given(scale=st.floats(0.01, 100), shift=st.floats(-50, 50), slope=st.floats(-5, 5))
@settings(max_examples=40, deadline=None)
def test_scale_shift_and_slope_of_the_companion_do_not_matter(scale: float, shift: float, slope: float) -> None:
    values = TRAIN + 0.1 * np.sin(25 * PLACE)
    first = find_sway(values, TRAIN, stop=80)
    assert find_sway(values, shift + scale * TRAIN + scale * slope * PLACE, stop=80) == pytest.approx(first, rel=1e-5)


def test_what_comes_after_the_stop_is_not_seen() -> None:
    values = TRAIN + 3 * np.clip(PLACE - 0.5, 0, None)
    assert find_sway(values, TRAIN, stop=50) == pytest.approx(0, abs=1e-12)


def test_pure_noise_sways_by_its_own_range() -> None:
    rng = np.random.default_rng(0)
    for _ in range(50):
        values = rng.normal(size=100)
        assert 1.5 < (find_sway(values, TRAIN, stop=100) or 0) < 8


@pytest.mark.parametrize("values", [np.zeros(0), np.ones(1), np.ones(6), np.ones(100)], ids=["0", "1", "6", "constant"])
def test_edges(values: np.ndarray) -> None:
    sway = find_sway(values, TRAIN[: values.size], stop=values.size)
    assert sway is None if values.size < 7 else sway == 0
    assert find_sway(np.linspace(1, 2, 40) * 1e-300, np.full(40, 3.0), stop=40) is not None


def test_bumps_that_both_curves_show_are_no_wandering() -> None:
    place = np.arange(128.0)
    bumps = 0.4 * np.exp(-((place % 32) / 6))  # a warm restart of the rate every 32 levels
    fall = np.exp(-place / 12)
    rise = 0.01 * np.clip(place - 64, 0, None)
    turned, train = 0.3 + fall + rise + bumps, 0.1 + fall + bumps
    assert find_own_rise(turned, train).over_wander > 3 > 1.7 > rise_over_wander(turned)


def test_the_own_rise_of_a_curve_beside_a_calm_companion_is_its_rise_over_wander() -> None:
    rng = np.random.default_rng(1)
    values = np.abs(np.arange(100.0) - 50) / 50 + 0.01 * rng.normal(size=100)
    assert find_own_rise(values, -np.arange(100.0)).over_wander == pytest.approx(rise_over_wander(values))
    assert find_own_rise(7 * values + 3, -np.arange(100.0)).over_wander == pytest.approx(rise_over_wander(values))


def test_cuts_of_the_rate_make_a_rise_no_less_steady() -> None:
    place = np.arange(128.0)
    fall = np.exp(-place / 12)
    cuts = -0.1 * (place > 80) - 0.1 * (place > 105)  # both curves fall at each cut
    turned, train = 0.5 + fall + 0.004 * np.clip(place - 60, 0, None) + cuts, 0.5 + fall + cuts
    after = turned[int(np.argmin(turned)) :]
    own = find_own_rise(turned, train)
    assert own.steadiness >= steadiness(after)
    assert own.over_wander > 2 * rise_over_wander(turned)
