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
        binned = rebin(item, edges)
        n_values = binned.counts.sum() + binned.n_below + binned.n_above
        assert n_values == pytest.approx(item.counts.sum(), rel=1e-9, abs=1e-9)


def test_values_lie_evenly_within_a_bucket() -> None:
    # [0, 4) holds 8 values, 2 in each unit; [4, 5) holds 3.
    binned = rebin(make([0, 4, 5], [8, 3]), np.array([0.0, 1.0, 2.0, 5.0]))
    assert binned.counts.tolist() == pytest.approx([2.0, 2.0, 4.0 + 3.0])
    assert (binned.n_below, binned.n_above) == (0.0, 0.0)


def test_one_step_of_wild_values_does_not_take_the_bins_of_the_others() -> None:
    # 20 steps within [-1, 1]; in one of them two of 1,000 values lie near -500 and 800: 0.01 % of all.
    calm = [make([-1.0, 0.0, 1.0], [500, 500]) for _ in range(19)]
    wild = make([-500.0, -499.0, -1.0, 1.0, 799.0, 800.0], [1, 0, 998, 0, 1])
    edges = common_edges([*calm, wild], 80)
    assert (edges[0], edges[-1]) == (-1.0, 1.0)
    binned = rebin(wild, edges)
    assert binned.counts.sum() == pytest.approx(998)
    assert (binned.n_below, binned.n_above) == (1.0, 1.0)


def test_a_tail_that_is_not_far_out_is_shown_whole() -> None:
    # The outermost values lie within half the middle part: cutting them would hide data for nothing.
    item = make([-1.2, -1.0, 1.0, 1.2], [1, 998, 1])
    edges = common_edges([item], 10)
    assert (edges[0], edges[-1]) == (-1.2, 1.2)


def test_a_bucket_without_width_is_one_value() -> None:
    # TensorFlow puts equal data into a last bucket whose edges are the same.
    constant = make([0.5, 0.5], [7])
    edges = common_edges([constant], 4)
    assert edges[0] < 0.5 < edges[-1]
    assert rebin(constant, edges).counts.sum() == 7
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
