"""Which folders are runs, and what is said of what cannot be looked at."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from tests.event_bytes import NAME, scalar, write

from goodfit.events.logdir import list_event_files
from goodfit.store.store import Store


def test_runs_are_folders_that_directly_hold_event_files(tmp_path: Path) -> None:
    write(tmp_path, b"")
    write(tmp_path / "a" / "train", b"")
    write(tmp_path / "a" / "validation", b"")
    write(tmp_path / "a", b"", "checkpoint.h5")
    write(tmp_path / "b", b"", "notes.txt")
    write(tmp_path / "c", b"", "events.out.tfevents.1.profile-empty")
    assert list(list_event_files(tmp_path).runs) == [".", "a/train", "a/validation"]


def test_one_file_may_be_named_outright(tmp_path: Path) -> None:
    path = write(tmp_path / "run", scalar("loss", 1), "odd-name")
    assert [file.path for file in list_event_files(path).runs["."]] == [str(path)]


def test_links_are_followed_and_loops_end(tmp_path: Path) -> None:
    write(tmp_path / "logs" / "a", b"")
    write(tmp_path / "elsewhere", b"")
    logs = tmp_path / "logs"
    (logs / "linked").symlink_to(tmp_path / "elsewhere")
    (logs / "a" / "up").symlink_to(logs)
    (logs / "a" / "self").symlink_to(logs / "a")
    (logs / "dead").symlink_to(tmp_path / "nothing")
    (logs / "round.tfevents").symlink_to("round.tfevents")
    (logs / "a" / f"{NAME}.linked").symlink_to(tmp_path / "elsewhere" / NAME)
    listing = list_event_files(logs)
    assert {run: len(files) for run, files in listing.runs.items()} == {"a": 2, "linked": 1}
    assert listing.unreadable == {}


def test_a_web_of_links_stays_small(tmp_path: Path) -> None:
    for level in range(30):
        folder = tmp_path / "logs" / f"f{level}"
        write(folder, b"")
        for name in ("left", "right"):
            (folder / name).symlink_to(tmp_path / "logs" / f"f{level + 1}")
    assert len(list_event_files(tmp_path / "logs").runs) <= 31 + 30 * 16


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no pipes here")
def test_a_pipe_is_reported_and_not_opened(tmp_path: Path) -> None:
    write(tmp_path / "run", b"")
    os.mkfifo(tmp_path / "run" / "pipe.tfevents")
    listing = list_event_files(tmp_path)
    assert len(listing.runs["run"]) == 1
    (issue,) = listing.unreadable.values()
    assert (issue.path, issue.kind, issue.detail) == ("run/pipe.tfevents", "unreadable", "not a regular file")


@pytest.mark.skipif(os.name != "posix", reason="names are text there")
def test_names_that_are_no_utf8_are_escaped(tmp_path: Path) -> None:
    write(Path(os.fsdecode(os.fsencode(tmp_path) + b"/\xff\xfe")), scalar("loss", 1))
    store = Store(tmp_path)
    store.refresh()
    assert store.list_runs() == ["\\xff\\xfe"]
    assert store.list_files()[0].path == f"\\xff\\xfe/{NAME}"


@pytest.mark.skipif(getattr(os, "geteuid", lambda: 0)() == 0, reason="root may read everything")
def test_files_and_folders_without_permission_are_reported(tmp_path: Path) -> None:
    hidden = write(tmp_path / "hidden", scalar("loss", 1))
    shut = write(tmp_path / "shut", scalar("loss", 1)).parent
    write(tmp_path / "open", scalar("loss", 1))
    hidden.chmod(0)
    shut.chmod(0)
    store = Store(tmp_path)
    store.refresh()
    try:
        issues = [(issue.path, issue.kind) for issue in store.list_issues()]
    finally:
        shut.chmod(0o700)
    assert issues == [(f"hidden/{NAME}", "unreadable"), ("shut", "unreadable")]
    assert store.list_runs() == ["hidden", "open"]
    hidden.chmod(0o600)
    store.refresh()
    assert store.list_issues() == [] and store.list_runs() == ["hidden", "open", "shut"]


def test_a_zero_byte_file_is_a_run_without_points(tmp_path: Path) -> None:
    write(tmp_path / "run", b"")
    store = Store(tmp_path)
    store.refresh()
    assert store.list_runs() == ["run"] and store.list_series() == [] and store.list_issues() == []


def test_a_folder_of_other_files_holds_nothing(tmp_path: Path) -> None:
    write(tmp_path / "pictures", b"\x89PNG", "cat.png")
    store = Store(tmp_path)
    assert store.refresh().is_empty and store.list_files() == []


def test_a_file_of_something_else_is_an_issue(tmp_path: Path) -> None:
    write(tmp_path / "run", b"PK\x03\x04" * 20, "model.tfevents.zip")
    store = Store(tmp_path)
    store.refresh()
    assert [(issue.kind, issue.offset, issue.skipped_bytes) for issue in store.list_issues()] == [
        ("bad_length_crc", 0, 80)
    ]
