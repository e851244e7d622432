"""Whatever is given: nothing raises, and what cannot be known is said to be unknown, with the reason."""

from __future__ import annotations

import json
import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import goodfit
from goodfit.curves.analogs import forecast_by_analogs
from goodfit.curves.changepoints import find_turn
from goodfit.curves.divergence import find_divergence
from goodfit.curves.importance import find_importance
from goodfit.curves.noise import estimate_noise
from goodfit.curves.plateau import find_plateau
from goodfit.curves.schedule import read_schedule
from goodfit.curves.spike import find_spikes
from goodfit.curves.sway import find_own_rise
from goodfit.curves.trend import find_trend
from goodfit.errors import BadArgument
from goodfit.findings.diagnose import Diagnosis
from goodfit.findings.live import LiveMetric
from goodfit.findings.words import render_message, render_undecided

X = np.arange(80)
FALL = 2 * np.exp(-X / 15) + 0.3 + 0.005 * np.random.default_rng(0).normal(size=80)
OVERFIT = FALL + 0.012 * np.clip(X - 40, 0, None)
TRAIN = 2 * np.exp(-X / 15) + 0.2 - 0.001 * X + 0.005 * np.random.default_rng(1).normal(size=80)

_ODD = st.sampled_from([
    math.nan, math.inf, -math.inf, 0.0, -0.0, 1e300, -1e300, 1e-300, 5e-324, 1.7e308, -1.7e308, 1.0, 0.5, 2.0
])  # fmt: skip
_ANY = st.one_of(
    st.lists(_ODD, max_size=40),
    st.lists(st.floats(width=64), max_size=40),
    st.tuples(_ODD, st.integers(0, 300)).map(lambda item: [item[0]] * item[1]),
    st.tuples(_ODD, _ODD, st.integers(0, 150)).map(lambda item: [item[0], item[1]] * item[2]),
)
_STEPS = st.sampled_from(["sorted", "reversed", "shuffled", "equal", "doubled", "huge"])


def steps_of(kind: str, n: int) -> np.ndarray:
    at = np.arange(n, dtype=np.int64)
    return {
        "sorted": at, "reversed": at[::-1], "shuffled": np.random.default_rng(n).permutation(at), "equal": 0 * at,
        "doubled": at // 2, "huge": at * (2**62 // max(n, 1)),
    }[kind]  # fmt: skip


def check(diagnosis: Diagnosis) -> None:
    for finding in diagnosis:
        json.dumps(dict(finding.evidence), allow_nan=False)
        for language in ("en", "ko"):
            assert render_message(finding, language=language)  # type: ignore[arg-type]
    assert str(diagnosis) and diagnosis._repr_html_()


@given(train=_ANY, validation=_ANY, kind=_STEPS, direction=st.sampled_from(["min", "max", None]))
@settings(max_examples=120, deadline=None)
def test_diagnose_takes_any_array(train: list[float], validation: list[float], kind: str, direction: Any) -> None:
    check(goodfit.diagnose(train=train, validation=validation, direction=direction))
    check(
        goodfit.diagnose(
            train=train, validation=validation, steps=steps_of(kind, len(validation)),
            train_steps=steps_of(kind, len(train)), direction=direction,
        )
    )  # fmt: skip


@given(values=_ANY, other=_ANY, kind=_STEPS, direction=st.sampled_from(["min", "max", None]))
@settings(max_examples=60, deadline=None)
def test_forecast_takes_any_array(values: list[float], other: list[float], kind: str, direction: Any) -> None:
    n = len(values)
    rates, times = np.resize(other or [0.1], n), np.resize(other or [1.0], n)
    answer = goodfit.forecast(
        values,
        steps_of(kind, n),
        20,
        direction=direction,
        rates=rates,
        wall_times=times,
        earlier=[other, values, other],
    )
    assert str(answer) and answer._repr_html_() and answer.advice in ("go_on", "stop", "unknown")
    if not answer.refusal:
        assert np.isfinite(answer.median).all() and (answer.lower <= answer.upper).all()
        assert answer.expected_improvement >= 0
    answer.chance_of(1.0), answer.step_of(1.0), answer.seconds_until(1.0), answer.improvement_per_hour


@given(first=st.lists(_ANY, min_size=1, max_size=4), second=st.lists(_ANY, min_size=1, max_size=4))
@settings(max_examples=20, deadline=None)
def test_compare_takes_any_arrays_or_says_that_nothing_is_finite(
    first: list[list[float]], second: list[list[float]]
) -> None:
    try:
        answer = goodfit.compare(first, second)
    except BadArgument as error:
        assert "no finite value" in str(error)
        return
    assert str(answer) and answer._repr_html_()


@given(outcomes=st.lists(_ODD, max_size=16), values=st.lists(_ODD, max_size=16))
@settings(max_examples=12, deadline=None)
def test_importance_takes_any_numbers(outcomes: list[float], values: list[float]) -> None:
    table = {"a": np.resize(values or [1.0], len(outcomes)).tolist(), "b": list(range(len(outcomes)))}
    find_importance(table, np.array(outcomes, dtype=np.float64), rng=np.random.default_rng(0))


@given(values=_ANY, kind=_STEPS, direction=st.sampled_from(["min", "max", None]))
@settings(max_examples=40, deadline=None)
def test_the_live_judge_takes_any_points(values: list[float], kind: str, direction: Any) -> None:
    live = LiveMetric(direction=direction)
    for step, value in zip(steps_of(kind, len(values)).tolist(), values, strict=True):
        live.push(step, train=value, validation=None if step % 3 else -value)
    live.finish()


@given(values=_ANY)
@settings(max_examples=120, deadline=None)
def test_every_measure_takes_any_finite_array(values: list[float]) -> None:
    array = np.array(values, dtype=np.float64)
    with np.errstate(all="ignore"):
        read_schedule(np.arange(float(array.size)), array)
        finite = array[np.isfinite(array)]
        for measure in (find_turn, find_divergence, find_plateau, find_spikes, find_trend, estimate_noise):
            measure(finite)  # type: ignore[operator]
        if finite.size >= 7:
            find_own_rise(finite, finite[::-1])
        forecast_by_analogs(finite, [finite, np.r_[finite, finite], np.r_[finite, -finite]], np.array([1.0, 5.0]))


def why(diagnosis: Diagnosis, rule: str = "overfit") -> str:
    """Why a rule was not decided; fails where it was, or stayed silent without a reason."""
    assert not any(finding.rule == rule for finding in diagnosis)
    reasons = [item for item in diagnosis.undecided if item.rule == rule]
    assert reasons, "silent without a reason"
    assert render_undecided(reasons[0]).startswith("cannot tell, because") and render_undecided(
        reasons[0], language="ko"
    )
    return reasons[0].why


def rules(diagnosis: Diagnosis) -> set[str]:
    return {finding.rule for finding in diagnosis}


def test_missing_validation() -> None:
    assert why(goodfit.diagnose(train=TRAIN)) == "no_validation"


def test_missing_train() -> None:
    assert why(goodfit.diagnose(validation=OVERFIT)) == "no_train"


def test_validation_on_an_axis_that_does_not_meet_the_trains() -> None:
    far = goodfit.diagnose(train=TRAIN, train_steps=X, validation=OVERFIT, steps=X + 10**6)
    assert why(far) == "axes_differ"


@pytest.mark.parametrize("sparser", [1, 10, 100])
def test_train_of_each_batch_and_validation_of_each_epoch(sparser: int) -> None:
    rng = np.random.default_rng(2)
    batches = np.arange(80 * sparser)
    train = np.interp(batches, X * sparser, TRAIN) + 0.05 * rng.normal(size=batches.size)
    answer = goodfit.diagnose(train=train, train_steps=batches, validation=OVERFIT, steps=(X + 1) * sparser - 1)
    finding = next(finding for finding in answer if finding.rule == "overfit")
    assert finding.onset_step is not None and abs(finding.onset_step - 40 * sparser) <= 5 * sparser
    healthy = goodfit.diagnose(train=train, train_steps=batches, validation=FALL, steps=(X + 1) * sparser - 1)
    assert all(finding.severity == "info" for finding in healthy)


def test_a_validation_of_three_points_beside_a_long_train() -> None:
    sparse = goodfit.diagnose(train=TRAIN, train_steps=X, validation=OVERFIT[[10, 40, 79]], steps=[10, 40, 79])
    assert why(sparse) == "too_short"


def test_restarts_count_by_their_newest_branch() -> None:
    steps = np.r_[X[:60], X[30:]]
    train, validation = np.r_[TRAIN[:60], TRAIN[30:]], np.r_[OVERFIT[:60], FALL[30:]]
    answer = goodfit.diagnose(train=train, validation=validation, steps=steps, train_steps=steps)
    assert "overfit" not in rules(answer)


def test_unknown_direction() -> None:
    assert why(goodfit.diagnose(train=TRAIN, validation=OVERFIT, direction=None)) == "direction_unknown"


def test_negative_losses_are_judged_like_positive_ones() -> None:
    assert "overfit" in rules(goodfit.diagnose(train=TRAIN - 3, validation=OVERFIT - 3))
    assert "overfit" not in rules(goodfit.diagnose(train=TRAIN - 3, validation=FALL - 3))


def test_all_nan_is_a_finding() -> None:
    answer = goodfit.diagnose(train=np.full(30, np.nan), validation=np.full(30, np.nan))
    assert rules(answer) == {"nonfinite"}


@pytest.mark.parametrize(
    "curve",
    [
        np.sin(X / 4.0),
        np.sin(X / 12.7),
        np.sin(X / 5.0 + 3),
        np.floor(10 - X / 8.0),
        np.floor(X / 8.0) % 2,
        np.full(80, 0.7),
    ],
    ids=["sine", "slow sine", "third sine", "staircase", "square wave", "constant"],
)
def test_sines_and_staircases_are_not_guessed_about(curve: np.ndarray) -> None:
    found = rules(goodfit.diagnose(train=TRAIN, validation=curve + 2))
    assert found <= {"noisy_validation", "gap_constant", "still_improving", "plateau", "best_is_not_last", "underfit"}
    both = rules(goodfit.diagnose(train=curve + 2, validation=curve + 2.1))
    assert "overfit" not in both and "diverged" not in both


def test_empty_and_single_points_say_so() -> None:
    assert goodfit.diagnose(train=[], validation=[]) == []
    assert why(goodfit.diagnose(train=[1.0], validation=[1.0])) == "too_short"
