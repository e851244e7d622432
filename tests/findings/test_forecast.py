"""What `goodfit.forecast` takes and gives; that no array makes it raise."""

from __future__ import annotations

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
