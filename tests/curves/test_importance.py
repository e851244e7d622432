"""Which setting explains the outcomes: the test is Kruskal and Wallis's, nothing is explained by chance."""

from __future__ import annotations

import numpy as np
import pytest
import scipy.stats
from hypothesis import given, settings
from hypothesis import strategies as st

from goodfit.curves.importance import MIN_TRAININGS, Importance, find_importance, midranks
from goodfit.curves.refusal import Refusal

RATES = [0.1, 0.01, 0.001] * 10
EFFECT = np.array([3.0, 1.0, 2.0] * 10)


def find(table: dict[str, list[object]], outcomes: np.ndarray, seed: int = 0) -> list[Importance]:
    answer = find_importance(table, outcomes, rng=np.random.default_rng(seed))
    assert isinstance(answer, list)
    return answer


def test_the_setting_that_matters_comes_first_with_its_best_value() -> None:
    rng = np.random.default_rng(1)
    table = {"rate": RATES, "width": rng.choice([8, 16], 30).tolist(), "note": [f"run {i}" for i in range(30)]}
    first, *others = find(table, EFFECT + 0.3 * rng.normal(size=30))
    assert (first.name, first.levels[0], first.n_trainings) == ("rate", "0.01", 30)
    assert first.lower < first.share <= first.upper and first.share > 0.6 and first.p_value <= 0.01
    # A text of its own for each training is a name, not a setting.
    assert [item.name for item in others] == ["width"] and others[0].p_value > 0.05


def test_share_is_scipys_kruskal_wallis_as_epsilon_squared() -> None:
    outcomes = EFFECT + np.random.default_rng(2).normal(size=30)
    statistic = scipy.stats.kruskal(*(outcomes[place::3] for place in range(3))).statistic
    assert find({"rate": RATES}, outcomes)[0].share == pytest.approx((statistic - 2) / 27)


@given(st.lists(st.integers(-3, 3), min_size=1, max_size=30))
def test_midranks_are_scipys(values: list[int]) -> None:
    assert midranks(np.array(values, float)).tolist() == scipy.stats.rankdata(values).tolist()


@given(scale=st.floats(0.01, 100), shift=st.floats(-10, 10))
@settings(max_examples=10, deadline=None)
def test_a_monotone_change_of_outcomes_changes_nothing(scale: float, shift: float) -> None:
    outcomes = np.round(EFFECT + np.random.default_rng(3).normal(size=30), 3)
    assert find({"rate": RATES}, outcomes) == find({"rate": RATES}, np.round(scale * outcomes + shift, 12))


def test_chance_explains_nothing_nineteen_times_in_twenty() -> None:
    rng = np.random.default_rng(4)
    table = {name: rng.choice([1, 2, 3], 24).tolist() for name in "abcd"}
    # Of four settings, corrected together.
    alarms = sum(any(item.p_value < 0.05 for item in find(table, rng.normal(size=24), seed=i)) for i in range(24))
    # More than four of 24 happen once in a hundred at a rate of 5 %.
    assert alarms <= 4


def test_settings_that_change_together_are_said_to() -> None:
    table = {"rate": RATES, "schedule": [f"for {rate}" for rate in RATES], "other": [1, 2] * 15}
    first, second, third = find(table, EFFECT)
    assert {first.name, second.name} == {"rate", "schedule"}
    assert first.tied_with == (second.name,) and second.tied_with == (first.name,) and third.tied_with == ()


def test_numbers_of_many_values_are_cut_into_groups_of_equal_size() -> None:
    values = np.linspace(0, 1, 40)
    answer = find({"dropout": values.tolist()}, (values - 0.5) ** 2)[0]
    assert len(answer.levels) == 5 and answer.levels[0].startswith("0.4")


def test_edges() -> None:
    assert find_importance({}, np.zeros(3), rng=np.random.default_rng(0)) == Refusal("too_short", 3, MIN_TRAININGS)
    assert find({}, np.zeros(20)) == []
    assert find({"same": [1] * 20, "absent": [None] * 20}, np.zeros(20)) == []
    hostile = np.r_[np.nan, np.inf, -np.inf, 1e300, -1e300, np.zeros(15)]
    answer = find({"a": [1, 2] * 10, "b": [None, 1, 2, "x"] * 5, "c": [np.nan, True] * 10}, hostile)
    assert all(0 <= item.lower <= item.share <= item.upper <= 1 and 0 < item.p_value <= 1 for item in answer)
