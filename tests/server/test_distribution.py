"""Histograms on common bins and their percentiles."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from goodfit.server.distribution import BASIS_POINTS, choose_evenly, common_edges, occupied, percentiles, rebin
from goodfit.types import Histogram


def make(edges: list[float], counts: list[float]) -> Histogram:
    return Histogram(np.array(edges, dtype=np.float64), np.array(counts, dtype=np.float64))


@st.composite
def histograms(draw: st.DrawFn) -> Histogram:
    edges = sorted(draw(st.lists(st.floats(-1e6, 1e6), min_size=2, max_size=12)))
    counts = draw(st.lists(st.integers(0, 1000), min_size=len(edges) - 1, max_size=len(edges) - 1))
    return make(edges, counts)


@given(st.lists(histograms(), min_size=1, max_size=4), st.integers(1, 80))
def test_common_bins_keep_every_count(items: list[Histogram], n_bins: int) -> None:
    edges = common_edges(items, n_bins)
    assert len(edges) == n_bins + 1
    assert np.all(np.diff(edges) > 0)
    for item in items:
        assert rebin(item, edges).sum() == pytest.approx(item.counts.sum(), rel=1e-9, abs=1e-9)


def test_values_lie_evenly_within_a_bucket() -> None:
    # [0, 4) holds 8 values, 2 in each unit; [4, 5) holds 3.
    binned = rebin(make([0, 4, 5], [8, 3]), np.array([0.0, 1.0, 2.0, 5.0]))
    assert binned.tolist() == pytest.approx([2.0, 2.0, 4.0 + 3.0])


def test_a_bucket_without_width_is_one_value() -> None:
    # TensorFlow puts equal data into a last bucket whose edges are the same.
    constant = make([0.5, 0.5], [7])
    edges = common_edges([constant], 4)
    assert edges[0] < 0.5 < edges[-1]
    assert rebin(constant, edges).sum() == 7
    assert percentiles(constant).tolist() == [0.5] * 9


def test_empty_and_endless_buckets_are_left_out() -> None:
    # The old encoding ends in a bucket up to the largest float, or beyond.
    item = make([-1.0, 0.0, 1.0, np.inf], [0, 5, 0])
    assert [part.tolist() for part in occupied(item)] == [[0.0], [1.0], [5.0]]
    assert np.isfinite(common_edges([item], 10)).all()


def test_an_extent_over_all_floats_does_not_overflow() -> None:
    edges = common_edges([make([-1.7e308, 0.0, 1.7e308], [1, 1])], 3)
    assert np.isfinite(edges).all()
    assert np.all(np.diff(edges) > 0)


def test_nothing_recorded_has_bins_and_no_percentiles() -> None:
    empty = make([0.0, 0.0], [0])
    assert len(common_edges([empty], 5)) == 6
    assert np.isnan(percentiles(empty)).all()


def test_percentiles_of_even_data_are_the_basis_points() -> None:
    # Values even on [0, 10,000]: the value below which p of 10,000 lie is p.
    even = make(list(np.linspace(0, 10_000, 26)), [4.0] * 25)
    assert percentiles(even).tolist() == pytest.approx(list(BASIS_POINTS))


def test_percentiles_lie_between_bucket_edges_linearly() -> None:
    # 10 values in [0, 1), 30 in [1, 3): the median is the 20th, 10 of 30 into the second bucket: 1 + 2 * 10 / 30.
    item = make([0, 1, 3], [10, 30])
    assert percentiles(item, [2_500, 5_000]).tolist() == pytest.approx([1.0, 1 + 2 / 3])


@given(histograms())
def test_percentiles_ascend_within_the_data(item: Histogram) -> None:
    found = percentiles(item)
    if item.counts.sum() == 0:
        assert np.isnan(found).all()
        return
    span = item.edges[-1] - item.edges[0]
    assert np.all(np.diff(found) >= -1e-9 * max(1.0, span))
    left, right, _ = occupied(item)
    assert found[0] == pytest.approx(left.min())
    assert found[-1] == pytest.approx(right.max())


@given(st.integers(1, 5_000), st.integers(2, 500))
def test_first_and_last_step_are_always_chosen(n_recorded: int, max_chosen: int) -> None:
    chosen = choose_evenly(n_recorded, max_chosen).tolist()
    assert chosen[0] == 0
    assert chosen[-1] == n_recorded - 1
    assert len(chosen) == min(n_recorded, max_chosen)
    assert sorted(set(chosen)) == chosen
