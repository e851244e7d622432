"""Two curves → one step axis."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from goodfit.query.align import align, newest_branch
from goodfit.types import Scalars


def series(steps: list[int], values: list[float] | None = None) -> Scalars:
    numbers = np.array(values if values is not None else [float(index) for index in range(len(steps))])
    starts = tuple(index for index in range(len(steps)) if index == 0 or steps[index] < steps[index - 1])
    return Scalars(np.array(steps, dtype=np.int64), np.zeros(len(steps)), numbers, starts)


@pytest.mark.parametrize(
    ("steps", "kept"),
    [
        ([], []),
        ([3], [0]),
        ([0, 1, 2], [0, 1, 2]),
        ([0, 1, 2, 1, 2, 3], [0, 3, 4, 5]),
        ([0, 1, 2, 0], [3]),
        ([5, 5, 5], [2]),
        ([0, 5, 9, 5, 5, 7], [0, 4, 5]),
        ([-3, -2, -3], [2]),
    ],
)
def test_restart_takes_back_what_it_overwrote(steps: list[int], kept: list[int]) -> None:
    branch = newest_branch(series(steps))
    assert branch.values.tolist() == kept
    assert branch.n_replaced == len(steps) - len(kept)


@given(st.lists(st.integers(-5, 20), max_size=40))
def test_branch_agrees_with_replaying_the_file(steps: list[int]) -> None:
    held: list[tuple[int, float]] = []
    for index, step in enumerate(steps):
        held = [(earlier, value) for earlier, value in held if earlier < step]
        held.append((step, float(index)))
    branch = newest_branch(series(steps))
    assert list(zip(branch.steps.tolist(), branch.values.tolist(), strict=True)) == held


def test_common_steps_of_two_curves() -> None:
    aligned = align(series([0, 1, 2, 3]), series([1, 3, 5], [10.0, 30.0, 50.0]))
    assert aligned.steps.tolist() == [1, 3]
    assert aligned.first.tolist() == [1.0, 3.0]
    assert aligned.second.tolist() == [10.0, 30.0]


def test_previous_point_of_the_denser_curve() -> None:
    aligned = align(series([10, 20, 30]), series([5, 20, 29], [1.0, 2.0, 3.0]), how="previous")
    assert aligned.steps.tolist() == [20, 29]
    assert aligned.first.tolist() == [1.0, 1.0]


def test_nan_stays_and_nothing_is_filled() -> None:
    aligned = align(series([0, 1], [np.nan, 2.0]), series([0, 1], [5.0, np.nan]))
    np.testing.assert_array_equal(aligned.first, [np.nan, 2.0])
    np.testing.assert_array_equal(aligned.second, [5.0, np.nan])


@pytest.mark.parametrize("how", ["common", "previous"])
def test_axes_that_never_meet(how: str) -> None:
    aligned = align(series([5, 6]), series([1, 2]), how=how)  # type: ignore[arg-type]
    assert len(aligned.steps) == len(aligned.first) == len(aligned.second) == 0
