"""The axis that a chart does not show."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from tests.server.conftest import OpenSite, Site
from tests.server.event_files import WALL_TIME, EventFile

from goodfit.server.times import MAX_KNOTS, Knots, TimeBook
from goodfit.store.store import Store
from goodfit.types import SeriesKey

KEY = SeriesKey("run", "loss")


def write(logdir: Path, steps: list[int]) -> Store:
    """One second from point to point."""
    EventFile(logdir / "run").scalars("loss", [1.0] * len(steps), steps=steps, wall_time=WALL_TIME)
    store = Store(logdir)
    store.refresh()
    return store


def find(store: Store, book: TimeBook | None = None) -> Knots:
    found = (book or TimeBook()).find(store, KEY, n_points=len(store.read_scalars(KEY).steps))
    assert found is not None
    return found


def test_between_points_time_runs_straight(tmp_path: Path) -> None:
    knots = find(write(tmp_path, [0, 10, 30]))
    start = knots.first_wall_time
    assert (knots.wall_times_at(np.array([0.0, 5.0, 20.0, 30.0])) - start).tolist() == pytest.approx([0, 0.5, 1.5, 2])
    assert knots.steps_at(np.array([start + 0.5, start + 2])).tolist() == pytest.approx([5, 30])


def test_what_a_restart_wrote_over_does_not_count(tmp_path: Path) -> None:
    # Step 2 was written at second 2, and again, after going back, at second 4: the newer one stands.
    knots = find(write(tmp_path, [0, 1, 2, 1, 2]))
    assert (knots.wall_times_at(np.array([0.0, 1.0, 2.0])) - knots.first_wall_time).tolist() == [0, 3, 4]


def test_a_long_series_is_thinned_and_its_ends_kept(tmp_path: Path) -> None:
    knots = find(write(tmp_path, list(range(3 * MAX_KNOTS))))
    assert len(knots.steps) == MAX_KNOTS
    assert (knots.steps[0], knots.steps[-1]) == (0, 3 * MAX_KNOTS - 1)


def test_a_new_point_is_known_though_the_series_is_not_read_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = write(tmp_path, list(range(100)))
    book = TimeBook()
    find(store, book)
    monkeypatch.setattr(Store, "read_scalars", lambda *_: pytest.fail("read again"))
    EventFile(tmp_path / "run", name="events.out.tfevents.2.b").scalars(
        "loss", [1.0], steps=[200], wall_time=WALL_TIME + 500
    )
    store.refresh()
    knots = book.find(store, KEY, n_points=101)
    assert knots is not None
    assert (knots.steps[-1], knots.wall_times[-1]) == (200, WALL_TIME + 500)


def test_a_series_that_is_gone_has_none(tmp_path: Path) -> None:
    assert TimeBook().find(write(tmp_path, [0]), SeriesKey("run", "other"), n_points=3) is None


def test_charts_carry_the_other_axis(site: Site) -> None:
    header, columns = site.curves(("exp1/train", "epoch_loss"), px=19, lo=0, hi=19)
    assert header["series"][0]["origin"] == WALL_TIME
    other = columns["exp1/train epoch_loss other"]
    assert other.tolist() == pytest.approx(columns["x"].tolist(), abs=1e-3)
    header, columns = site.curves(("exp1/train", "epoch_loss"), px=19, x_axis="relative", lo=0, hi=19)
    assert header["series"][0]["origin"] == 0
    assert columns["exp1/train epoch_loss other"].tolist() == pytest.approx(columns["x"].tolist(), abs=1e-3)


def test_short_series_are_not_smoothed_unless_asked(open_site: OpenSite, tmp_path: Path) -> None:
    EventFile(tmp_path / "logs" / "short").scalars("loss", [float(step % 2) for step in range(200)])
    EventFile(tmp_path / "logs" / "long").scalars("loss", [float(step % 2) for step in range(201)])
    site = open_site()
    site.turn()
    assert site.curves(("short", "loss"), smoothing=None)[0]["smoothing"] == 0.0
    header, _ = site.curves(("long", "loss"), smoothing=None)
    assert (header["smoothing"], header["is_smoothing_chosen"]) == (0.6, False)
    # A part of it in view is smoothed as the whole: zooming never changes what is shown.
    assert site.curves(("long", "loss"), smoothing=None, lo=0, hi=10)[0]["smoothing"] == 0.6
    header, _ = site.curves(("short", "loss"), smoothing=0.3)
    assert (header["smoothing"], header["is_smoothing_chosen"]) == (0.3, True)
