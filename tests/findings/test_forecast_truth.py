"""Forecasts of a + b i^-c with noise: targets, times, gains, earlier runs and cuts, against the closed form."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

import goodfit

N_PAST, HORIZON = 100, 100
PLACE = np.arange(1, N_PAST + HORIZON + 1)
N_CURVES = 60


@dataclass(frozen=True)
class Planted:
    """A curve and what it is without its noise."""

    level: np.ndarray
    values: np.ndarray

    @property
    def past(self) -> np.ndarray:
        return self.values[:N_PAST]


def planted(seed: int, *, noise: float = 0.03) -> Iterator[Planted]:
    """Floors of 0.1 to 2, heights of 0.5 to 4, powers of 0.3 to 1.2; the noise is a share of what is to come."""
    for index in range(N_CURVES):
        rng = np.random.default_rng([seed, index])
        floor, height, power = rng.uniform(0.1, 2), rng.uniform(0.5, 4), rng.uniform(0.3, 1.2)
        level = floor + height * PLACE**-power
        size = noise * float(level[N_PAST - 1] - floor)
        yield Planted(level, level + size * rng.standard_normal(PLACE.size))


def test_the_step_of_a_target_is_neither_early_nor_late() -> None:
    late, told = [], []
    for curve in planted(1):
        answer = goodfit.forecast(curve.past, horizon=HORIZON, wall_times=1e9 + 30.0 * PLACE[:N_PAST])
        target = float(curve.level[N_PAST + 49])  # the level reaches it at point 150, step 149
        step = answer.step_of(target)
        told.append(step is not None)
        if step is not None:
            late.append((step - 149) / 50)
            assert answer.seconds_until(target) == 30.0 * (step - (N_PAST - 1))
    assert np.mean(told) > 0.8
    assert abs(float(np.median(late))) < 0.35


def test_a_chance_of_reaching_a_target_is_a_chance() -> None:
    promised, kept = [], []
    for curve in planted(2):
        answer = goodfit.forecast(curve.past, horizon=HORIZON)
        for share in (0.85, 0.95, 1.05, 1.15):  # of the fall that the closed form still has within the horizon
            now, end = curve.level[N_PAST - 1], curve.level[-1]
            target = float(now - share * (now - end))
            promised.append(answer.chance_of(target)[-1])
            kept.append(bool(curve.values[-1] <= target))
    assert abs(float(np.mean(promised)) - float(np.mean(kept))) < 0.12


def test_the_gain_an_hour_is_that_of_the_closed_form() -> None:
    told, true = [], []
    for curve in planted(3):
        answer = goodfit.forecast(curve.past, horizon=HORIZON, wall_times=1e9 + 36.0 * PLACE[:N_PAST])
        told.append(answer.improvement_per_hour)  # a hundred points of 36 s are an hour
        true.append(max(0.0, float(curve.past.min()) - float(curve.values[-1])))
    assert abs(float(np.sum(told)) / float(np.sum(true)) - 1) < 0.35
    assert np.corrcoef(told, true)[0, 1] > 0.8


def test_stop_or_go_follows_what_is_still_to_come() -> None:
    going = [goodfit.forecast(curve.past, horizon=HORIZON).advice for curve in planted(4)]
    assert going.count("go_on") >= 0.95 * N_CURVES
    # The same laws, long after: a hundredth of the noise is all that the horizon brings.
    rng = np.random.default_rng(5)
    late = 1 + np.arange(10_000, 10_100) ** -1.0 + 0.001 * rng.standard_normal((N_CURVES, 100))
    stopping = [goodfit.forecast(values, horizon=20).advice for values in late]
    assert stopping.count("stop") >= 0.9 * N_CURVES


def test_earlier_runs_of_the_same_law_halve_the_error() -> None:
    alone: list[float] = []
    beside: list[float] = []
    for index, curve in enumerate(planted(6, noise=0.1)):
        rng = np.random.default_rng([7, index])
        size = float(np.std(curve.values - curve.level))
        runs = [curve.level + size * rng.standard_normal(PLACE.size) for _ in range(8)]
        end = float(curve.level[-1])
        for errors, earlier in ((alone, ()), (beside, runs)):
            answer = goodfit.forecast(curve.past, horizon=HORIZON, earlier=earlier)
            errors.append(abs(float(answer.median[-1]) - end) / size)
    assert np.mean(beside) < 0.5 * np.mean(alone)


def test_a_logged_cut_that_is_due_is_worth_knowing() -> None:
    blind: list[float] = []
    seeing: list[float] = []
    inside: list[bool] = []
    stage = (PLACE - 1) // 40  # cuts at 40, 80, 120 and 160; the past ends before the third
    for index in range(N_CURVES):
        rng = np.random.default_rng([8, index])
        floor, keep = rng.uniform(0.1, 2), rng.uniform(0.4, 0.7)
        level = floor + keep**stage * (1 + 0.5 * np.exp(-((PLACE - 1) % 40) / 4))
        values = level + 0.01 * rng.standard_normal(PLACE.size)
        rates = 0.1 ** (1.0 + stage[:110])
        for errors, known in ((blind, None), (seeing, rates)):
            answer = goodfit.forecast(values[:110], horizon=40, rates=known)
            errors.append(abs(float(answer.median[-1]) - float(level[149])))
            if known is not None:
                assert answer.schedule is not None and answer.schedule.next_cut_step == 120
                inside.append(bool(answer.lower[-1] <= values[149] <= answer.upper[-1]))
    assert np.mean(seeing) < 0.7 * np.mean(blind)
    assert np.mean(inside) > 0.7
