"""A log folder that is being written: what comes, what goes, what waits, and what readers hold on to."""

from __future__ import annotations

import os
import threading
from pathlib import Path

import numpy as np
import pytest
from tests.event_bytes import (
    NAME,
    VERSION,
    append,
    event,
    field,
    number_field,
    record,
    scalar,
    simple,
    summary,
    value,
    write,
)

from goodfit.errors import LogFolderError, UnknownSeries
from goodfit.store.store import Store
from goodfit.types import SeriesKey

LOSS = SeriesKey("run", "loss")


def values(store: Store, key: SeriesKey = LOSS) -> list[float]:
    return store.read_scalars(key).values.tolist()


def test_a_missing_folder_has_no_runs_until_it_appears(tmp_path: Path) -> None:
    store = Store(tmp_path / "logs")
    assert store.refresh().is_empty and store.list_runs() == [] and store.list_issues() == []
    write(tmp_path / "logs" / "run", VERSION + scalar("loss", 1))
    changes = store.refresh()
    assert (changes.new_runs, changes.series, changes.n_points) == (("run",), (LOSS,), 1)


def test_only_appended_bytes_are_read(tmp_path: Path) -> None:
    path = write(tmp_path / "run", VERSION + b"".join(scalar("loss", i, step=i) for i in range(100)))
    store = Store(tmp_path)
    store.refresh()
    assert store.refresh().n_bytes == 0 and store.revision == 1
    more = scalar("loss", 100, step=100) + scalar("acc", 1, step=100)
    append(path, more)
    changes = store.refresh()
    assert (changes.n_bytes, changes.n_points, changes.revision) == (len(more), 2, 2)
    assert changes.series == (SeriesKey("run", "acc"), LOSS)
    assert values(store) == list(range(101))


def test_new_files_and_runs_are_found(tmp_path: Path) -> None:
    write(tmp_path / "run", scalar("loss", 1))
    store = Store(tmp_path)
    store.refresh()
    write(tmp_path / "run", scalar("loss", 2, step=1), f"{NAME}.later")
    write(tmp_path / "other" / "deep", scalar("loss", 3))
    changes = store.refresh()
    assert changes.new_runs == ("other/deep",)
    assert changes.series == (SeriesKey("other/deep", "loss"), LOSS)
    assert values(store) == [1, 2]


def test_files_of_one_run_are_read_in_order_of_their_names(tmp_path: Path) -> None:
    for i in reversed(range(400)):
        write(tmp_path / "run", VERSION + scalar("loss", i, step=i), f"events.out.tfevents.{1_700_000_000 + i}.host")
    store = Store(tmp_path)
    store.refresh()
    assert values(store) == list(range(400))
    assert len(store.list_files()) == 400
    # An older file still grows: its new points follow.
    append(tmp_path / "run" / "events.out.tfevents.1700000003.host", scalar("loss", -1, step=400))
    assert store.refresh().n_points == 1
    assert values(store)[-1] == -1


def test_metadata_on_the_first_value_counts_for_later_files_and_refreshes(tmp_path: Path) -> None:
    tensor_without_metadata = value("x", field(8, number_field(1, 1) + field(4, b"\0\0\x20\x40")))
    first = value("x", field(8, number_field(1, 1) + field(4, b"\0\0\x20\x40")), plugin="mesh", content=b"m")
    path = write(tmp_path / "run", summary(first))
    store = Store(tmp_path)
    store.refresh()
    append(path, summary(tensor_without_metadata, step=1))
    write(tmp_path / "run", summary(tensor_without_metadata, step=2), f"{NAME}.second")
    store.refresh()
    blobs = store.read_blobs(SeriesKey("run", "x"))
    assert (blobs.kind, blobs.steps.tolist(), blobs.content) == ("mesh", [0, 1, 2], b"m")
    assert store.list_issues() == []


def test_a_torn_tail_waits_and_is_reported_while_it_does(tmp_path: Path) -> None:
    whole = scalar("loss", 2, step=1)
    path = write(tmp_path / "run", scalar("loss", 1) + whole[:20])
    store = Store(tmp_path)
    store.refresh()
    issue = store.list_issues()[0]
    assert (issue.path, issue.kind, issue.offset, issue.skipped_bytes) == (
        f"run/{NAME}", "torn_tail", len(whole) - 2, 20,
    )  # fmt: skip
    assert values(store) == [1] and store.list_files()[0].read_bytes == len(whole) - 2
    append(path, whole[20:])
    assert store.refresh().n_points == 1
    assert values(store) == [1, 2] and store.list_issues() == []


@pytest.mark.parametrize("how", ["replaced", "shrunk", "removed"])
def test_a_run_whose_file_is_replaced_shrunk_or_removed_is_read_anew(tmp_path: Path, how: str) -> None:
    path = write(tmp_path / "run", b"".join(scalar("loss", i, step=i) for i in range(9)))
    write(tmp_path / "run", scalar("loss", 100, step=9), f"{NAME}.z")
    store = Store(tmp_path)
    store.refresh()
    if how == "replaced":
        new = write(tmp_path, b"".join(scalar("loss", -i, step=i) for i in range(12)), "new")
        new.replace(path)
        expected = [-float(i) for i in range(12)] + [100.0]
    elif how == "shrunk":
        path.write_bytes(scalar("loss", 7))
        expected = [7.0, 100.0]
    else:
        path.unlink()
        expected = [100.0]
    changes = store.refresh()
    assert values(store) == expected and changes.series == (LOSS,)
    assert values(store) == _fresh_values(tmp_path)


def _fresh_values(folder: Path) -> list[float]:
    fresh = Store(folder)
    fresh.refresh()
    return values(fresh)


def test_a_run_without_files_goes(tmp_path: Path) -> None:
    path = write(tmp_path / "run", scalar("loss", 1))
    write(tmp_path / "stays", scalar("loss", 1))
    store = Store(tmp_path)
    store.refresh()
    path.unlink()
    assert store.refresh().removed_runs == ("run",)
    assert store.list_runs() == ["stays"]
    with pytest.raises(UnknownSeries):
        store.read_scalars(LOSS)
    write(tmp_path / "run", scalar("loss", 5))
    store.refresh()
    assert values(store) == [5]


def test_arrays_given_out_stay_as_they_were(tmp_path: Path) -> None:
    path = write(tmp_path / "run", b"".join(scalar("loss", i, step=i) for i in range(1500)))
    store = Store(tmp_path)
    store.refresh()
    before = store.read_scalars(LOSS)
    assert not before.values.flags.writeable
    with pytest.raises(ValueError, match="WRITEABLE"):
        before.values.flags.writeable = True
    append(path, b"".join(scalar("loss", i, step=i) for i in range(1500, 4000)))
    store.refresh()
    path.unlink()
    store.refresh()
    del store
    np.testing.assert_array_equal(before.values, np.arange(1500.0))
    np.testing.assert_array_equal(before.steps, np.arange(1500))


def test_readers_see_whole_points_while_another_thread_refreshes(tmp_path: Path, no_leaks: None) -> None:
    path = write(tmp_path / "run", b"".join(scalar("loss", i, step=i) for i in range(50)))
    store = Store(tmp_path)
    store.refresh()
    failures: list[str] = []
    done = threading.Event()

    def look() -> None:
        n_before = 0
        while not done.is_set():
            scalars = store.read_scalars(LOSS)
            n = len(scalars.values)
            if n < n_before or not np.array_equal(scalars.values, scalars.steps) or len(scalars.wall_times) != n:
                failures.append(f"{n_before} then {n}")
            n_before = n
            store.list_series()
            store.latest([LOSS])
            store.sample([LOSS], px=10)

    threads = [threading.Thread(target=look) for _ in range(3)]
    for thread in threads:
        thread.start()
    piece = b"".join(scalar("loss", i, step=i) for i in range(50, 60))
    for start in range(50, 1250, 10):
        piece = b"".join(scalar("loss", i, step=i) for i in range(start, start + 10))
        append(path, piece[:100])
        store.refresh()
        append(path, piece[100:])
        store.refresh()
    done.set()
    for thread in threads:
        thread.join()
    assert failures == [] and len(values(store)) == 1250


def test_no_file_stays_open(tmp_path: Path, no_leaks: None) -> None:
    for i in range(50):
        write(tmp_path / f"run{i}", VERSION + scalar("loss", i))
    store = Store(tmp_path)
    store.refresh()
    store.refresh()
    assert len(store.list_runs()) == 50


def test_values_on_disk_that_went_away_are_said(tmp_path: Path) -> None:
    image = value("img", field(4, field(4, b"\x89PNG")))
    path = write(tmp_path / "run", summary(image))
    store = Store(tmp_path)
    store.refresh()
    blobs = store.read_blobs(SeriesKey("run", "img"))
    assert blobs.read(0) == (b"\x89PNG",)
    path.write_bytes(b"\xff" * 10)
    with pytest.raises(LogFolderError, match="could not be read back"):
        blobs.read(0)
    path.unlink()
    with pytest.raises(LogFolderError, match="could not be read back"):
        blobs.read(0)


def test_steps_going_back_mark_segments(tmp_path: Path) -> None:
    steps = [0, 1, 2, 2, 1, 2, 3, 0]
    write(tmp_path / "run", b"".join(scalar("loss", i, step=step) for i, step in enumerate(steps)))
    store = Store(tmp_path)
    store.refresh()
    scalars = store.read_scalars(LOSS)
    assert scalars.steps.tolist() == steps and scalars.segments == (0, 4, 7)


def test_session_records_are_listed(tmp_path: Path) -> None:
    stop = field(7, number_field(1, 2) + field(3, "done"))
    write(tmp_path / "run", VERSION + event(field(7, number_field(1, 1)), step=3) + event(stop, step=9, wall_time=5.0))
    store = Store(tmp_path)
    store.refresh()
    assert [(s.status, s.step, s.message) for s in store.list_sessions("run")] == [
        ("start", 3, ""),
        ("stop", 9, "done"),
    ]


def test_nonfinite_values_extreme_steps_and_strange_wall_times_are_kept(tmp_path: Path) -> None:
    rows = [(2**63 - 1, float("nan"), 1.0), (-(2**63), float("inf"), float("nan")), (-1, float("-inf"), float("inf"))]
    write(tmp_path / "run", b"".join(scalar("loss", v, step=step, wall_time=wall) for step, v, wall in rows))
    store = Store(tmp_path)
    store.refresh()
    scalars = store.read_scalars(LOSS)
    assert scalars.steps.tolist() == [row[0] for row in rows]
    np.testing.assert_array_equal(scalars.values, [row[1] for row in rows])
    np.testing.assert_array_equal(scalars.wall_times, [row[2] for row in rows])
    assert [issue.kind for issue in store.list_issues()] == ["nan_wall_time"] * 2
    (lo, hi), samples = store.sample([LOSS], px=4)
    assert (lo, hi) == (-(2.0**63), 2.0**63) and samples[0].n_nonfinite == 3
    store.sample([LOSS], px=4, x_axis="relative")


def test_one_tag_of_two_kinds_keeps_the_first_and_reports_the_other(tmp_path: Path) -> None:
    histogram = value("loss", field(5, b""))
    data = VERSION + scalar("loss", 1) + summary(histogram, step=1) + scalar("loss", 2, step=2)
    write(tmp_path / "run", data)
    store = Store(tmp_path)
    store.refresh()
    (issue,) = store.list_issues()
    assert values(store) == [1, 2]
    assert (issue.kind, issue.offset) == ("mixed_kinds", len(VERSION) + len(scalar("loss", 1)))
    assert "'loss'" in issue.detail or '"loss"' in issue.detail


def test_kinds_that_differ_between_files_read_in_parallel(tmp_path: Path) -> None:
    """What the first file says of a tag holds for all others, though they are read at the same time."""
    filler = b"".join(scalar("other", i, step=i) for i in range(12_000))
    write(tmp_path / "run", filler + summary(value("x", field(5, b""))), "a.tfevents")
    for name in "bcd":
        write(tmp_path / "run", filler + scalar("x", 1.0), f"{name}.tfevents")
    store = Store(tmp_path)
    store.refresh()
    kinds = {info.key.tag: (info.kind, info.n_points) for info in store.list_series("run")}
    assert kinds == {"other": ("scalar", 48_000), "x": ("histogram", 1)}
    assert [(issue.path, issue.kind, issue.offset) for issue in store.list_issues()] == [
        (f"run/{name}.tfevents", "mixed_kinds", len(filler)) for name in "bcd"
    ]


def test_tags_and_runs_of_any_text(tmp_path: Path) -> None:
    tags = ["loss/한국어 🙂", "<script>alert(1)</script>", "", "a\nb", "x" * 1_000_000]
    write(tmp_path / "실험 1 🚀" / "a b", b"".join(scalar(tag, 1) for tag in tags) + summary(field(1, simple(3))))
    store = Store(tmp_path)
    store.refresh()
    assert store.list_runs() == ["실험 1 🚀/a b"]
    assert {info.key.tag: info.n_points for info in store.list_series()} == dict.fromkeys(tags, 1) | {"": 2}
    for tag in tags:
        assert values(store, SeriesKey("실험 1 🚀/a b", tag))[0] == 1


def test_a_tag_that_is_no_utf8_is_an_undecodable_record(tmp_path: Path) -> None:
    write(tmp_path / "run", summary(field(1, field(1, b"\xff\xfe") + simple(1))) + scalar("loss", 1))
    store = Store(tmp_path)
    store.refresh()
    assert values(store) == [1]
    assert [issue.kind for issue in store.list_issues()] == ["undecodable"]


def test_a_sparse_file_of_forty_gigabytes_is_read_at_once(tmp_path: Path) -> None:
    path = write(tmp_path / "run", VERSION + scalar("loss", 1))
    os.truncate(path, 40 << 30)
    append(path, scalar("loss", 2, step=1))
    store = Store(tmp_path)
    store.refresh()
    assert values(store) == [1, 2]
    assert [issue.kind for issue in store.list_issues()] == ["bad_length_crc"]


def test_a_record_of_zero_bytes_is_an_event_without_content(tmp_path: Path) -> None:
    write(tmp_path / "run", record(b"") * 3 + scalar("loss", 1))
    store = Store(tmp_path)
    store.refresh()
    assert values(store) == [1] and store.list_files()[0].n_records == 4 and store.list_issues() == []
