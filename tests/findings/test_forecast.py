"""What `goodfit.forecast` takes and gives; that no array makes it raise."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from tests.findings.test_diagnose import HOSTILE

import goodfit
from goodfit.errors import BadArgument

EPOCHS = np.arange(60)
LOSSES = 0.3 + 2 * np.exp(-EPOCHS / 20) + 0.01 * np.random.default_rng(0).normal(size=60)


def test_band_contains_median_and_follows_the_level() -> None:
    narrow, wide = (goodfit.forecast(LOSSES, horizon=40, level=level) for level in (0.5, 0.9))
    assert narrow.steps.tolist() == list(range(60, 100))
    assert (wide.lower <= narrow.lower).all() and (narrow.upper <= wide.upper).all()
    assert (narrow.lower <= narrow.median).all() and (narrow.median <= narrow.upper).all()
    assert (narrow.level, narrow.last_step, narrow.refusal) == (0.5, 59, "")
    assert wide.lower.min() >= 0


def test_steps_go_on_at_the_pace_of_the_newer_half() -> None:
    steps = np.r_[np.arange(30), 30 + 100 * np.arange(1, 31)]
    assert np.diff(goodfit.forecast(LOSSES, steps, 3).steps).tolist() == [100, 100]
    assert goodfit.forecast(LOSSES, steps, 3).steps[0] == steps[-1] + 100


def test_accuracies_are_mirrored_and_stay_below_one() -> None:
    loss, accuracy = (
        goodfit.forecast(LOSSES - 0.3, horizon=30),
        goodfit.forecast(1 - (LOSSES - 0.3) / 4, horizon=30, direction="max"),
    )
    assert (accuracy.upper <= 1).all()
    assert accuracy.median[0] == pytest.approx(1 - loss.median[0] / 4, abs=0.02)
    assert goodfit.forecast(1 - LOSSES / 4, direction=None).direction == "max"


def test_a_restart_and_nan_are_left_out() -> None:
    plain = goodfit.forecast(LOSSES, EPOCHS, 20)
    again = goodfit.forecast(np.r_[LOSSES[:40], LOSSES[30:]], np.r_[EPOCHS[:40], EPOCHS[30:]], 20)
    assert again.median == pytest.approx(plain.median)
    ended = goodfit.forecast(np.r_[LOSSES, np.nan], horizon=20)
    assert "ends_in_nan" in ended.cautions and np.isfinite(ended.median).all()


def test_below_five_points_it_is_refused() -> None:
    answer = goodfit.forecast([3.0, 2.0, 1.0, np.nan, 0.5], horizon=4)
    assert answer.refusal == "too_short" and np.isnan(answer.median).all() and answer.steps.size == 4
    assert answer.step_of(0.1) is None and "no forecast" in str(answer)


def test_targets_are_reached_when_they_are_likely() -> None:
    answer = goodfit.forecast(LOSSES, horizon=60)
    chance = answer.chance_of(float(answer.median[30]))
    assert chance[30] == pytest.approx(0.5, abs=0.02)
    step = answer.step_of(float(answer.median[30]))
    assert step is not None and step <= answer.steps[30]
    assert answer.step_of(-5.0) is None
    assert answer.expected_gain == pytest.approx(LOSSES[-1] - answer.median[-1])


def test_it_says_when_not_to_be_trusted() -> None:
    assert set(goodfit.forecast(LOSSES[:6], horizon=200).cautions) >= {"few_points", "far_ahead"}
    assert "diverging" in goodfit.forecast(np.r_[LOSSES, 50.0, 80.0]).cautions
    assert goodfit.forecast(LOSSES, horizon=20).cautions == ()


@pytest.mark.parametrize("name", HOSTILE)
def test_never_raises_on_values(name: str) -> None:
    for direction in ("min", "max", None):
        for horizon in (0, 1, 50):
            answer = goodfit.forecast(HOSTILE[name], horizon=horizon, direction=direction)  # type: ignore[arg-type]
            assert answer.median.shape == answer.steps.shape == (horizon,)
            assert bool(answer.refusal) or np.isfinite(answer.median).all()
            str(answer)


def test_the_end_alone_is_the_end_of_the_whole() -> None:
    whole, end = goodfit.forecast(LOSSES, horizon=15), goodfit.forecast(LOSSES, horizon=15, only_end=True)
    assert end.steps.tolist() == [74] and end.median[0] == pytest.approx(whole.median[-1])
    assert end.upper[0] == pytest.approx(whole.upper[-1])


def test_long_curves_keep_their_points_own_noise_in_the_band() -> None:
    rng = np.random.default_rng(1)
    answer = goodfit.forecast(1 + 0.5 * rng.normal(size=50_000), horizon=10)
    # 80 % of a Gaussian lies within 1.28 sigma.
    assert answer.upper - answer.lower == pytest.approx(2 * 1.28 * 0.5, rel=0.2)


def test_wrong_arguments_are_named() -> None:
    with pytest.raises(BadArgument, match="one step for each value"):
        goodfit.forecast(LOSSES, EPOCHS[:5])
    with pytest.raises(BadArgument, match="horizon"):
        goodfit.forecast(LOSSES, horizon=-1)
    with pytest.raises(BadArgument, match="level"):
        goodfit.forecast(LOSSES, level=0.999)
    with pytest.raises(BadArgument, match="direction"):
        goodfit.forecast(LOSSES, direction="up")  # type: ignore[arg-type]
    with pytest.raises(BadArgument, match="as numbers"):
        goodfit.forecast(["a", "b"])


def test_regular_rate_cuts_are_foreseen() -> None:
    # Each cut of the rate every 40 points takes the loss down by half of what is left.
    epochs = np.arange(110)
    rates = 0.1 ** (1 + epochs // 40)
    values = 2.0 * 0.5 ** (epochs // 40) + 0.5 * np.exp(-(epochs % 40) / 3)
    values = values + 0.005 * np.random.default_rng(0).normal(size=110)
    blind = goodfit.forecast(values, horizon=30)
    seeing = goodfit.forecast(values, horizon=30, rates=rates)
    assert seeing.schedule is not None and seeing.schedule.next_cut_step == 120
    assert "rate_cut_ahead" in seeing.cautions and seeing.advice == "unknown"
    assert seeing.median[5] == blind.median[5]
    # The next cut ends at 2 / 2**3.
    assert abs(seeing.median[-1] - 0.25) < abs(blind.median[-1] - 0.25) and seeing.lower[-1] < 0.25 < seeing.upper[-1]
    assert seeing.median[-1] < seeing.median[5] - 0.1


def test_the_end_of_a_schedule_is_told() -> None:
    epochs = np.arange(60)
    answer = goodfit.forecast(np.exp(-epochs / 20), horizon=80, rates=1 - epochs / 100)
    assert answer.schedule is not None and answer.schedule.end_step == pytest.approx(100)
    assert "schedule_ends" in answer.cautions
    assert "schedule_ends" not in goodfit.forecast(np.exp(-epochs / 20), horizon=30, rates=1 - epochs / 100).cautions


def test_earlier_runs_of_the_task_tell_of_a_drop_that_nothing_else_foretells() -> None:
    rng = np.random.default_rng(0)
    epochs = np.arange(200)
    course = 0.5 + np.exp(-epochs / 30) - 0.3 * (epochs >= 140)
    runs = [(epochs * 10, course + 0.004 * rng.normal(size=200)) for _ in range(5)]
    steps, values = runs[0][0][:120], runs[0][1][:120]
    alone = goodfit.forecast(values, steps, horizon=80)
    beside = goodfit.forecast(values, steps, horizon=80, earlier=runs[1:])
    assert beside.n_alike == 4
    assert abs(beside.median[-1] - course[-1]) < 0.5 * abs(alone.median[-1] - course[-1])
    # Unlike runs have no say.
    other = goodfit.forecast(values, steps, horizon=80, earlier=[(at, 3 * curve) for at, curve in runs[1:]])
    assert other.n_alike == 0 and other.median.tolist() == alone.median.tolist()


def test_time_and_gain_an_hour_come_from_the_pace() -> None:
    epochs = np.arange(60)
    values = 1 + np.exp(-epochs / 30)
    answer = goodfit.forecast(values, epochs * 100, horizon=60, wall_times=1e9 + 36.0 * epochs)
    assert answer.seconds_per_step == pytest.approx(0.36)
    # Sixty points of 36 s are six tenths of an hour.
    assert answer.improvement_per_hour == pytest.approx(answer.expected_improvement / 0.6)
    target = float(answer.median[20])
    step = answer.step_of(target)
    assert step is not None and answer.seconds_until(target) == pytest.approx((step - 5900) * 0.36)
    assert answer.seconds_until(-5.0) == np.inf and np.isnan(goodfit.forecast(values, horizon=9).seconds_until(1.0))
    assert answer.advice == "go_on" and "an hour" in str(answer)


def test_advice_is_to_stop_where_nothing_is_to_be_gained() -> None:
    rng = np.random.default_rng(1)
    flat = 1 + np.exp(-np.arange(300) / 10) + 0.01 * rng.normal(size=300)
    overfit = flat + 0.005 * np.maximum(0, np.arange(300) - 100)
    assert goodfit.forecast(overfit, horizon=30).advice == "stop"
    assert goodfit.forecast(np.full(40, 2.0), horizon=30).advice == "stop"
    assert goodfit.forecast([1.0, 0.9], horizon=30).advice == "unknown"


def test_a_training_brings_its_own_steps_times_rates_and_direction(tmp_path: Path) -> None:
    with goodfit.Run(tmp_path / "a") as run:
        for epoch in range(60):
            rate = 0.1 ** (1 + epoch // 20)
            run.log(epoch, {"val_accuracy": 0.9 - 0.5**epoch, "lr": rate}, wall_time=1e9 + 10.0 * epoch)
    with goodfit.open(tmp_path) as logs:
        training = logs.list_trainings()[0]
        answer = goodfit.forecast(training, horizon=20, earlier=[training])
    assert answer.direction == "max" and answer.seconds_per_step == pytest.approx(10)
    assert answer.schedule is not None and answer.schedule.next_cut_step == 60
    assert answer.best_value == pytest.approx(0.9) and answer.upper.max() <= 1


@pytest.mark.parametrize("value", [1e15, 1e-300, -1e300, 0.1])
def test_rounding_carries_no_end_of_the_band_across_the_median(value: float) -> None:
    for level in (0.07, 0.33, 0.8, 0.94):
        answer = goodfit.forecast(np.full(7, value), horizon=4, level=level)
        assert (answer.lower <= answer.median).all() and (answer.median <= answer.upper).all()
