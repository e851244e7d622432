"""Explosion and collapse."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from tests.curves.strategies import HOSTILE, curves, scales

from goodfit.curves.divergence import MIN_POINTS, Divergence, find_divergence
from goodfit.curves.refusal import Refusal
from goodfit.testing.curves import make_pairs, noise


def divergence_of(values: np.ndarray) -> Divergence:
    divergence = find_divergence(values)
    assert isinstance(divergence, Divergence)
    return divergence


def test_an_explosion_is_dated_by_its_last_good_point() -> None:
    divergence = divergence_of(np.r_[np.linspace(2, 1, 50), [5.0, 80.0], np.full(30, 900.0)])
    assert divergence.kind == "exploded"
    assert divergence.onset_idx == 49
    assert (divergence.first_level, divergence.last_level) == (2.0, 900.0)


def test_a_collapse_is_a_lost_gain() -> None:
    divergence = divergence_of(np.r_[2.3, np.linspace(2.3, 0.4, 60), np.full(40, 2.29)])
    assert divergence.kind == "collapsed" and divergence.onset_idx == 60
    # (2.29 - best) / (2.3 - best), best close to .4
    assert divergence.lost_share == pytest.approx(1.89 / 1.9, abs=0.02)


def test_what_came_back_has_not_diverged() -> None:
    assert divergence_of(np.r_[np.linspace(2, 1, 40), np.full(5, 500.0), np.linspace(3, 0.8, 60)]).kind == "none"


@given(values=curves, scale=scales)
@settings(max_examples=40, deadline=None)
def test_scale_changes_no_verdict(values: np.ndarray, scale: float) -> None:
    first, second = divergence_of(values), divergence_of(values * scale)
    assert (first.kind, first.onset_idx) == (second.kind, second.onset_idx)


def test_false_alarms_on_noise_and_on_healthy_curves() -> None:
    rng = np.random.default_rng(1)
    assert sum(divergence_of(noise(100, rng, rho=0.5) + 10).kind != "none" for _ in range(200)) <= 2
    healthy = [pair for pair in make_pairs(210, seed=103) if pair.direction == "min"]
    assert sum(divergence_of(pair.train).kind != "none" for pair in healthy) <= 2


def test_sees_planted_divergence_near_its_onset() -> None:
    pairs = [pair for pair in make_pairs(140, seed=104, kind="diverged") if pair.direction == "min"]
    found = [divergence_of(pair.train) for pair in pairs]
    assert sum(item.kind != "none" for item in found) >= 0.97 * len(pairs)
    errors = [
        abs(item.onset_idx - pair.truth.onset_idx) / pair.steps.size
        for item, pair in zip(found, pairs, strict=True)
        if pair.truth.onset_idx is not None
    ]
    assert np.median(errors) <= 0.02


def test_edges() -> None:
    assert find_divergence(np.zeros(MIN_POINTS - 1)) == Refusal("too_short", MIN_POINTS - 1, MIN_POINTS)
    for values in HOSTILE.values():
        assert 0 <= divergence_of(values).onset_idx < values.size
    assert divergence_of(np.full(20, 7.0)).kind == "none"
