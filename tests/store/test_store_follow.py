"""Looking at a folder again: in what order, how long, and when; with and without the system's word for what changed."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.event_bytes import NAME, VERSION, append, scalar, write

from goodfit.store.attention import MAX_PAUSE_S, MIN_PAUSE_S, THOROUGH_PAUSE_S, Attention
from goodfit.store.store import Store
from goodfit.types import SeriesKey

LOSS = SeriesKey("run", "loss")


def values(store: Store, key: SeriesKey = LOSS) -> list[float]:
    return store.read_scalars(key).values.tolist()


def told(store: Store) -> Store:
    """The store, once the system tells it of changes; skips where it does not."""
    if not store._engine.start_watching():
        pytest.skip("this system or file system tells of no changes")
    store._attention.is_told = True
    store.refresh()
    return store


def test_files_of_a_restarted_writer_follow_in_the_order_of_its_count(tmp_path: Path) -> None:
    for i in range(400):
        write(tmp_path / "run", scalar("loss", i, step=i), f"events.out.tfevents.1700000000.host.77.{i}.v2")
    write(tmp_path / "run", scalar("loss", 400, step=400), "events.out.tfevents.1700000001.host.5.0.v2")
    store = Store(tmp_path)
    store.refresh()
    scalars = store.read_scalars(LOSS)
    assert scalars.values.tolist() == list(range(401))
    assert scalars.segments == (0,)


@pytest.mark.parametrize("has_grown", [False, True])
@pytest.mark.parametrize("part", ["head", "tail"])
def test_a_file_rewritten_in_place_is_read_anew(tmp_path: Path, has_grown: bool, part: str) -> None:
    old = [scalar("loss", i, step=i) for i in range(100)]
    path = write(tmp_path / "run", b"".join(old))
    store = Store(tmp_path)
    store.refresh()
    new = list(old)
    new[0 if part == "head" else -1] = scalar("loss", 77, step=50)
    if has_grown:
        new.append(scalar("loss", 100, step=100))
    identity = path.stat().st_ino
    path.write_bytes(b"".join(new))
    assert path.stat().st_ino == identity
    changes = store.refresh()
    assert changes.series == (LOSS,)
    assert values(store) == [77, *range(1, 100)][: 100 if part == "head" else 0] + (
        [] if part == "head" else [*range(99), 77]
    ) + ([100] if has_grown else [])


def test_a_touched_file_is_not_read_again(tmp_path: Path) -> None:
    path = write(tmp_path / "run", VERSION + scalar("loss", 1))
    store = Store(tmp_path)
    store.refresh()
    os.utime(path, (1, 1))
    assert store.refresh().n_bytes == 0 and store.revision == 1


def test_a_budget_reads_beginnings_of_all_runs_first_and_all_in_the_end(tmp_path: Path) -> None:
    n_points = 60_000  # 2.6 MB a run: three stretches of 1 MiB
    data = b"".join(scalar("loss", i, step=i) for i in range(1000)) * (n_points // 1000)
    for run in ("a", "b", "c"):
        write(tmp_path / run, data)
    store = Store(tmp_path)
    first = store.refresh(budget_s=0)
    assert first.new_runs == ("a", "b", "c")
    assert 0 < first.n_points < n_points
    assert first.n_unread_bytes == 3 * len(data) - first.n_bytes
    seen = [first]
    while seen[-1].n_unread_bytes:
        seen.append(store.refresh(budget_s=0))
    assert [changes.series[0].run for changes in seen[:3]] == ["a", "b", "c"]
    assert sum(changes.n_points for changes in seen) == 3 * n_points
    assert values(store, SeriesKey("c", "loss")) == list(range(1000)) * (n_points // 1000)
    assert store.refresh().n_bytes == 0


def test_a_budget_keeps_the_files_of_a_run_in_order(tmp_path: Path) -> None:
    for i in range(5):
        write(tmp_path / "run", scalar("loss", i, step=i), f"{NAME}.{i}")
    store = Store(tmp_path)
    while store.refresh(budget_s=0).n_unread_bytes:
        pass
    assert values(store) == [0, 1, 2, 3, 4]


def test_nobody_waits_while_bytes_are_left(tmp_path: Path) -> None:
    for i in range(5):
        write(tmp_path / f"run{i}", scalar("loss", i, step=i))
    store = told(Store(tmp_path))
    for i in range(5):
        append(tmp_path / f"run{i}" / NAME, scalar("loss", i, step=9))
    n_refreshes = 1
    while store.refresh(budget_s=0).n_unread_bytes:
        assert store.wait_for_changes(20.0, settle_s=20.0)
        n_refreshes += 1
    assert n_refreshes == 5 and len(store.list_series()) == 5


def grow(folder: Path) -> None:
    append(folder / "run" / NAME, scalar("loss", 2, step=1))


def add_file(folder: Path) -> None:
    write(folder / "run", scalar("loss", 2, step=1), f"{NAME}.1")


def add_run(folder: Path) -> None:
    write(folder / "deep" / "new", scalar("loss", 2, step=1))


def replace_file(folder: Path) -> None:
    write(folder, scalar("loss", 7), "other").rename(folder / "run" / NAME)


def remove_run(folder: Path) -> None:
    (folder / "run" / NAME).unlink()


def move_run(folder: Path) -> None:
    (folder / "run").rename(folder / "moved")


def grow_behind_a_link(folder: Path) -> None:
    append(folder.parent / "far" / NAME, scalar("loss", 2, step=1))


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (grow, {"run": [1, 2], "linked": [5]}),
        (add_file, {"run": [1, 2], "linked": [5]}),
        (add_run, {"run": [1], "deep/new": [2], "linked": [5]}),
        (replace_file, {"run": [7], "linked": [5]}),
        (remove_run, {"linked": [5]}),
        (move_run, {"moved": [1], "linked": [5]}),
        (grow_behind_a_link, {"run": [1], "linked": [5, 2]}),
    ],
)
def test_what_the_system_tells_is_what_looking_would_find(
    tmp_path: Path, change: Callable[[Path], None], expected: dict[str, list[float]], no_leaks: None
) -> None:
    logs = tmp_path / "logs"
    write(logs / "run", scalar("loss", 1))
    far = write(tmp_path / "far", scalar("loss", 5))
    (logs / "linked").mkdir()
    (logs / "linked" / NAME).symlink_to(far)
    store = told(Store(logs))
    assert store.refresh().n_bytes == 0
    change(logs)
    store.refresh()
    assert {run: values(store, SeriesKey(run, "loss")) for run in store.list_runs()} == expected
    # What came is followed as well.
    for run in store.list_runs():
        if run != "linked":
            append(logs / run / NAME, scalar("loss", 9, step=9))
    store.refresh()
    for run in store.list_runs():
        assert values(store, SeriesKey(run, "loss"))[-1] == (9 if run != "linked" else expected["linked"][-1])


def test_waiting_ends_when_a_point_comes(tmp_path: Path, no_leaks: None) -> None:
    path = write(tmp_path / "run", scalar("loss", 1))
    store = told(Store(tmp_path))
    assert not store.wait_for_changes(0.0)
    woken = []
    waiter = threading.Thread(target=lambda: woken.append(store.wait_for_changes(20.0)))
    waiter.start()
    append(path, scalar("loss", 2, step=1))
    waiter.join()
    assert woken == [True] and store.refresh().n_points == 1


def test_a_loop_of_waiting_and_refreshing_sees_points_in_any_folder(tmp_path: Path, no_leaks: None) -> None:
    """As the server does it, from the first look on."""
    paths = [write(tmp_path / "deep" / name, scalar("loss", 0)) for name in ("a", "b")]
    store = Store(tmp_path)
    store.refresh()
    for step in range(1, 4):
        while store.wait_for_changes(0.0):
            store.refresh()
        for path in paths:
            append(path, scalar("loss", step, step=step))
        n_points, deadline_s = 0, time.monotonic() + 20
        while n_points < 2 and time.monotonic() < deadline_s:
            assert store.wait_for_changes(20.0)
            n_points += store.refresh().n_points
        assert n_points == 2


@pytest.mark.parametrize("is_there", [False, True])
def test_waiting_can_be_ended(tmp_path: Path, is_there: bool, no_leaks: None) -> None:
    logs = tmp_path / "logs"
    if is_there:
        write(logs / "run", scalar("loss", 1))
    store = Store(logs)
    store.refresh()
    store.wait_for_changes(0.0)
    waiter = threading.Thread(target=lambda: [store.wait_for_changes(20.0) for _ in range(3)])
    start_s = time.monotonic()
    waiter.start()
    store.stop_waiting()
    waiter.join()
    assert time.monotonic() - start_s < 10


def test_looking_slows_down_while_nothing_is_found_and_stays_cheap() -> None:
    attention = Attention()
    attention.note_refresh(0.0, 0.001, has_news=True)
    assert attention.pause_s == MIN_PAUSE_S
    for _ in range(50):
        attention.note_refresh(0.0, 0.001, has_news=False)
    assert attention.pause_s == MAX_PAUSE_S
    attention.note_refresh(0.0, 0.001, has_news=True)
    assert attention.pause_s == MIN_PAUSE_S
    attention.note_refresh(0.0, 0.2, has_news=False)
    assert attention.pause_s == 2.0  # looking takes a tenth of the time


def test_everything_is_listed_now_and_then_even_where_changes_are_told() -> None:
    attention = Attention()
    attention.is_told = True
    assert attention.is_due(100.0)
    attention.note_refresh(100.0, 100.1, has_news=False)
    assert not attention.is_due(101.0)
    attention.note_refresh(101.0, 101.0, has_news=False)
    assert not attention.is_due(100.1 + THOROUGH_PAUSE_S - 0.1)  # listing everything took 0.1 s: a hundredth
    assert attention.is_due(100.1 + THOROUGH_PAUSE_S)
