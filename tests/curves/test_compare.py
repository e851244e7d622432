"""Two groups of outcomes: exact permutations, intervals that hold, sizes of groups that would tell."""

from __future__ import annotations

import numpy as np
import pytest
import scipy.stats

from goodfit.curves.compare import Contrast, compare_outcomes
from goodfit.curves.refusal import Refusal


def compare(first: object, second: object, *, is_paired: bool = False, seed: int = 0) -> Contrast:
    answer = compare_outcomes(
        np.asarray(first, float), np.asarray(second, float), is_paired=is_paired, rng=np.random.default_rng(seed)
    )
    assert isinstance(answer, Contrast)
    return answer


def test_p_of_all_permutations_is_scipys() -> None:
    rng = np.random.default_rng(1)
    for _ in range(10):
        a, b = rng.normal(size=6), rng.normal(0.7, 1, size=5)
        other = scipy.stats.permutation_test(
            (a, b), lambda x, y: abs(np.mean(y) - np.mean(x)), n_resamples=np.inf, alternative="greater"
        )
        assert compare(a, b).p_value == pytest.approx(other.pvalue, abs=0.01)
        paired = scipy.stats.permutation_test(
            (a[:5] - b,), lambda x, axis: np.mean(x, axis=axis), permutation_type="samples", n_resamples=np.inf
        )
        assert compare(a[:5], b, is_paired=True).p_value == pytest.approx(paired.pvalue, abs=0.01)


def test_chance_and_delta_by_hand() -> None:
    # Of the six pairs 2 < 3, 2 < 4, 3 = 3, 3 < 4 are wins or half a win: 1 + 1 + .5 + 1, and 5 loses twice.
    contrast = compare([3, 4], [2, 3, 5])
    assert contrast.chance_second_better == pytest.approx(3.5 / 6)
    assert contrast.cliffs_delta == pytest.approx(2 * 3.5 / 6 - 1)


def test_interquartile_mean_is_scipys_trimmed_mean() -> None:
    values = np.random.default_rng(2).normal(size=12)
    assert compare(values, values).first.centre == pytest.approx(scipy.stats.trim_mean(values, 0.25))


def test_small_groups_have_a_t_interval() -> None:
    group = compare([1.0, 2.0, 4.0], [1.0]).first
    low, high = scipy.stats.t.interval(0.95, 2, np.mean([1, 2, 4]), scipy.stats.sem([1, 2, 4]))
    assert (group.lower, group.upper) == pytest.approx((low, high), rel=1e-3)
    alone = compare([1.0, 2.0, 4.0], [1.0])
    assert np.isnan(alone.second.lower) and np.isnan(alone.second.spread)


def test_equal_groups_differ_once_in_twenty() -> None:
    rng = np.random.default_rng(3)
    found = [compare(rng.normal(size=6), rng.normal(size=6)).p_value < 0.05 for _ in range(300)]
    assert np.mean(found) < 0.085


def test_intervals_cover() -> None:
    rng = np.random.default_rng(4)
    covered = []
    for seed in range(200):
        contrast = compare(rng.normal(0, 1, 15), rng.normal(1, 1, 15), seed=seed)
        covered.append(contrast.lower <= 1 <= contrast.upper)
    # Percentile bootstrap of small groups covers a little less than it says.
    assert 0.87 <= np.mean(covered) <= 0.99


def test_n_more_is_about_what_a_power_calculation_says() -> None:
    rng = np.random.default_rng(5)
    a = rng.normal(0, 1, 8)
    b = a + 0.6 + rng.normal(0, 0.01, 8)
    contrast = compare(a, b)
    # Two-sided z test at 5 % and power .8: n = 2 (2.8 s / d)^2 = 15.7 (s / d)^2.
    wanted = 15.7 * (a.std(ddof=1) / (contrast.difference)) ** 2 - 8
    assert contrast.n_more is not None and contrast.n_more == pytest.approx(wanted, abs=4)
    assert compare(a, b, is_paired=True).n_more == 0


def test_edges() -> None:
    empty = compare_outcomes(np.zeros(0), np.ones(2), rng=np.random.default_rng(0))
    assert empty == Refusal("too_short", 0, 1)
    same = compare(np.ones(5), np.ones(5))
    assert (same.difference, same.p_value, same.chance_second_better, same.n_more) == (0, 1, 0.5, None)
    assert compare([1.0], [2.0]).p_value == 1
    big = compare(np.arange(100.0), np.arange(100.0) + 60)
    assert big.p_value < 0.001 and big.n_more == 0


@pytest.mark.parametrize("n_each", [5, 8, 20])
def test_intervals_hold_the_difference_as_often_as_they_say(n_each: int) -> None:
    rng = np.random.default_rng(n_each)
    held = []
    for _ in range(300):
        contrast = compare_outcomes(rng.normal(size=n_each), rng.normal(size=n_each) - 1, rng=rng)
        assert isinstance(contrast, Contrast)
        held.append(contrast.lower <= -1 <= contrast.upper)
    # Of 300 at 95 % fewer than 90 % is one in ten thousand.
    assert np.mean(held) >= 0.9
