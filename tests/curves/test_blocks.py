"""Block medians, and the median itself, against numpy."""

from __future__ import annotations

import time

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.curves.strategies import curves

from goodfit.curves.blocks import MAX_BLOCKS, condense
from goodfit.curves.median import median, row_medians


@given(values=curves)
@settings(max_examples=50, deadline=None)
def test_median_is_numpys(values: np.ndarray) -> None:
    assert median(values) == pytest.approx(float(np.median(values)), abs=1e-12)
    rows = np.stack((values, values[::-1] * 2))
    assert np.allclose(row_medians(rows.copy()), np.median(rows, axis=1), atol=1e-12)


@given(n_points=st.integers(0, 2_000), max_blocks=st.integers(1, 200))
@settings(max_examples=60, deadline=None)
def test_blocks_cover_every_point_once(n_points: int, max_blocks: int) -> None:
    values = np.random.default_rng(n_points).normal(size=n_points)
    blocks = condense(values, max_blocks=max_blocks)
    assert blocks.levels.size == blocks.centres.size <= max(max_blocks, 0) + (0 if n_points else 1)
    n_first = n_points % blocks.size if blocks.size > 1 else 0
    parts = ([values[:n_first]] if n_first else []) + (
        list(values[n_first:].reshape(-1, blocks.size)) if n_points else []
    )
    assert np.allclose(blocks.levels, [np.median(part) for part in parts])
    assert (np.diff(blocks.centres) > 0).all()


def test_the_input_is_left_as_it_was() -> None:
    values = np.random.default_rng(0).normal(size=1000)
    values.flags.writeable = False
    condense(values)
    median(values)


def test_ten_million_points_take_under_a_second() -> None:
    values = np.random.default_rng(0).normal(size=10_000_000)
    started = time.perf_counter()
    assert condense(values).levels.size == MAX_BLOCKS
    assert time.perf_counter() - started < 1.0
