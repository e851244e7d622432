"""A file that a command writes: whole under its name, or not there."""

from __future__ import annotations

import os
import threading
from pathlib import Path

import pytest

from goodfit.cli.whole_file import whole_file
from goodfit.errors import GoodfitError


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_the_name_is_taken_at_the_end(tmp_path: Path) -> None:
    out = tmp_path / "out"
    out.write_text("old")
    with whole_file(out) as path:
        path.write_text("new")
        assert out.read_text() == "old"
    assert out.read_text() == "new" and names(tmp_path) == ["out"]


def test_what_fails_leaves_the_old_file(tmp_path: Path) -> None:
    out = tmp_path / "out"
    out.write_text("old")
    with pytest.raises(KeyboardInterrupt), whole_file(out) as path:
        path.write_text("half")
        raise KeyboardInterrupt
    assert out.read_text() == "old" and names(tmp_path) == ["out"]


def test_a_full_disk_names_the_file_that_was_asked_for(tmp_path: Path) -> None:
    full = OSError(28, "No space left on device")
    said = r"out' was not written: No space left on device\."
    with pytest.raises(GoodfitError, match=said) as caught, whole_file(tmp_path / "out"):
        raise full
    assert caught.value.hint is not None and "partial" not in str(caught.value)


def test_a_link_stays_a_link(tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(tmp_path / "place")
    with whole_file(tmp_path / "link") as path:
        path.write_text("text")
    assert (tmp_path / "link").is_symlink() and (tmp_path / "place").read_text() == "text"


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no named pipes")
def test_a_pipe_is_written_and_not_replaced(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    read: list[str] = []
    reader = threading.Thread(target=lambda: read.append((tmp_path / "pipe").read_text()))
    reader.start()
    with whole_file(tmp_path / "pipe") as path:
        path.write_text("text")
    reader.join()
    assert read == ["text"] and (tmp_path / "pipe").is_fifo()
