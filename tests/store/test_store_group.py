"""Many series at once: their mean and spread, the nearest to a place, and how many pass through each pixel."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from tests.event_bytes import scalar, write

from goodfit.errors import BadArgument
from goodfit.store.group import bridge
from goodfit.store.store import Store
from goodfit.types import SeriesKey


def store_of(folder: Path, curves: dict[str, dict[int, float]]) -> tuple[Store, list[SeriesKey]]:
    for run, points in curves.items():
        write(folder / run, b"".join(scalar("loss", value, step=step) for step, value in points.items()))
    store = Store(folder)
    store.refresh()
    return store, [SeriesKey(run, "loss") for run in curves]


def test_mean_spread_and_interval_by_hand(tmp_path: Path) -> None:
    """Seeds 1, 2, 3 and 6 at step 0: mean 3, deviation sqrt((4 + 1 + 0 + 9) / 3); quartiles at 1.75 and 3.75."""
    curves = {f"seed{value}": {0: value, 1: 1.0} for value in (1, 2, 3, 6)}
    store, keys = store_of(tmp_path, curves)
    (lo, hi), group = store.group(keys, px=2, interval=0.5)
    assert (lo, hi, group.n_series, group.count.tolist()) == (0, 1, 4, [4, 4])
    assert group.mean.tolist() == [3, 1]
    np.testing.assert_allclose(group.deviation, [math.sqrt(14 / 3), 0])
    assert (group.low[0], group.high[0], group.minimum[0], group.maximum[0]) == (1.75, 3.75, 1, 6)


def test_runs_that_log_at_different_steps_meet_on_straight_lines(tmp_path: Path) -> None:
    store, keys = store_of(tmp_path, {"often": dict.fromkeys(range(11), 0.0), "seldom": {0: 0.0, 5: 10.0, 8: 4.0}})
    _, group = store.group(keys, px=11)
    assert group.count.tolist() == [2] * 9 + [1, 1]  # `seldom` ends at 8
    np.testing.assert_allclose(group.mean, [0, 1, 2, 3, 4, 5, 4, 3, 2, 0, 0], atol=1e-6)
    assert np.isnan(group.deviation[-1]) and not group.mean.flags.writeable


def test_a_group_of_nothing_is_empty(tmp_path: Path) -> None:
    store, _ = store_of(tmp_path, {"a": {0: float("nan")}})
    for keys in ([], [SeriesKey("a", "loss")], [SeriesKey("b", "loss")]):
        _, group = store.group(keys, px=3)
        assert group.n_series == 0 and group.count.tolist() == [0, 0, 0] and np.isnan(group.high).all()


def test_a_group_shows_the_newest_branch_and_can_be_smoothed(tmp_path: Path) -> None:
    points = b"".join(scalar("loss", 9, step=i) for i in range(4)) + b"".join(scalar("loss", i, step=i) for i in (2, 3))
    write(tmp_path / "run", points)
    store = Store(tmp_path)
    store.refresh()
    key = SeriesKey("run", "loss")
    assert store.group([key], px=4)[1].mean.tolist() == [9, 9, 2, 3]
    smooth = store.sample([key], px=4, smoothing=0.5, branch="newest")[1][0].smooth
    np.testing.assert_array_equal(store.group([key], px=4, smoothing=0.5)[1].mean, smooth)


@pytest.mark.parametrize("interval", [0, -0.1, 1.1, float("nan")])
def test_an_interval_that_is_none_is_refused(tmp_path: Path, interval: float) -> None:
    with pytest.raises(BadArgument, match="interval is"):
        Store(tmp_path).group([], px=1, interval=interval)


def test_the_nearest_curve_is_found_between_its_points_and_within_its_extremes(tmp_path: Path) -> None:
    curves = {"flat": {0: 1.0, 10: 1.0}, "rising": {0: 0.0, 10: 10.0}, "short": {0: 2.0, 3: 2.0}}
    store, keys = store_of(tmp_path, curves)
    found = store.nearest(keys, x=5, y=4.6, px=11)
    assert found is not None and (found.key.run, found.value) == ("rising", 5.0)
    assert found.distance == pytest.approx(0.4)
    assert store.nearest(keys, x=5, y=-100, px=11).key.run == "flat"  # type: ignore[union-attr]
    assert store.nearest(keys, x=11, y=0, px=11) is None
    assert store.nearest([], x=0, y=0, px=11) is None
    # In one column, every curve from its lowest to its highest value: 1.9 lies within `rising` only.
    wide = store.nearest(keys, x=0, y=9.0, px=1)
    assert wide is not None and (wide.key.run, wide.distance) == ("rising", 0.0)


def draw_slowly(rows: list[dict[str, np.ndarray]], width: int, height: int, bottom: float, top: float) -> np.ndarray:
    counts = np.zeros((height, width), int)
    for row in rows:
        path = bridge(row["last"][None, :])[0]
        for column in range(width):
            if not np.isfinite(path[column]):
                continue
            values = [path[column], row["minimum"][column], row["maximum"][column]]
            values += [path[column - 1]] if column and np.isfinite(path[column - 1]) else []
            low, high = np.nanmin(values), np.nanmax(values)
            if high < bottom or low > top:
                continue
            first, last = (
                int(min(np.floor((top - np.clip(v, bottom, top)) / (top - bottom) * height), height - 1))
                for v in (high, low)
            )
            counts[first : last + 1, column] += 1
    return counts


@settings(max_examples=40, deadline=None)
@given(
    data=st.lists(
        st.dictionaries(st.integers(0, 40), st.sampled_from([-3.0, 0.0, 0.5, 1.0, 2.0, 7.0, math.nan]), max_size=30),
        max_size=5,
    ),
    width=st.integers(1, 12),
    height=st.integers(1, 9),
    window=st.sampled_from([(None, None), (-1.0, 2.5), (5.0, 6.0)]),
)
@example(data=[{0: -3.0, 2: 7.0, 4: -3.0}], width=10, height=1, window=(-1.0, 2.5))  # a tie on the lower edge
def test_any_curves_are_drawn_as_pixel_by_pixel(
    tmp_path_factory: pytest.TempPathFactory,
    data: list[dict[int, float]],
    width: int,
    height: int,
    window: tuple[float | None, float | None],
) -> None:
    folder = tmp_path_factory.mktemp("density")
    store, keys = store_of(folder, {f"run{at}": dict(sorted(points.items())) for at, points in enumerate(data)})
    picture = store.density(keys, width=width, height=height, y_lo=window[0], y_hi=window[1])
    _, samples = store.sample(keys, px=width)
    rows = [{name: getattr(one, name).astype(float) for name in ("minimum", "maximum", "last")} for one in samples]
    expected = draw_slowly(rows, width, height, picture.y_lo, picture.y_hi)
    np.testing.assert_array_equal(picture.counts, expected)
    assert picture.n_series == sum(np.isfinite(row["last"]).any() for row in rows)
    if window[0] is not None:
        assert (picture.y_lo, picture.y_hi) == window


def test_a_logarithmic_picture_leaves_out_what_has_no_logarithm(tmp_path: Path) -> None:
    store, keys = store_of(tmp_path, {"a": {0: 1.0, 1: 100.0}, "b": {0: -1.0, 1: 0.0}, "c": {0: 10.0, 1: -5.0}})
    picture = store.density(keys, width=2, height=2, is_log=True)
    assert (picture.n_series, picture.y_lo, picture.y_hi) == (2, 1.0, 100.0)
    assert picture.counts.tolist() == [[0, 1], [2, 1]]  # `c`, at 10, lies on the edge: in the row below


@pytest.mark.parametrize(
    "arguments",
    [{"width": 0, "height": 1}, {"width": 1, "height": 0}, {"width": 5000, "height": 5000}, {"y_lo": math.nan},
     {"y_hi": -1.0, "is_log": True}, {"branch": "x"}, {"x_axis": "y"}, {"lo": math.inf}],
)  # fmt: skip
def test_pictures_outside_their_domain_are_refused(tmp_path: Path, arguments: dict[str, object]) -> None:
    with pytest.raises(BadArgument):
        Store(tmp_path).density([], **({"width": 2, "height": 2} | arguments))  # type: ignore[arg-type]
