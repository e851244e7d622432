"""The mixture of laws: exact on its own laws, free of units, calm on noise."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from goodfit.curves.extrapolate import Extrapolation, extrapolate
from goodfit.curves.refusal import Refusal

PLACE = np.arange(1, 41) / 40


@pytest.mark.parametrize(
    "law", [lambda t: (t + 0.1) ** -1.0, lambda t: np.exp(-4 * t), lambda t: 1 / np.log(1.5 + 30 * t)]
)
def test_follows_each_of_its_laws(law: object) -> None:
    answer = extrapolate(3 + 2 * law(PLACE), np.array([1.5, 3.0]))  # type: ignore[operator]
    assert isinstance(answer, Extrapolation)
    truth = 2 * (law(np.array([1.5, 3.0])) - law(np.array([1.0])))  # type: ignore[operator]
    # The ridge takes a thousandth of the slope.
    assert answer.change == pytest.approx(truth, rel=0.02, abs=1e-3)


@given(scale=st.floats(1e-6, 1e6), shift=st.floats(-1e3, 1e3))
@settings(max_examples=40, deadline=None)
def test_scale_and_shift(scale: float, shift: float) -> None:
    values = np.exp(-3 * PLACE) + 0.01 * np.sin(37 * PLACE)
    first = extrapolate(values, np.array([2.0]))
    second = extrapolate(scale * (values + shift), np.array([2.0]))
    assert isinstance(first, Extrapolation) and isinstance(second, Extrapolation)
    assert second.change == pytest.approx(scale * first.change, rel=1e-3, abs=scale * 1e-6)


def test_noise_without_trend_is_not_carried_away() -> None:
    rng = np.random.default_rng(0)
    changes = []
    for _ in range(200):
        answer = extrapolate(rng.normal(size=100), np.array([2.0]))
        assert isinstance(answer, Extrapolation)
        changes.append(abs(answer.change[0]))
    assert np.median(changes) < 0.5


@pytest.mark.parametrize("n_points", [0, 1, 4])
def test_refuses_what_is_too_short(n_points: int) -> None:
    assert extrapolate(np.ones(n_points), np.array([2.0])) == Refusal("too_short", n_points, 5)


@pytest.mark.parametrize("values", [np.ones(20), np.r_[1e300, np.ones(19)], np.full(9, 1e-300), np.arange(5.0)])
def test_edges(values: np.ndarray) -> None:
    with np.errstate(all="ignore"):
        answer = extrapolate(values, np.array([1.1, 30.0]))
    assert isinstance(answer, Extrapolation) and answer.change.shape == (2,)
