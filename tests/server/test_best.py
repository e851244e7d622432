"""The best value of a series, kept up to date."""

from __future__ import annotations

import numpy as np

from goodfit.server.best import Best, surviving
from goodfit.types import Scalars


def scalars(steps: list[int], segments: tuple[int, ...]) -> Scalars:
    n = len(steps)
    return Scalars(np.array(steps, dtype=np.int64), np.zeros(n), np.zeros(n), segments)


def test_points_written_over_by_a_restart_do_not_count() -> None:
    # 0..5, then again from 3: steps 3, 4 and 5 of the first branch are gone.
    found = surviving(scalars([0, 1, 2, 3, 4, 5, 3, 4], (0, 6)))
    assert found.tolist() == [True, True, True, False, False, False, True, True]


def test_a_second_restart_further_back_takes_more() -> None:
    found = surviving(scalars([0, 1, 2, 2, 3, 1, 2], (0, 3, 5)))
    assert found.tolist() == [True, False, False, False, False, True, True]


def test_best_is_a_value_and_its_step() -> None:
    assert Best(0.5, 3) == Best(value=0.5, step=3)
