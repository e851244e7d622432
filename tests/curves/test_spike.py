"""Spikes."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from tests.curves.strategies import HOSTILE, curves, scales

from goodfit.curves.refusal import Refusal
from goodfit.curves.spike import MIN_POINTS, Spike, find_spikes
from goodfit.testing.curves import make_pairs, noise


def test_finds_a_spike_and_its_recovery() -> None:
    values = np.random.default_rng(0).normal(1.0, 0.01, 400)
    values[200:203] += [3.0, 1.5, 0.4]
    spike = find_spikes(values)
    assert isinstance(spike, Spike)
    assert (spike.idx, spike.n_spikes, spike.after) == (200, 1, "recovers")
    # Back below a fifth of its height above the level before: the third point (0.4 < 0.6).
    assert spike.recovered_idx == 202


def test_a_spike_that_stays_lingers() -> None:
    values = np.random.default_rng(1).normal(1.0, 0.01, 400)
    values[200:230] += 2.0
    values[200] += 2.0
    spike = find_spikes(values)
    assert isinstance(spike, Spike) and spike.after == "lingers" and spike.recovered_idx is None


def test_a_calm_short_curve_is_measured_by_its_own_noise() -> None:
    # Of 30 points most lie on their running median, so that the scale around it would be 0: 4 units over noise of
    # 0.01 are hundreds of sigmas, not a million.
    values = np.random.default_rng(5).normal(1.0, 0.01, 30)
    values[20] += 4.0
    spike = find_spikes(values)
    assert isinstance(spike, Spike) and spike.idx == 20
    assert 100 < spike.sigmas < 2000


@given(values=curves, scale=scales)
@settings(max_examples=40, deadline=None)
def test_scale_changes_no_verdict(values: np.ndarray, scale: float) -> None:
    first, second = find_spikes(values), find_spikes(values * scale)
    assert type(first) is type(second)
    if isinstance(first, Spike) and isinstance(second, Spike):
        assert (first.idx, first.n_spikes, first.after) == (second.idx, second.n_spikes, second.after)


@pytest.mark.parametrize("tail_df", [np.inf, 5.0, 3.0, 2.0])
def test_heavy_tails_are_not_spikes(tail_df: float) -> None:
    rng = np.random.default_rng(2)
    alarms = sum(isinstance(find_spikes(noise(600, rng, tail_df=tail_df) + 5), Spike) for _ in range(100))
    assert alarms <= 5


def test_rarely_fires_on_healthy_curves_and_mostly_on_planted_ones() -> None:
    def fires(values: np.ndarray, direction: str) -> bool:
        return isinstance(find_spikes(values if direction == "min" else -values), Spike)

    assert sum(fires(pair.train, pair.direction) for pair in make_pairs(280, seed=105)) <= 0.03 * 280
    planted = list(make_pairs(140, seed=106, kind="spike"))
    assert sum(fires(pair.train, pair.direction) for pair in planted) >= 0.75 * len(planted)


def test_edges() -> None:
    assert find_spikes(np.zeros(MIN_POINTS - 1)) == Refusal("too_short", MIN_POINTS - 1, MIN_POINTS)
    for name, values in HOSTILE.items():
        spike = find_spikes(values)
        assert spike is None or isinstance(spike, Spike), name
    assert isinstance(find_spikes(HOSTILE["one spike"]), Spike)
