"""Sparklines."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from goodfit.server.spark import MAX_VALUES, draw_spark


@given(st.lists(st.floats(width=32), max_size=400))
def test_at_most_forty_values_and_only_finite_ones(values: list[float]) -> None:
    spark = draw_spark(np.array(values, dtype=np.float64))
    assert len(spark) == min(len(values), MAX_VALUES)
    assert all(value is None or np.isfinite(value) for value in spark)


def test_a_short_curve_is_shown_as_it_is() -> None:
    assert draw_spark(np.array([3.0, np.nan, 1.0, np.inf])) == [3.0, None, 1.0, None]


def test_a_long_curve_is_the_mean_of_its_last_four_fifths() -> None:
    # 1,000 points 0..999: the last 800 in 40 shares of 20; the first share is 200..219, its mean 209.5.
    spark = draw_spark(np.arange(1_000, dtype=np.float64))
    assert spark[0] == 209.5
    assert spark[-1] == 989.5


def test_a_gap_among_values_does_not_spoil_their_mean() -> None:
    values = np.ones(1_000)
    values[500:503] = np.nan
    assert draw_spark(values) == pytest.approx([1.0] * 40)


def test_values_near_the_largest_float_do_not_overflow() -> None:
    assert draw_spark(np.full(1_000, 1.7e308))[0] is not None
