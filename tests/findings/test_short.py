"""Trainings too young to be judged share one answer, and it is the one that each would have got by itself."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from goodfit.findings.engine import Points, make_case, review_all, review_cases
from goodfit.findings.short import SHORT, find_outline
from goodfit.query.logs import open as open_logs
from goodfit.sdk.run import Run
from goodfit.types import Pair, SeriesKey

VALUES = st.floats(allow_nan=False, allow_infinity=False) | st.sampled_from([0.0, 0.5, 1.0, 100.0])
METRICS = [("loss", "min"), ("accuracy", "max"), ("fancy", None), ("learning_rate", None), ("grad_norm", None)]


@st.composite
def curves(draw: st.DrawFn) -> Points | None:
    values = draw(st.lists(VALUES, max_size=SHORT - 1))
    steps = sorted(draw(st.sets(st.integers(0, 10**6), min_size=len(values), max_size=len(values))))
    if not values and draw(st.booleans()):
        return None
    return Points(np.array(steps, np.int64), np.array(values, np.float64), 1.7e9 + np.arange(len(values)))


@given(
    halves=st.lists(st.tuples(curves(), curves()), min_size=1, max_size=len(METRICS)),
    peer_best=st.none() | st.floats(-10, 10),
    has_ended=st.booleans(),
)
def test_what_is_said_of_a_short_training_depends_on_its_lengths_alone(
    halves: list[tuple[Points | None, Points | None]], peer_best: float | None, has_ended: bool
) -> None:
    key = SeriesKey("run", "tag")
    pairs = [Pair(metric, key, key, direction, "given") for metric, direction in METRICS]  # type: ignore[arg-type]
    told = [(pair, train, validation) for pair, (train, validation) in zip(pairs, halves, strict=False)]
    outline = find_outline(told, has_ended=has_ended)
    assert outline is not None
    whole, like = (
        review_cases([case for case in cases if case is not None])
        for cases in (
            [
                make_case(pair.metric, direction=pair.direction, train=train, validation=validation,
                          has_ended=has_ended, peer_best=peer_best)
                for pair, train, validation in told
            ],
            [
                make_case(curve.metric, direction=curve.direction, train=stand_in(curve.n_train),
                          validation=stand_in(curve.n_validation), has_ended=has_ended)
                for curve in outline.curves
            ],
        )
    )  # fmt: skip
    assert whole.findings == like.findings == ()
    assert whole.undecided == like.undecided


def stand_in(n_points: int) -> Points:
    return Points(np.arange(n_points), np.ones(n_points))


@pytest.mark.parametrize(
    ("steps", "values"),
    [
        ([0, 1], [0.5, math.nan]),
        ([0, 1], [0.5, -math.inf]),
        ([0, 1, 1], [0.5, 0.4, 0.4]),
        ([0, 2, 1], [0.5, 0.4, 0.4]),
        (range(SHORT), np.ones(SHORT)),
    ],
)
def test_what_has_to_be_looked_at_has_no_outline(steps: list[int], values: list[float]) -> None:
    points = Points(np.array(steps, np.int64), np.array(values, np.float64))
    pair = Pair("loss", SeriesKey("run", "loss"), None, "min", "single")
    assert find_outline([(pair, points, None)], has_ended=True) is None


def test_each_short_training_answers_under_its_own_name(tmp_path: Path) -> None:
    for name in ("a", "b"):
        with Run(tmp_path / name) as run:
            run.log(0, {"loss": 1.0})
    with Run(tmp_path / "c") as run:
        run.log(0, {"loss": math.nan})
    with open_logs(tmp_path, cache=False) as logs:
        reviews = review_all(logs.list_trainings())
    assert [review.training for review in reviews] == ["a", "b", "c"]
    assert {item.training for item in reviews[1].undecided} == {"b"}
    assert [finding.rule for finding in reviews[2].findings] == ["nonfinite"]
