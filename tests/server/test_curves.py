"""Charts as columns and as density."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.server.conftest import OpenSite, Site, split_frame
from tests.server.event_files import WALL_TIME, EventFile


def test_a_chart_is_one_frame_of_columns(site: Site) -> None:
    header, columns = site.curves(("exp1/train", "epoch_loss"), ("exp1/validation", "epoch_loss"), px=20)
    assert header["columns"] == ["minimum", "maximum", "mean", "last", "smooth", "other"]
    assert (header["px"], header["lo"], header["hi"], header["x_axis"]) == (20, 0.0, 19.0, "step")
    assert [one["n_points"] for one in header["series"]] == [20, 20]
    assert columns["x"] == pytest.approx([(index + 0.5) * 19 / 20 for index in range(20)])
    last = columns["exp1/train epoch_loss last"]
    # Step s lies in column floor(s * 20 / 19): column s, but for the last, which is closed.
    expected = [1 / (1 + step) for step in range(20)]
    assert last.tolist() == pytest.approx(np.float32(expected).tolist())


def test_min_max_and_mean_of_a_column(site: Site) -> None:
    _, columns = site.curves(("exp1/train", "epoch_loss"), px=2, lo=0, hi=20)
    first, second = [1 / (1 + step) for step in range(10)], [1 / (1 + step) for step in range(10, 20)]
    assert columns["exp1/train epoch_loss minimum"].tolist() == pytest.approx([min(first), min(second)])
    assert columns["exp1/train epoch_loss maximum"].tolist() == pytest.approx([max(first), max(second)])
    assert columns["exp1/train epoch_loss mean"].tolist() == pytest.approx([sum(first) / 10, sum(second) / 10])


def test_smoothing_is_over_all_points_before_reducing(site: Site) -> None:
    _, columns = site.curves(("exp1/train", "epoch_loss"), px=2, lo=0, hi=20, smoothing=0.5)
    ema = weight = 0.0
    expected = []
    for step in range(20):
        ema, weight = 0.5 * ema + 0.5 / (1 + step), 0.5 * weight + 0.5
        expected.append(ema / weight)
    assert columns["exp1/train epoch_loss smooth"].tolist() == pytest.approx([expected[9], expected[19]])


def test_zooming_reads_anew_and_counts_what_is_in_range(site: Site) -> None:
    header, _ = site.curves(("exp1/train", "epoch_loss"), lo=5, hi=10)
    assert header["series"][0]["n_points"] == 6


def test_wall_time_is_exact_in_the_header(site: Site) -> None:
    header, _ = site.curves(("exp1/train", "epoch_loss"), x_axis="wall_time")
    assert (header["lo"], header["hi"]) == (WALL_TIME, WALL_TIME + 19)
    header, _ = site.curves(("exp1/train", "epoch_loss"), x_axis="relative")
    assert (header["lo"], header["hi"]) == (0.0, 19.0)


def test_values_that_are_not_finite_are_marked(open_site: OpenSite, tmp_path: Path) -> None:
    EventFile(tmp_path / "logs" / "r").scalars("loss", [1.0, float("nan"), float("inf"), 0.5])
    site = open_site()
    site.turn()
    header, columns = site.curves(("r", "loss"), px=4)
    assert header["series"][0]["n_nonfinite"] == 2
    assert header["series"][0]["nonfinite_x"] == [1.0, 2.0]
    assert not np.isinf(columns["r loss mean"]).any()


def test_unknown_series_are_left_out_and_twins_are_sent_once(site: Site) -> None:
    header, _ = site.curves(
        ("gone", "x"), ("exp1/train", "epoch_loss"), ("exp1/train", "epoch_loss"), ("exp1/train", "no")
    )
    assert [one["run"] for one in header["series"]] == ["exp1/train"]


@pytest.mark.parametrize("series", [[], [{"run": "gone", "tag": "x"}]])
def test_a_chart_of_nothing_is_an_empty_chart(site: Site, series: list[dict[str, str]]) -> None:
    answer = site.client.post("/api/curves", json={"series": series, "px": 7})
    header, body = split_frame(answer.content)
    assert header["series"] == []
    assert len(body) == 7 * 4


def test_a_chart_of_one_point(open_site: OpenSite, tmp_path: Path) -> None:
    EventFile(tmp_path / "logs" / "r").scalars("loss", [0.25], start_step=7)
    site = open_site()
    site.turn()
    header, columns = site.curves(("r", "loss"))
    assert header["lo"] <= 7 <= header["hi"]
    assert np.isfinite(columns["x"]).all()
    assert np.nanmax(columns["r loss last"]) == 0.25


WRONG: list[dict[str, Any]] = [
    {"px": 0}, {"px": -1}, {"px": 10**9}, {"px": "wide"}, {"px": 1.5}, {"smoothing": 1.0}, {"smoothing": -0.1},
    {"x_axis": "epochs"}, {"lo": 5, "hi": 5}, {"lo": 6, "hi": 5}, {"lo": "NaN"}, {"series": "all"},
    {"series": [{"run": "r"}]},
    {"series": [{"run": "r", "tag": 3}]}, {"series": [{"run": "r", "tag": "t"}] * 2_001},
]  # fmt: skip


@pytest.mark.parametrize("wrong", WRONG, ids=lambda wrong: str(wrong)[:30])
def test_parameters_outside_their_domain_are_refused(site: Site, wrong: dict[str, Any]) -> None:
    answer = site.client.post("/api/curves", json={"series": [], "px": 10, **wrong})
    assert answer.status_code == 400
    assert answer.json()["error"] == "bad_request"


@pytest.mark.parametrize(
    "text", ["", "{", "[]", "null", '{"series": [], "px": 10, "lo": 1e999}', "\xff", "[" * 100_000]
)
def test_bodies_that_are_no_question_are_refused(site: Site, text: str) -> None:
    answer = site.client.post(
        "/api/curves", content=text.encode("latin-1"), headers={"content-type": "application/json"}
    )
    assert answer.status_code == 400
    assert set(answer.json()) == {"error", "message", "hint"}


def test_more_values_than_a_page_can_draw_are_refused(site: Site) -> None:
    series = [{"run": f"r{index}", "tag": "t"} for index in range(2_000)]
    answer = site.client.post("/api/curves", json={"series": series, "px": 8_000})
    assert answer.status_code == 413
    assert "api/density" in answer.json()["hint"]


NAMES = [
    "with space", "한국어 실행", "🚀🔥", "<img src=x onerror=alert(1)>", "a/b/c", "quote\"'", "100%", "a?b=c&d#e",
    "..dots", "x" * 200,
]  # fmt: skip


@pytest.mark.parametrize("name", NAMES, ids=lambda name: name[:12])
def test_any_name_of_run_and_tag_is_served(open_site: OpenSite, tmp_path: Path, name: str) -> None:
    EventFile(tmp_path / "logs" / name).scalars(f"tag {name}", [1.0, 0.5])
    site = open_site()
    site.turn()
    header, columns = site.curves((name, f"tag {name}"), px=2)
    assert header["series"][0]["run"] == name
    assert columns[f"{name} tag {name} last"].tolist() == [1.0, 0.5]
    assert [training["name"] for training in site.get("/api/overview")["trainings"]] == [name]
    (tag,) = site.get("/api/catalog")["tags"]
    assert (tag["tag"], tag["runs"]) == (f"tag {name}", [name])


def test_hundreds_of_curves_are_one_picture(open_site: OpenSite, tmp_path: Path) -> None:
    for index in range(30):
        EventFile(tmp_path / "logs" / f"r{index:02}").scalars("loss", [index + 0.5] * 2)
    site = open_site()
    site.turn()
    series = [{"run": f"r{index:02}", "tag": "loss"} for index in range(30)]
    answer = site.client.post("/api/density", json={"series": series, "width": 8, "height": 30, "y_lo": 0, "y_hi": 30})
    header, body = split_frame(answer.content)
    assert (header["width"], header["height"], header["levels"]) == (8, 30, 16)
    assert (header["n_series"], header["max_curves"]) == (30, 1)
    # Curve i is the level row from i to i + 1: every row is full.
    assert set(body) == {15}


@pytest.mark.parametrize("wrong", [{"width": 0}, {"height": 5_000}, {"y_lo": 1, "y_hi": 1}, {"y_lo": 1e999}])
def test_density_refuses_what_is_outside_its_domain(site: Site, wrong: dict[str, Any]) -> None:
    ask = {"series": [], "width": 10, "height": 10, **wrong}
    text = str(ask).replace("'", '"').replace("inf", "1e999")
    answer = site.client.post("/api/density", content=text, headers={"content-type": "application/json"})
    assert answer.status_code == 400


@settings(max_examples=30, deadline=None)
@given(
    px=st.integers(1, 8_192),
    lo=st.none() | st.floats(-1e300, 1e300),
    width=st.floats(1e-300, 1e300),
    axis=st.sampled_from(["step", "wall_time", "relative"]),
    smoothing=st.floats(0, 1, exclude_max=True),
)
def test_any_range_is_answered(px: int, lo: float | None, width: float, axis: str, smoothing: float) -> None:
    site = test_any_range_is_answered.site  # type: ignore[attr-defined]
    hi = None if lo is None or lo + width == lo else lo + width
    header, columns = site.curves(("exp1/train", "epoch_loss"), px=px, lo=lo, hi=hi, x_axis=axis, smoothing=smoothing)
    assert math.isfinite(header["lo"])
    assert len(columns["x"]) == px


@pytest.fixture(autouse=True)
def _share_site(request: pytest.FixtureRequest) -> None:
    # Hypothesis does not allow a fixture of its own per example; one site serves them all.
    if request.function is test_any_range_is_answered:
        test_any_range_is_answered.site = request.getfixturevalue("site")  # type: ignore[attr-defined]


def test_what_a_restart_wrote_over_is_a_column_of_its_own(open_site: OpenSite, tmp_path: Path) -> None:
    file = EventFile(tmp_path / "logs" / "run")
    file.scalars("loss", [5.0, 4.0, 3.0, 2.0])
    file.scalars("loss", [1.5, 1.0], start_step=2)
    EventFile(tmp_path / "logs" / "plain").scalars("loss", [1.0] * 4)
    site = open_site()
    site.turn()
    header, columns = site.curves(("run", "loss"), ("plain", "loss"), px=4, lo=0, hi=4)
    assert header["columns"][-1] == "abandoned"
    assert columns["run loss mean"].tolist() == [5.0, 4.0, 1.5, 1.0]
    assert np.isnan(columns["run loss abandoned"][:2]).all()
    assert columns["run loss abandoned"][2:].tolist() == [3.0, 2.0]
    assert np.isnan(columns["plain loss abandoned"]).all()
    assert "abandoned" not in site.curves(("plain", "loss"), px=4)[0]["columns"]
