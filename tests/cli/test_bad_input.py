"""Every command on folders and files that are not as wanted: one shape of error, the right status, no traceback."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from goodfit.cli.main import run
from goodfit.testing.logs import corrupt_record, write_run

GOODFIT = [sys.executable, "-m", "goodfit"]
READERS = ("find", "check", "inspect", "export", "report", "repair")
OUT = {"export": "points.csv", "report": "page.html", "repair": "copy"}


def arguments(name: str, path: str | Path) -> list[str]:
    return [name, str(path), *(["--out", OUT[name]] if name in OUT else [])]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The current folder, with a log folder, an empty one and a file of another kind."""
    monkeypatch.chdir(tmp_path)
    write_run(tmp_path / "logs" / "a", {"loss": [3.0, 2.0, 1.0]})
    (tmp_path / "empty").mkdir()
    (tmp_path / "notes.txt").write_text("no event at all\n" * 50)
    return tmp_path


@pytest.mark.parametrize("name", READERS)
@pytest.mark.parametrize("given", ["missing", "notes.txt"])
def test_what_is_no_log_is_named_with_a_hint(
    folder: Path, name: str, given: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(arguments(name, given)) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    message, hint = captured.err.splitlines()
    assert message.startswith("goodfit: ") and repr(given) in message
    assert hint.startswith("hint: ")
    assert sorted(path.name for path in folder.iterdir()) == ["empty", "logs", "notes.txt"]


@pytest.mark.parametrize("name", ["serve", "provider"])
def test_a_file_is_not_followed(folder: Path, name: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run([name, "notes.txt"]) == 2
    assert "'notes.txt' is a file, wanted the folder that holds it.\nhint: " in capsys.readouterr().err


@pytest.mark.parametrize("name", ["find", "check", "inspect", "export", "report"])
def test_an_empty_folder_is_no_error(folder: Path, name: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(arguments(name, "empty")) == 0
    assert "no damage" not in capsys.readouterr().out


def test_a_report_of_nothing_says_so(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(arguments("report", "empty")) == 0
    assert "0 trainings" in (told := capsys.readouterr().err) and "hint: no event files are below 'empty' yet" in told


@pytest.mark.parametrize("name", ["export", "report"])
def test_what_is_damaged_is_counted(folder: Path, name: str, capsys: pytest.CaptureFixture[str]) -> None:
    corrupt_record(next((folder / "logs" / "a").iterdir()), 2)
    assert run(arguments(name, "logs")) == 0
    assert "1 damaged or unreadable file" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("language", "said"), [("en", "damaged or unreadable files: 1; goodfit inspect logs"), ("ko", "없는 파일 1개")]
)
def test_find_counts_damaged_files(folder: Path, language: str, said: str, capsys: pytest.CaptureFixture[str]) -> None:
    corrupt_record(next((folder / "logs" / "a").iterdir()), 2)
    assert run(["find", "--lang", language]) == 0
    assert said in capsys.readouterr().err


@pytest.mark.parametrize("name", ["export", "report", "repair"])
def test_a_place_that_cannot_be_written_is_told_before_the_work(
    folder: Path, name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    given = next((folder / "logs" / "a").iterdir()) if name == "repair" else folder / "logs"
    assert run([name, str(given), "--out", f"no where/{OUT[name]}"]) == 2
    assert "'no where'" in (told := capsys.readouterr().err) and "hint: mkdir -p 'no where'" in told
    assert run([name, str(given), "--out", f"notes.txt/{OUT[name]}"]) == 2
    assert "is a file" in capsys.readouterr().err


# A folder's name is bytes; these are in no encoding.
@pytest.mark.skipif(sys.platform != "linux", reason="names of files are text here")
@pytest.mark.parametrize("name", READERS)
def test_names_in_no_encoding_are_read(folder: Path, name: str) -> None:
    odd = os.fsdecode(b"lo\xffgs")
    (folder / "logs").rename(folder / odd)
    given = next((folder / odd / "a").iterdir()) if name == "repair" else folder / odd
    done = subprocess.run([*GOODFIT, *arguments(name, given)], capture_output=True, check=False, cwd=folder)
    assert (done.returncode, done.stderr.count(b"Traceback")) == (0, 0), done.stderr
    if name in OUT:
        assert (folder / OUT[name]).stat().st_size > 0


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no such device")
@pytest.mark.parametrize(
    "words",
    [
        ["find"], ["check", "logs"], ["inspect", "logs"], ["export", "logs", "--out", "-"], ["notify", "list"],
        ["report", "logs", "--out", "-"], ["--help"],
    ],
)  # fmt: skip
def test_output_that_cannot_be_written_is_told(folder: Path, words: list[str]) -> None:
    with open("/dev/full", "wb") as full:  # noqa: PTH123 - a device
        done = subprocess.run([*GOODFIT, *words], stdout=full, stderr=subprocess.PIPE, cwd=folder, check=False)
    assert done.returncode == 1
    assert b"No space left on device" in done.stderr and b"Traceback" not in done.stderr


@pytest.mark.parametrize("words", [["find"], ["check", "logs"], ["export", "logs", "--out", "-"], ["--help"]])
@pytest.mark.parametrize("how", [">&-", "| true"])
def test_closed_output_is_no_error(folder: Path, words: list[str], how: str) -> None:
    line = " ".join(["set -o pipefail;", *GOODFIT, *words, how])
    done = subprocess.run(["bash", "-c", line], capture_output=True, cwd=folder, check=False)
    assert (done.returncode, b"Traceback" in done.stderr) == (0, False), done.stderr


@pytest.fixture
def closed(folder: Path) -> Iterator[Path]:
    """The log folder without the right to read it; skips where the administrator may read everything."""
    path = folder / "logs"
    path.chmod(0)
    try:
        if os.access(path, os.R_OK):
            pytest.skip("the administrator may read everything")
        yield path
    finally:
        path.chmod(0o755)


@pytest.mark.parametrize("name", ["find", "check", "export", "report", "serve", "provider"])
def test_a_folder_that_may_not_be_read_is_told(closed: Path, name: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(arguments(name, closed)) == 2
    assert "may not be read: Permission denied" in capsys.readouterr().err


def test_folders_left_out_of_the_list_are_counted(closed: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["find"]) == 0
    assert "folders that may not be read: 1, such as 'logs'" in capsys.readouterr().err


def test_the_administrator_hears_of_refused_folders_too(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    listed = os.scandir

    def refusing(path: str | Path) -> object:
        if Path(path).name == "logs":
            raise PermissionError(13, "Permission denied", str(path))
        return listed(path)

    monkeypatch.setattr("os.scandir", refusing)
    assert run(["find", "logs"]) == 2
    assert "the log folder 'logs' may not be read: Permission denied.\nhint: " in capsys.readouterr().err
    assert run(["find"]) == 0
    assert "folders that may not be read: 1, such as 'logs'" in capsys.readouterr().err


def test_demo_refuses_a_place_before_it_trains(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["demo", "--once", "--logdir", "notes.txt"]) == 2
    assert capsys.readouterr().err.startswith("goodfit: --logdir 'notes.txt' cannot be written into")


@pytest.mark.parametrize("port", ["-1", "65536", "http", "6006.0", "٣"])
@pytest.mark.parametrize("name", ["serve", "provider", "demo"])
def test_a_port_is_a_number_that_sockets_have(name: str, port: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run([name, *([] if name == "demo" else ["."]), f"--port={port}"]) == 2
    assert "is no port, wanted a whole number from 0 to 65535.\nhint: " in capsys.readouterr().err


@pytest.mark.parametrize(
    ("table", "said"),
    [
        ("channels = 3", "setting 'channels' is 3, wanted a table"),
        ("[channels.x", "the settings are not TOML"),
        ("language = 'xx'", "setting 'language' is 'xx', wanted one of en, ko"),
    ],
)
def test_wrong_settings_are_named(
    folder: Path, goodfit_home: Path, table: str, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    path = goodfit_home / "config.toml"
    path.write_text(table)
    path.chmod(0o600)
    commands = [["run", "--", "true"]]
    if "language" not in table:
        commands += [["notify", "list"], ["notify", "add", "ntfy://topic"], ["notify", "remove", "x"]]
    for words in commands:
        assert run(words) == 2
        assert said in (told := capsys.readouterr().err) and str(path) in told
    assert run(["check", "logs"]) == 0  # whoever reads needs no channel
    assert path.read_text() == table


@pytest.mark.parametrize(
    "words",
    [
        ["run", "--notfy", "console", "--", "true"], ["run", "--stalled-after", "soon", "--", "true"],
        ["run", "--notify", "carrier-pigeon", "--", "true"], ["notify", "pause", "console", "9999999999d"],
        ["notify", "pause", "nowhere"], ["notify", "add", "fax"], ["notify", "test", "nowhere"],
    ],
)  # fmt: skip
def test_what_is_mistyped_starts_nothing(folder: Path, words: list[str], capfd: pytest.CaptureFixture[str]) -> None:
    assert run(words) == 2
    captured = capfd.readouterr()
    assert captured.out == "" and captured.err.startswith("goodfit: ")
    assert "finished" not in captured.err
