"""Many curves as one picture."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.server.conftest import OpenSite, Site, split_frame
from tests.server.event_files import EventFile

from goodfit.server.density import LEVELS, Canvas, Density, Edges, find_extent, join_extents
from goodfit.store.store import Sample
from goodfit.types import SeriesKey


def curve(values: list[float]) -> Sample:
    """A sampled curve of one point a column."""
    column = np.array(values, dtype=np.float32)
    count = np.isfinite(column).astype(np.uint32)
    return Sample(SeriesKey("r", "t"), len(values), 0, column, column, column, column, column, count, np.array([]))


def draw(
    curves: list[Sample], *, height: int = 5, is_log: bool = False, y_lo: float | None = None, y_hi: float | None = None
) -> Density:
    edges = Edges.of(y_lo, y_hi, found=find_extent(curves, is_log=is_log), is_log=is_log)
    canvas = Canvas(width=len(curves[0].mean) if curves else 4, height=height, edges=edges)
    # In two batches, as many curves would come.
    canvas.add(curves[:1])
    canvas.add(curves[1:])
    return canvas.finish()


def test_a_level_curve_is_one_row() -> None:
    picture = draw([curve([2.0, 2.0, 2.0])], y_lo=0.0, y_hi=5.0)
    # Rows from 5 down: [4, 5], [3, 4), [2, 3) ... the third begins at 3 and 2.0 is the edge of the fourth.
    assert (picture.levels > 0).sum(axis=0).tolist() == [1, 1, 1]
    assert picture.levels[3].tolist() == [LEVELS - 1] * 3
    assert (picture.n_series, picture.max_curves) == (1, 1)


def test_a_step_is_joined_as_a_pen_would() -> None:
    picture = draw([curve([0.5, 4.5])], y_lo=0.0, y_hi=5.0)
    assert (picture.levels[:, 0] > 0).tolist() == [False, False, False, False, True]
    assert (picture.levels[:, 1] > 0).all()


def test_a_sparse_curve_is_bridged_and_not_extended() -> None:
    nan = float("nan")
    picture = draw([curve([nan, 0.5, nan, 4.5, nan])], y_lo=0.0, y_hi=5.0)
    assert (picture.levels > 0).any(axis=0).tolist() == [False, True, True, True, False]


def test_levels_grow_with_the_number_of_curves() -> None:
    lonely, shared = curve([0.5, 0.5]), curve([4.5, 4.5])
    picture = draw([lonely, *[shared] * 9], y_lo=0.0, y_hi=5.0)
    # log(1 + 1) of log(1 + 9), in 15 steps: 15 * 0.301 = 4.5, rounded to even.
    assert picture.levels[4].tolist() == [round(15 * np.log(2) / np.log(10))] * 2
    assert picture.levels[0].tolist() == [LEVELS - 1] * 2
    assert picture.max_curves == 9


def test_the_scale_takes_the_extent_of_finite_values() -> None:
    picture = draw([curve([1.0, float("inf"), -3.0]), curve([float("nan")] * 3)])
    assert (picture.y_lo, picture.y_hi, picture.n_series) == (-3.0, 1.0, 1)


def test_a_constant_curve_has_room_around_it() -> None:
    picture = draw([curve([7.0, 7.0])])
    assert picture.y_lo < 7.0 < picture.y_hi
    assert (picture.levels > 0).sum() == 2


def test_log_rows_leave_out_what_has_no_logarithm() -> None:
    picture = draw([curve([0.001, 1.0, -1.0])], is_log=True, height=3)
    assert picture.y_lo == pytest.approx(0.001)
    assert picture.y_hi == pytest.approx(1.0)
    assert not picture.levels[:, 2].any()


def test_curves_outside_the_edges_leave_no_mark() -> None:
    assert not draw([curve([9.0, 9.0])], y_lo=0.0, y_hi=5.0).levels.any()


def test_no_curves_are_an_empty_picture() -> None:
    picture = draw([])
    assert picture.levels.shape == (5, 4)
    assert not picture.levels.any()


def test_a_picture_over_all_floats_does_not_overflow() -> None:
    picture = draw([curve([-3e38, 3e38, 0.0])])
    assert picture.levels[:, 1].all()
    assert (picture.y_lo, picture.y_hi) == (pytest.approx(-3e38), pytest.approx(3e38))


def test_extents_join() -> None:
    assert join_extents(None, (1.0, 2.0)) == (1.0, 2.0)
    assert join_extents((0.0, 1.5), (1.0, 2.0)) == (0.0, 2.0)


columns = st.lists(st.floats(width=32), min_size=6, max_size=6)


@given(st.lists(columns, min_size=1, max_size=6), st.integers(1, 20), st.booleans())
def test_every_curve_is_drawn_in_every_column_that_it_passes(
    rows: list[list[float]], height: int, is_log: bool
) -> None:
    picture = draw([curve(row) for row in rows], height=height, is_log=is_log)
    assert picture.levels.shape == (height, 6)
    drawable = [[v if np.isfinite(v) and (v > 0 or not is_log) else None for v in row] for row in rows]
    for column in range(6):
        passes = any(
            any(v is not None for v in row[: column + 1]) and any(v is not None for v in row[column:])
            for row in drawable
        )
        assert bool(picture.levels[:, column].any()) == passes


@pytest.fixture
def levels(open_site: OpenSite, tmp_path: Path) -> Site:
    """Nine runs constant at 4.5 and one at 0.5, ten steps each; one is NaN throughout."""
    for number in range(9):
        EventFile(tmp_path / "logs" / f"r{number}").scalars("loss", [4.5] * 10)
    EventFile(tmp_path / "logs" / "low").scalars("loss", [0.5] * 10)
    EventFile(tmp_path / "logs" / "nan").scalars("loss", [float("nan")] * 10)
    site = open_site()
    site.turn()
    return site


def read_density(site: Site, **options: Any) -> tuple[dict[str, Any], np.ndarray]:
    """Header and levels, shape (height, width)."""
    runs = [*(f"r{number}" for number in range(9)), "low", "nan", "gone"]
    ask = {"series": [{"run": run, "tag": "loss"} for run in runs], "width": 10, "height": 5, **options}
    answer = site.client.post("/api/density", json=ask)
    assert answer.status_code == 200, answer.text
    header, body = split_frame(answer.content)
    return header, np.frombuffer(body, np.uint8).reshape(header["height"], header["width"])


def test_crowds_are_darker_than_single_curves(levels: Site) -> None:
    header, picture = read_density(levels, y_lo=0.0, y_hi=5.0)
    # Rows from 5 down: nine curves in the first, one in the last: 15 * log(2) / log(10) = 4.5, rounded to even.
    assert picture[0].tolist() == [LEVELS - 1] * 10
    assert picture[4].tolist() == [round(15 * np.log(2) / np.log(10))] * 10
    assert not picture[1:4].any()
    assert (header["n_series"], header["max_curves"], header["levels"]) == (10, 9, LEVELS)


def test_the_picture_ends_where_the_curves_do(levels: Site) -> None:
    header, _ = read_density(levels)
    assert (header["lo"], header["hi"], header["y_lo"], header["y_hi"]) == (0.0, 9.0, 0.5, 4.5)
    header, picture = read_density(levels, is_log=True, y_lo=-1.0)
    assert (header["y_lo"], header["y_hi"]) == (pytest.approx(0.5), pytest.approx(4.5))
    assert picture[0].any()


def test_no_curve_is_an_empty_picture(levels: Site) -> None:
    header, picture = read_density(levels, series=[{"run": "nan", "tag": "loss"}])
    assert (header["n_series"], header["max_curves"]) == (0, 0)
    assert not picture.any()
