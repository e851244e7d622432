"""Numbers of a histogram against those of the values themselves."""

from __future__ import annotations

import numpy as np
import pytest
import scipy.stats
from hypothesis import given, settings
from hypothesis import strategies as st

from goodfit.curves.histogram import distance_between, measure_histogram, share_beyond


def histogram(values: np.ndarray, bins: int = 30) -> tuple[np.ndarray, np.ndarray]:
    counts, edges = np.histogram(values, bins=bins)
    return edges, counts.astype(float)


def test_mean_size_of_many_values() -> None:
    values = np.random.default_rng(0).normal(0.3, 2, 50_000)
    sizes = measure_histogram(*histogram(values))
    assert sizes.mean_size == pytest.approx(np.abs(values).mean(), rel=0.02)
    assert (sizes.lowest, sizes.highest) == (values.min(), values.max())


@given(scale=st.floats(1e-6, 1e6))
@settings(max_examples=30, deadline=None)
def test_scale(scale: float) -> None:
    edges, counts = histogram(np.random.default_rng(1).normal(size=500))
    first, second = measure_histogram(edges, counts), measure_histogram(edges * scale, counts * 3)
    assert second.mean_size == pytest.approx(first.mean_size * scale)
    assert second.zero_share == first.zero_share


def test_zeros_are_seen_where_the_buckets_are_narrow() -> None:
    # torch's buckets grow by a tenth from 1e-12 on.
    edges = np.r_[-1e-12, 1e-12, 1e-12 * 1.1 ** np.arange(1, 300)]
    counts = np.zeros(edges.size - 1)
    counts[0], counts[-1] = 970, 30
    assert measure_histogram(edges, counts).zero_share == pytest.approx(0.97)
    wide = histogram(np.r_[np.zeros(970), np.linspace(0.1, 1, 30)])
    assert measure_histogram(*wide).zero_share == 0
    assert measure_histogram(np.zeros(2), np.array([5.0])).zero_share == 1
    assert measure_histogram(np.array([-0.5, 0.5]), np.array([5.0])).zero_share == 1


def test_share_beyond_is_the_empirical_one() -> None:
    values = np.random.default_rng(2).uniform(-1, 1, 40_000)
    share = share_beyond(*histogram(values), low=-0.95, high=0.9)
    assert share == pytest.approx(np.mean((values < -0.95) | (values > 0.9)), abs=0.005)


def test_distance_is_scipys() -> None:
    rng = np.random.default_rng(3)
    a, b = rng.normal(size=20_000), rng.normal(0.4, 1.3, size=20_000)
    assert distance_between(histogram(a, 60), histogram(b, 60)) == pytest.approx(
        scipy.stats.wasserstein_distance(a, b), rel=0.05
    )
    assert distance_between(histogram(a), histogram(a)) == 0


def test_edges() -> None:
    empty = measure_histogram(np.zeros(0), np.zeros(0))
    assert np.isnan(empty.mean_size) and empty.zero_share == 0
    assert share_beyond(np.zeros(1), np.zeros(0), low=0, high=1) == 0
    assert distance_between((np.zeros(2), np.zeros(1)), (np.zeros(2), np.ones(1))) == 0
    huge = measure_histogram(np.array([-1.8e308, -1e308, 1e308, 1.7e308]), np.ones(3))
    assert huge.highest == 1.7e308
    assert measure_histogram(np.array([-np.inf, 0.0, np.inf]), np.ones(2)).mean_size == 0
