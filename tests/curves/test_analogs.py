"""Earlier curves as a guide: exact where they repeat each other, silent where they do not."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from goodfit.curves.analogs import MAX_WEIGHT, MIN_POINTS, forecast_by_analogs

PLACE = np.arange(100)
COURSE = 0.2 + np.exp(-PLACE / 15) - 0.1 * (PLACE > 70)
AHEAD = np.array([10.0, 40.0])


def repeats(count: int, seed: int = 0, sigma: float = 0.003) -> list[np.ndarray]:
    rng = np.random.default_rng(seed)
    return [COURSE + sigma * rng.normal(size=100) for _ in range(count)]


def test_repeats_of_a_curve_foretell_it() -> None:
    answer = forecast_by_analogs(COURSE[:50], repeats(6), AHEAD)
    assert answer is not None and answer.n_alike == 6 and answer.weight > 0.7
    assert answer.quantiles[:, 5] == pytest.approx(COURSE[[59, 89]], abs=0.01)
    assert (np.diff(answer.quantiles, axis=1) >= 0).all()


def test_curves_of_another_course_have_no_say() -> None:
    assert forecast_by_analogs(COURSE[:50], [2 * curve for curve in repeats(6)], AHEAD) is None
    # One alike is not enough, and those that end too early tell nothing.
    assert forecast_by_analogs(COURSE[:50], repeats(1), AHEAD) is None
    assert forecast_by_analogs(COURSE[:50], [curve[:80] for curve in repeats(6)], AHEAD) is None


@given(scale=st.floats(0.01, 100), shift=st.floats(-10, 10), order=st.permutations(range(5)))
@settings(max_examples=20, deadline=None)
def test_units_and_order_do_not_matter(scale: float, shift: float, order: list[int]) -> None:
    others = repeats(5)
    first = forecast_by_analogs(others[0][:50], others[1:], AHEAD)
    again = forecast_by_analogs(scale * others[0][:50] + shift, [scale * others[i] + shift for i in order if i], AHEAD)
    assert first is not None and again is not None
    assert again.quantiles == pytest.approx(scale * first.quantiles + shift, rel=1e-6, abs=1e-6 * scale)
    assert again.weight == pytest.approx(first.weight)


def test_the_band_holds_what_it_promises_of_repeats() -> None:
    inside = []
    for seed in range(60):
        own, *others = repeats(6, seed, sigma=0.02)
        answer = forecast_by_analogs(own[:50], others, AHEAD)
        if answer is not None:
            inside.append(answer.quantiles[1, 2] <= own[89] <= answer.quantiles[1, 8])
    assert len(inside) > 50 and np.mean(inside) >= 0.75


def test_edges() -> None:
    assert forecast_by_analogs(COURSE[: MIN_POINTS - 1], repeats(4), AHEAD) is None
    assert forecast_by_analogs(COURSE[:50], [], AHEAD) is None
    assert forecast_by_analogs(COURSE[:50], repeats(4), np.zeros(0)) is None
    constant = np.full(100, 2.0)
    answer = forecast_by_analogs(constant[:50], [constant, constant], AHEAD)
    assert answer is not None and (answer.quantiles == 2.0).all() and 0 <= answer.weight <= MAX_WEIGHT
    assert forecast_by_analogs(COURSE[:50], [np.full(100, np.nan), np.full(100, np.inf)], AHEAD) is None
