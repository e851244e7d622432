"""A rise in standard errors of a walk: large for turns, small for walks, the same in any unit, silent where short."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from goodfit.curves.walk import MAX_SIGMAS, find_walk_sigmas

TRAIN = np.exp(-np.arange(100.0) / 30)


def _rate_above(limit: float, curves: list[np.ndarray]) -> float:
    return float(np.mean([find_walk_sigmas(curve, TRAIN, n_whole=100) > limit for curve in curves]))


def _sum(curve: np.ndarray, *parts: np.ndarray) -> np.ndarray:
    return np.sum((curve, *parts), axis=0)


def test_it_is_the_t_of_generalised_least_squares() -> None:
    rng = np.random.default_rng(1)
    n = 60
    curve = 0.05 * np.clip(np.arange(n) - 35.0, 0, None) + rng.uniform(-1, 1, n) + 0.2 * rng.standard_normal(n).cumsum()
    shapes = np.column_stack((TRAIN[:n], np.exp(-0.3 * np.arange(n))))
    best, expected = -np.inf, 0.0
    for share in (0.01, 0.03, 0.1, 0.3, 1.0, 3.0, 10.0, 1000.0):
        covariance = (share + 2) * np.eye(n - 1) - np.eye(n - 1, k=1) - np.eye(n - 1, k=-1)
        white = np.linalg.inv(np.linalg.cholesky(covariance))
        _, rest, *_ = np.linalg.lstsq(white @ np.diff(shapes, axis=0), white @ np.diff(curve))
        likelihood = -0.5 * ((n - 1) * np.log(rest[0]) + np.linalg.slogdet(covariance)[1])
        if likelihood < best:
            continue
        best, expected = likelihood, 0.0
        for turn in np.unique(np.linspace(1, n - 3, 24).astype(int)):
            design = np.column_stack((shapes, np.clip(np.arange(n) - turn, 0, None)))
            answer, more, *_ = np.linalg.lstsq(white @ np.diff(design, axis=0), white @ np.diff(curve))
            if answer[2] > 0:
                expected = max(expected, np.sqrt((rest[0] - more[0]) / (more[0] / (n - 1))))
    assert find_walk_sigmas(curve, TRAIN[:n], n_whole=100) == pytest.approx(expected, rel=1e-3)


def test_noise_and_walks_are_no_turns() -> None:
    rng = np.random.default_rng(2)
    noise = [rng.standard_normal(100) for _ in range(150)]
    walks = [rng.standard_normal(100).cumsum() for _ in range(150)]
    assert _rate_above(2.2, noise) < 0.05
    assert _rate_above(3.2, walks) < 0.05


def test_turns_are_found_in_noise_and_on_top_of_small_walks() -> None:
    rng = np.random.default_rng(3)
    ramp = np.clip(np.arange(100.0) - 50, 0, None)
    turned = [_sum(TRAIN, 0.16 * ramp, rng.standard_normal(100)) for _ in range(50)]
    strayed = [_sum(TRAIN, 0.3 * ramp, rng.standard_normal(100), rng.standard_normal(100).cumsum()) for _ in range(50)]
    assert _rate_above(2.2, turned) > 0.9
    assert _rate_above(2.0, strayed) > 0.5


def test_what_train_does_as_well_is_no_turn() -> None:
    rng = np.random.default_rng(4)
    both = TRAIN + 0.01 * np.clip(np.arange(100.0) - 50, 0, None)
    noise = 0.02 * rng.standard_normal(100)
    assert find_walk_sigmas(both + noise, both, n_whole=100) < 3 < find_walk_sigmas(both + noise, TRAIN, n_whole=100)


@given(scale=st.floats(1e-6, 1e6), shift=st.floats(-100, 100), unit=st.floats(1e-6, 1e6))
@settings(max_examples=30, deadline=None)
def test_units_do_not_matter(scale: float, shift: float, unit: float) -> None:
    curve = np.abs(np.arange(100.0) - 40) / 40 + 0.1 * np.random.default_rng(5).standard_normal(100)
    first = find_walk_sigmas(curve, TRAIN, n_whole=100)
    assert find_walk_sigmas(scale * (curve + shift), unit * TRAIN, n_whole=100) == pytest.approx(first, rel=1e-4)


@pytest.mark.parametrize("n", [0, 1, 4, 5, 8, 127])
def test_any_length_has_an_answer(n: int) -> None:
    for curve in (np.zeros(n), np.arange(n, dtype=float), np.where(np.arange(n) % 2, 1.0, -1.0)):
        assert 0 <= find_walk_sigmas(curve, TRAIN[:1].repeat(n), n_whole=max(n, 1)) <= MAX_SIGMAS


def test_a_turn_without_noise_has_a_finite_answer() -> None:
    assert find_walk_sigmas(np.abs(np.arange(100.0) - 50), TRAIN, n_whole=100) <= MAX_SIGMAS
    assert 0 <= find_walk_sigmas(np.geomspace(1e-300, 1.0, 50), np.full(50, 1e300), n_whole=50) <= MAX_SIGMAS
