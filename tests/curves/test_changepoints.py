"""The turn of a curve: known truth, invariance, false alarms, power, edges."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from tests.curves.strategies import HOSTILE, curves, scales

from goodfit.curves.changepoints import MIN_POINTS, Turn, find_turn
from goodfit.curves.refusal import Refusal
from goodfit.testing.curves import make_pairs, noise


def is_clear(turn: Turn | Refusal) -> bool:
    """The thresholds of the rule `overfit`, train apart."""
    return (
        isinstance(turn, Turn)
        and turn.rise_sigmas > 5
        and turn.rise_over_wander > 2.5
        and turn.rise_over_gain > 0.06
        and turn.share_after > 0.05
    )


def test_finds_the_minimum_of_a_known_valley() -> None:
    # |x - 20| / 20 over 0..59: minimum 0 at 20; the last tenth is 54..59, median 36.5 / 20 = 1.825.
    turn = find_turn(np.abs(np.arange(60.0) - 20) / 20)
    assert isinstance(turn, Turn)
    assert turn.turn_idx == 20
    # The running median of three lifts the kink to 1 / 20, its neighbours are 1 / 20 as well.
    assert turn.best_level == pytest.approx(1 / 20)
    assert turn.last_level == pytest.approx(1.825)
    assert turn.share_after == pytest.approx(39 / 59)


@pytest.mark.parametrize("n_points", [200, 5_000, 200_000])
def test_places_the_onset_within_four_percent(n_points: int) -> None:
    rng = np.random.default_rng(n_points)
    x = np.linspace(0, 1, n_points)
    values = np.exp(-12 * x) + np.clip(x - 0.5, 0, None) + 0.5 + 0.01 * noise(n_points, rng)
    turn = find_turn(values)
    assert isinstance(turn, Turn)
    # d/dx: 12 exp(-12 x) < 1 already at x = .5, so the noise-free minimum is the kink.
    assert abs(turn.turn_idx / n_points - 0.5) < 0.04
    assert turn.start_idx <= n_points // 2 < turn.stop_idx


@given(values=curves, scale=scales)
@settings(max_examples=60, deadline=None)
def test_shift_and_scale_change_no_index_and_no_ratio(values: np.ndarray, scale: float) -> None:
    first, second = find_turn(values), find_turn(values * scale)
    assert isinstance(first, Turn) and isinstance(second, Turn)
    assert (first.turn_idx, first.start_idx, first.stop_idx) == (second.turn_idx, second.start_idx, second.stop_idx)
    assert second.rise == pytest.approx(first.rise * scale)
    assert second.rise_sigmas == pytest.approx(first.rise_sigmas)
    assert 0 <= first.start_idx <= first.turn_idx < first.stop_idx <= values.size


def test_rarely_sees_a_turn_in_healthy_curves() -> None:
    # Binomial(350, 0.02): 14 or more has a probability of 1 %.
    alarms = sum(
        is_clear(find_turn(pair.validation if pair.direction == "min" else -pair.validation))
        for pair in make_pairs(350, seed=101)
    )
    assert alarms <= 14


def test_never_sees_a_turn_in_pure_noise() -> None:
    rng = np.random.default_rng(3)
    for rho in (0.0, 0.5, 0.9):
        alarms = sum(is_clear(find_turn(noise(int(n), rng, rho=rho))) for n in rng.integers(10, 2000, 100))
        assert alarms <= 3, rho


def test_sees_planted_turns() -> None:
    pairs = list(make_pairs(210, seed=102, kind="overfit"))
    turns = [find_turn(pair.validation if pair.direction == "min" else -pair.validation) for pair in pairs]
    assert sum(map(is_clear, turns)) >= 0.96 * len(pairs)
    errors = [
        abs(turn.turn_idx - pair.truth.onset_idx) / pair.steps.size
        for turn, pair in zip(turns, pairs, strict=True)
        if isinstance(turn, Turn) and pair.truth.onset_idx is not None
    ]
    assert np.median(errors) <= 0.025


@pytest.mark.parametrize("n_points", range(MIN_POINTS))
def test_refuses_short_curves(n_points: int) -> None:
    assert find_turn(np.arange(n_points, dtype=float)) == Refusal("too_short", n_points, MIN_POINTS)


@pytest.mark.parametrize("name", HOSTILE)
def test_answers_on_hostile_curves(name: str) -> None:
    turn = find_turn(HOSTILE[name])
    assert isinstance(turn, Turn)
    assert np.isfinite([turn.rise_sigmas, turn.rise_over_wander, turn.rise_over_gain]).all()
