"""What follows from the learning rates so far: the law, the next cut, the end."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.curves.strategies import HOSTILE

from goodfit.curves.refusal import Refusal
from goodfit.curves.schedule import MIN_POINTS, Schedule, read_schedule

STEPS = np.arange(60.0)


def read(rates: np.ndarray, steps: np.ndarray = STEPS) -> Schedule:
    answer = read_schedule(steps, rates)
    assert isinstance(answer, Schedule)
    return answer


@pytest.mark.parametrize("warm_up", [0, 8])
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_ends_of_linear_and_cosine_schedules(warm_up: int, dtype: type) -> None:
    rise = np.minimum(1.0, (STEPS + 1) / max(warm_up, 1))
    share = np.clip((STEPS - warm_up) / (100 - warm_up), 0, 1)
    for law, rates in (("linear", 1 - share), ("cosine", 0.5 * (1 + np.cos(np.pi * share)))):
        schedule = read((3e-4 * rise * rates).astype(dtype).astype(np.float64))
        assert schedule.law == law
        assert schedule.end_step == pytest.approx(100, abs=2)


def test_cuts_at_regular_distances_have_a_next_one() -> None:
    schedule = read(0.1 ** (1 + STEPS // 20))
    assert (schedule.law, schedule.cut_steps, schedule.next_cut_step) == ("cuts", (20.0, 40.0), 60.0)
    irregular = read(np.where(STEPS < 10, 1.0, np.where(STEPS < 44, 0.1, 0.01)))
    assert irregular.law == "cuts" and irregular.next_cut_step is None
    assert read(np.where(STEPS < 30, 1.0, 0.1)).next_cut_step is None


def test_other_laws() -> None:
    assert read(np.full(60, 0.01)).law == "constant"
    assert read(np.minimum(1.0, (STEPS + 1) / 10)).law == "constant"
    assert read(0.1 * 0.97**STEPS).law == "exponential"
    assert read(np.random.default_rng(0).random(60)).law == "unknown"


@given(scale=st.floats(1e-8, 1e3), stretch=st.integers(1, 1000), shift=st.integers(0, 10**6))
@settings(max_examples=30, deadline=None)
def test_units_do_not_matter(scale: float, stretch: int, shift: int) -> None:
    schedule = read(scale * (1 - STEPS / 100), STEPS * stretch + shift)
    assert schedule.law == "linear"
    assert schedule.end_step == pytest.approx(100 * stretch + shift, rel=1e-6)


def test_edges() -> None:
    assert read_schedule(STEPS[:4], STEPS[:4]) == Refusal("too_short", 4, MIN_POINTS)
    for name, values in HOSTILE.items():
        with np.errstate(all="ignore"):
            answer = read_schedule(np.arange(float(values.size)), values)
        assert isinstance(answer, Schedule | Refusal), name
