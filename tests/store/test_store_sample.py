"""Pixel columns, latest values and lists, against thirty lines of numpy."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from event_bytes import scalar, write
from goodfit.errors import BadArgument
from goodfit.store.store import Store, XAxis
from goodfit.types import SeriesKey

KEY = SeriesKey(".", "loss")


def open_store(folder: Path, steps: list[int], values: list[float], wall_times: list[float] | None = None) -> Store:
    walls = [1.7e9 + i for i in range(len(steps))] if wall_times is None else wall_times
    rows = zip(steps, values, walls, strict=True)
    write(folder, b"".join(scalar("loss", value, step=step, wall_time=wall) for step, value, wall in rows))
    store = Store(folder)
    store.refresh()
    return store


def debiased_ema(values: np.ndarray, weight: float) -> np.ndarray:
    """The recurrence of TensorBoard's charts, written out; a constant series stays."""
    if weight == 0 or (np.isfinite(values).all() and np.ptp(values) == 0):
        return values.copy()
    average, n, out = 0.0, 0, []
    for value in values:
        if np.isfinite(value):
            average, n = average * weight + (1 - weight) * value, n + 1
            out.append(average / (1 - weight**n))
        else:
            out.append(value)
    return np.array(out)


def reduce_slowly(x: np.ndarray, y: np.ndarray, px: int, lo: float, hi: float, weight: float) -> dict[str, np.ndarray]:
    smooth = debiased_ema(y, weight)
    inside = (x >= lo) & (x <= hi)
    x, y, smooth = x[inside], y[inside], smooth[inside]
    column = np.zeros(len(x), int) if hi == lo else np.minimum(np.floor((x - lo) * px / (hi - lo)), px - 1).astype(int)
    finite = np.isfinite(y)
    out = {name: np.full(px, np.nan) for name in ("minimum", "maximum", "mean", "last", "smooth")}
    for at in np.unique(column[finite]):
        ys = y[finite & (column == at)]
        last = smooth[finite & (column == at)][-1]
        for name, value in zip(out, (ys.min(), ys.max(), ys.mean(), ys[-1], last), strict=True):
            out[name][at] = value
    out["count"] = np.bincount(column, minlength=px)
    out["nonfinite_x"] = np.array([x[~finite & (column == at)][0] for at in np.unique(column[~finite])])
    return out


def assert_same(
    store: Store, x: np.ndarray, y: np.ndarray, px: int, x_axis: XAxis, weight: float, **limits: float
) -> None:
    (lo, hi), (sample,) = store.sample([KEY], px=px, x_axis=x_axis, smoothing=weight, **limits)
    expected = reduce_slowly(x, y, px, lo, hi, weight)
    for name, values in expected.items():
        got = getattr(sample, name)
        if name in ("mean", "smooth"):
            np.testing.assert_allclose(got, values, rtol=2e-6, atol=1e-30, err_msg=name)
        else:
            np.testing.assert_array_equal(got, values.astype(got.dtype), err_msg=name)
    assert sample.n_points == expected["count"].sum()
    assert sample.n_nonfinite == np.count_nonzero(~np.isfinite(y[(x >= lo) & (x <= hi)]))


@pytest.mark.parametrize("x_axis", ["step", "wall_time", "relative"])
@pytest.mark.parametrize("weight", [0.0, 0.6, 0.999])
@pytest.mark.parametrize("n_points", [1, 63, 1024, 5000])
def test_agrees_with_numpy(tmp_path: Path, x_axis: XAxis, weight: float, n_points: int) -> None:
    rng = np.random.default_rng(n_points)
    y = np.float32(rng.normal(size=n_points).cumsum()).astype(float)
    y[rng.random(n_points) < 0.02] = np.nan
    y[rng.random(n_points) < 0.01] = np.inf
    steps = np.arange(n_points) * 3
    steps[n_points // 2 :] -= n_points // 3  # a restart
    walls = 1.7e9 + np.arange(n_points) * 0.25
    store = open_store(tmp_path, steps.tolist(), y.tolist(), walls.tolist())
    x = {"step": steps.astype(float), "wall_time": walls, "relative": walls - walls[0]}[x_axis]
    for px in (1, 7, 500):
        assert_same(store, x, y, px, x_axis, weight)
    span = x.max() - x.min()
    assert_same(store, x, y, 20, x_axis, weight, lo=x.min() + span / 3, hi=x.min() + span / 2)
    assert_same(store, x, y, 20, x_axis, weight, lo=x.max() + 1, hi=x.max() + 2)


@settings(max_examples=100, deadline=None)
@given(
    rows=st.lists(st.tuples(st.integers(-50, 50), st.floats(width=32)), min_size=1, max_size=40),
    px=st.integers(1, 60),
    weight=st.sampled_from([0.0, 0.5]),
)
def test_any_points_agree_with_numpy(
    rows: list[tuple[int, float]], px: int, weight: float, tmp_path_factory: pytest.TempPathFactory
) -> None:
    steps, values = map(list, zip(*rows, strict=True))
    if any(np.isfinite(value) and abs(value) > 1e30 for value in values):
        return  # float32 answers overflow there, as they must
    store = open_store(tmp_path_factory.mktemp("any"), steps, values)
    assert_same(store, np.array(steps, float), np.array(values), px, "step", weight)


def test_a_constant_series_is_smoothed_to_itself(tmp_path: Path) -> None:
    store = open_store(tmp_path, list(range(3000)), [np.float32(0.1)] * 3000)
    _, (sample,) = store.sample([KEY], px=100, smoothing=0.999)
    np.testing.assert_array_equal(sample.smooth, np.full(100, np.float32(0.1)))


def test_points_without_a_wall_time_have_no_place_on_that_axis(tmp_path: Path) -> None:
    store = open_store(tmp_path, [0, 1, 2], [1.0, 2.0, 3.0], [float("nan"), 100.0, 200.0])
    (lo, hi), (sample,) = store.sample([KEY], px=2, x_axis="wall_time")
    assert (lo, hi, sample.count.tolist()) == (100.0, 200.0, [1, 1])
    (lo, hi), (sample,) = store.sample([KEY], px=2, x_axis="relative")
    assert (lo, hi, sample.last.tolist()) == (0.0, 100.0, [2.0, 3.0])


def test_unknown_series_are_left_out_and_no_series_have_a_range(tmp_path: Path) -> None:
    store = open_store(tmp_path, [0], [1.0])
    nothing = SeriesKey("run", "nothing")
    assert store.sample([nothing], px=3) == ((0.0, 1.0), [])
    _, samples = store.sample([nothing, KEY], px=3)
    assert [sample.key for sample in samples] == [KEY]
    latest = store.latest([nothing, KEY])
    assert (latest.keys, latest.steps.tolist(), latest.values.tolist()) == ((KEY,), [0], [1.0])


@pytest.mark.parametrize(
    "arguments",
    [{"px": 0}, {"px": 200_000}, {"px": 5, "x_axis": "time"}, {"px": 5, "smoothing": 1.0},
     {"px": 5, "lo": float("nan")}, {"px": 5, "hi": float("inf")}, {"px": 5, "smoothing": float("nan")}],
)  # fmt: skip
def test_arguments_outside_their_domain_are_refused(tmp_path: Path, arguments: dict[str, object]) -> None:
    store = open_store(tmp_path, [0], [1.0])
    with pytest.raises(BadArgument):
        store.sample([KEY], **arguments)


def test_latest_and_lists_follow_appends(tmp_path: Path) -> None:
    for run in ("b", "a"):
        write(tmp_path / run, b"".join(scalar(tag, i, step=i) for i in range(3) for tag in ("y", "x")))
    store = Store(tmp_path)
    store.refresh()
    infos = store.list_series()
    assert [info.key for info in infos] == [SeriesKey(run, tag) for run in "ab" for tag in "xy"]
    assert all((info.n_points, info.first_step, info.last_step) == (3, 0, 2) for info in infos)
    assert store.latest([info.key for info in infos]).values.tolist() == [2.0] * 4
    assert store.list_series("a", kind="image") == []
