"""Formulas: how they are read, what they come to, and the curves that POST api/formula draws of them."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.server.conftest import OpenSite, Site, split_frame
from tests.server.event_files import EventFile

from goodfit.server.formula.evaluate import Curve, evaluate, read_newest
from goodfit.server.formula.parse import FUNCTIONS, FormulaError, parse_formula
from goodfit.server.formula.reduce import reduce_points
from goodfit.types import Scalars, SeriesKey

KNOWN = {"a", "b", "val/loss", "train/loss", "a/c", "x-y", "loss rate", "max", "1/x"}


def curve(values: list[float], steps: list[int] | None = None) -> Curve:
    at = np.array(steps if steps is not None else range(len(values)), dtype=np.int64)
    return Curve(at, at.astype(np.float64), np.array(values, dtype=np.float64))


def work_out(text: str, **curves: Curve) -> list[float]:
    result = evaluate(parse_formula(text, set(curves)).tree, curves)
    assert isinstance(result, Curve)
    return result.values.tolist()


@pytest.mark.parametrize(
    ("text", "value"),
    [
        # a is 2, b is 3: worked out as on paper.
        ("a + b * 4", 14.0),
        ("(a + b) * 4", 20.0),
        ("a - b - 1", -2.0),
        ("a / b / 2", 1 / 3),
        ("a ^ b ^ 2", 512.0),
        ("a ** 2", 4.0),
        ("-a ^ 2", -4.0),
        ("2 ^ -a", 0.25),
        ("--a", 2.0),
        ("min(a, b, 1.5)", 1.5),
        ("max(a,b)", 3.0),
        ("log10(100 * a / a)", 2.0),
        ("abs(a - b)", 1.0),
        ("sqrt(a*a)", 2.0),
        ("log(exp(a))", 2.0),
        ("log2(8) + a", 5.0),
        ("1e-3 * a + .5", 0.502),
    ],
)
def test_formulas_come_to_what_they_mean(text: str, value: float) -> None:
    assert work_out(text, a=curve([2.0]), b=curve([3.0])) == [pytest.approx(value)]


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("val/loss - train/loss", ("val/loss", "train/loss")),
        ("a/c", ("a/c",)),
        ("a/b", ("a", "b")),
        ("a / c0", None),
        ("x-y - a", ("x-y", "a")),
        ("`loss rate` * 2", ("loss rate",)),
        ("max(max, a)", ("max", "a")),
        ("1/x + 1", ("1/x",)),
        ("ab", None),
    ],
)
def test_the_longest_known_name_is_taken(text: str, names: tuple[str, ...] | None) -> None:
    if names is None:
        with pytest.raises(FormulaError, match="no metric is called"):
            parse_formula(text, KNOWN)
    else:
        assert parse_formula(text, KNOWN).names == names


@pytest.mark.parametrize(
    ("text", "reason", "position"),
    [
        ("", "empty", 0),
        ("  ", "empty", 0),
        ("a +", "ends_early", 3),
        ("a + * b", "unexpected", 4),
        ("(a + b", "unclosed", 0),
        ("a)", "unexpected", 1),
        ("min(a", "unclosed", 0),
        ("nope - a", "unknown_name", 0),
        ("a - nope/x", "unknown_name", 4),
        ("eval(a)", "unknown_function", 0),
        ("log(a, b)", "wrong_count", 0),
        ("ema(a, 1)", "wrong_weight", 0),
        ("ema(a, b)", "wrong_weight", 0),
        ("`a", "unclosed", 0),
        ("a b", "unexpected", 2),
        ("1 + 2", "no_metric", 0),
        ("a;b", "unknown_name", 1),
        ("(" * 30 + "a" + ")" * 30, "too_deep", 24),
        ("-" * 60 + "a", "too_deep", 24),
        ("a" + "+a" * 150, "too_many_parts", 200),
        ("a" * 600, "too_long", 500),
    ],
)
def test_what_is_no_formula_says_where(text: str, reason: str, position: int) -> None:
    with pytest.raises(FormulaError) as caught:
        parse_formula(text, KNOWN)
    assert (caught.value.reason, caught.value.position) == (reason, position)


@given(st.text(alphabet="ab()+-*/^,.1e` minlog", max_size=60))
def test_any_text_is_a_formula_or_a_formula_error(text: str) -> None:
    try:
        formula = parse_formula(text, {"a", "b"})
    except FormulaError as error:
        assert 0 <= error.position <= len(text)
    else:
        evaluate(formula.tree, {"a": curve([1.0, math.nan]), "b": curve([0.0, 2.0])})


def test_curves_meet_at_common_steps_and_nan_stays() -> None:
    train = curve([1.0, 2.0, 3.0, 4.0, 5.0, 6.0], [0, 1, 2, 3, 4, 5])
    val = curve([10.0, math.nan, 30.0], [1, 3, 9])
    result = evaluate(parse_formula("val - train", {"val", "train"}).tree, {"val": val, "train": train})
    assert isinstance(result, Curve)
    assert result.steps.tolist() == [1, 3]
    assert result.values[0] == 8.0
    assert math.isnan(result.values[1])


def test_functions_over_the_course_use_every_point() -> None:
    a = curve([4.0, 2.0, 3.0])
    assert work_out("cummin(a)", a=a) == [4.0, 2.0, 2.0]
    assert work_out("cummax(0 - a)", a=a) == [-4.0, -2.0, -2.0]
    assert work_out("cumsum(a)", a=a) == [4.0, 6.0, 9.0]
    assert work_out("diff(a)", a=a) == [-2.0, 1.0]
    # The debiased mean at weight one half: 4, (0.25*4 + 0.5*2) / 0.75, (0.125*4 + 0.25*2 + 0.5*3) / 0.875.
    assert work_out("ema(a, 0.5)", a=a) == pytest.approx([4.0, 2 / 0.75, 2.5 / 0.875])
    # The mean of all points is taken before the curves meet.
    result = evaluate(parse_formula("ema(a, 0.5) - b", {"a", "b"}).tree, {"a": a, "b": curve([0.0], [2])})
    assert isinstance(result, Curve)
    assert result.values.tolist() == pytest.approx([2.5 / 0.875])


def test_what_has_no_value_is_nan_and_division_by_zero_infinite() -> None:
    values = work_out("log(a)", a=curve([-1.0, 0.0, 1.0]))
    assert math.isnan(values[0])
    assert values[1:] == [-math.inf, 0.0]
    assert work_out("1 / a", a=curve([0.0])) == [math.inf]


def test_every_function_is_worked_out() -> None:
    for name, (least, _most) in FUNCTIONS.items():
        assert isinstance(
            evaluate(parse_formula(f"{name}({', '.join(['a'] * least)})", {"a"}).tree, {"a": curve([1.0, 2.0])}), Curve
        )


def test_a_restart_takes_back_what_it_wrote_over() -> None:
    steps = np.array([0, 1, 2, 3, 1, 2], dtype=np.int64)
    values = np.array([0.0, 1.0, 2.0, 3.0, 10.0, 20.0])
    found = read_newest(Scalars(steps, values, values, (0, 4)))
    assert found.steps.tolist() == [0, 1, 2]
    assert found.values.tolist() == [0.0, 10.0, 20.0]


@given(
    st.lists(
        st.tuples(
            st.floats(-100, 100),
            st.one_of(st.floats(-1e6, 1e6), st.just(math.nan), st.just(math.inf)),
        ),
        max_size=50,
    )
)
def test_columns_hold_what_a_slow_reading_finds(points: list[tuple[float, float]]) -> None:
    px, lo, hi = 7, -50.0, 50.0
    x, y = np.array([point[0] for point in points]), np.array([point[1] for point in points])
    sample = reduce_points(SeriesKey("r", "t"), x, y, y, lo=lo, hi=hi, px=px)
    columns: list[list[float]] = [[] for _ in range(px)]
    n_lost = 0
    for at, value in points:
        if lo <= at <= hi:
            n_lost += not math.isfinite(value)
            if math.isfinite(value):
                columns[min(int((at / 2 - lo / 2) / (hi / 2 - lo / 2) * px), px - 1)].append(value)
    for i, column in enumerate(columns):
        assert np.isnan(sample.mean[i]) == (not column)
        if column:
            assert sample.minimum[i] == np.float32(min(column))
            assert sample.maximum[i] == np.float32(max(column))
            assert sample.last[i] == np.float32(column[-1])
            assert sample.mean[i] == pytest.approx(np.mean(column), rel=1e-5, abs=1e-3)
    assert sample.n_nonfinite == n_lost


def ask_formula(site: Site, y: str, **options: Any) -> tuple[dict[str, Any], np.ndarray]:
    """Header and columns, shape (columns, px)."""
    ask = {"y": y, "trainings": ["exp1"], "px": 20, **options}
    answer = site.client.post("/api/formula", json=ask)
    assert answer.status_code == 200, answer.text
    header, body = split_frame(answer.content)
    columns = np.frombuffer(body, "<f4").reshape(-1, header["px"])
    assert len(columns) == 1 + len(header["series"]) * len(header["columns"])
    return header, columns


@pytest.mark.parametrize(
    "y", ["val/loss - train/loss", "validation/loss-train/loss", "loss - train/loss", "epoch_loss - train/loss"]
)
def test_halves_of_a_metric_are_taken_apart(site: Site, y: str) -> None:
    header, columns = ask_formula(site, y)
    assert header["series"][0]["run"] == "exp1"
    # The validation half was written 0.2 above the train half.
    assert np.allclose(columns[3], 0.2, atol=1e-6)


def test_any_metric_is_an_axis(site: Site) -> None:
    header, columns = ask_formula(site, "val/loss", x_axis="formula", x="train/accuracy")
    assert header["x_axis"] == "formula"
    assert (header["lo"], header["hi"]) == (0.0, pytest.approx(0.95))
    assert columns[3][0] == pytest.approx(1.2)
    assert np.isfinite(columns[3]).all()


def test_a_time_axis_counts_from_the_start(site: Site) -> None:
    header, _ = ask_formula(site, "loss", x_axis="relative")
    assert header["lo"] == 0.0
    step, _ = ask_formula(site, "loss", x_axis="step")
    assert (step["lo"], step["hi"]) == (0.0, 19.0)


def test_a_training_without_the_metric_is_left_out_with_the_reason(open_site: OpenSite, tmp_path: Path) -> None:
    EventFile(tmp_path / "logs" / "one").scalars("loss", [1.0, 2.0])
    EventFile(tmp_path / "logs" / "two").scalars("other", [1.0, 2.0])
    site = open_site()
    site.turn()
    header, _ = ask_formula(site, "loss * 2", trainings=["one", "two", "gone"])
    assert [one["run"] for one in header["series"]] == ["one"]
    assert header["left_out"] == [{"training": "two", "reason": "no_metric", "names": ["loss"]}]


def test_a_formula_that_is_none_is_refused_with_the_place(site: Site) -> None:
    answer = site.client.post("/api/formula", json={"y": "loss +", "trainings": ["exp1"], "px": 20})
    assert answer.status_code == 400
    assert "character 7" in answer.json()["message"]
    check = site.get("/api/formula/check", text="loss + nope")
    assert (check["reason"], check["position"], check["detail"]) == ("unknown_name", 7, "nope")
    assert site.get("/api/formula/check", text="loss")["names"] == ["loss"]
