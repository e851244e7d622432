"""`goodfit inspect` says what files hold and where they are damaged; `goodfit repair` writes a clean copy."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from event_bytes import NAME, VERSION, field, number_field, record, scalar, summary, value, write
from goodfit.cli import inspect, repair
from goodfit.errors import BadArgument, LogFolderError, NotAnEventFile
from oracle_reader import read_event_file


def run_inspect(*arguments: str) -> Result:
    return CliRunner().invoke(inspect.command, list(arguments), catch_exceptions=False)


def inspect_json(path: Path, exit_code: int = 0) -> dict[str, Any]:
    result = run_inspect(str(path), "--json")
    assert result.exit_code == exit_code
    return json.loads(result.stdout)


def spoiled() -> tuple[bytes, int]:
    """A version record and four scalars, the second with a changed payload; and where it begins."""
    records = [scalar("loss", i, step=i) for i in range(4)]
    second = bytearray(records[1])
    second[20] ^= 1
    return VERSION + records[0] + bytes(second) + records[2] + records[3], len(VERSION) + len(records[0])


def test_kinds_steps_and_restarts_are_listed_by_file_and_run(tmp_path: Path) -> None:
    data = VERSION + b"".join(scalar("loss", i, step=step) for i, step in enumerate([0, 1, 2, 1, 2]))
    write(tmp_path / "exp" / "train", data + summary(value("img", field(4, field(4, b"\x89PNG"))), step=7))
    write(tmp_path / "exp" / "train", scalar("acc", 1, step=9), f"{NAME}.second")
    report = inspect_json(tmp_path)
    (run,) = report["runs"]
    assert (run["run"], run["n_files"], run["n_records"]) == ("exp/train", 2, 8)
    assert [(tag["tag"], tag["kind"]) for tag in run["tags"]] == [
        ("acc", "scalar"),
        ("img", "image"),
        ("loss", "scalar"),
    ]
    assert (run["min_step"], run["max_step"], run["n_restarts"]) == (0, 9, 1)
    assert run["restarts"] == [{"tag": "loss", "from_step": 2, "to_step": 1}]
    first, second = report["files"]
    assert (first["path"], first["n_records"]) == (f"exp/train/{NAME}", 7)
    assert [tag["tag"] for tag in first["tags"]] == ["img", "loss"] and [tag["tag"] for tag in second["tags"]] == [
        "acc"
    ]
    assert report["file_issues"] == []


def test_damage_is_listed_with_offsets_and_exits_1(tmp_path: Path) -> None:
    data, offset = spoiled()
    path = write(tmp_path / "run", data)
    report = inspect_json(tmp_path, exit_code=1)
    (issue,) = report["file_issues"]
    size = len(scalar("loss", 1, step=1))
    assert issue == {
        "path": f"run/{NAME}", "offset": offset, "kind": "bad_data_crc", "skipped_bytes": size, "detail": ""
    }  # fmt: skip
    assert report["files"][0]["issues"] == [issue]
    named = inspect_json(path, exit_code=1)
    assert named["file_issues"][0]["path"] == NAME and named["files"][0]["n_records"] == 4
    assert f"bad_data_crc at byte {offset}" in run_inspect(str(tmp_path)).stdout


def test_a_torn_tail_is_listed_and_is_no_failure(tmp_path: Path) -> None:
    write(tmp_path / "run", VERSION + scalar("loss", 1)[:20])
    assert [issue["kind"] for issue in inspect_json(tmp_path)["file_issues"]] == ["torn_tail"]


@pytest.mark.parametrize("folder", ["tf", "torch", "tensorboardX"])
def test_files_by_other_writers_are_sound(golden: Path, folder: str) -> None:
    assert inspect_json(golden / folder)["file_issues"] == []
    assert "no damage" in run_inspect(str(golden / folder)).stdout


def test_names_with_control_characters_do_not_reach_the_terminal(tmp_path: Path) -> None:
    write(tmp_path / "run\x1b[31m", scalar("a\x1b]0;title\x07", 1))
    assert "\x1b" not in run_inspect(str(tmp_path)).stdout


def test_what_is_no_event_file_is_said(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("nothing of an event here, only words")
    with pytest.raises(NotAnEventFile, match=r"notes\.txt"):
        run_inspect(str(tmp_path / "notes.txt"))
    with pytest.raises(LogFolderError, match="no folder or file"):
        run_inspect(str(tmp_path / "nowhere"))
    assert "no event files" in run_inspect(str(tmp_path)).stdout


def run_repair(source: Path, out: Path, *more: str) -> Result:
    return CliRunner().invoke(repair.command, [str(source), "--out", str(out), *more], catch_exceptions=False)


def test_every_readable_record_is_kept_in_order(tmp_path: Path) -> None:
    data, offset = spoiled()
    data = data + record(b"\xff\xff") + scalar("loss", 9, step=9) + b"garbage" + scalar("loss", 10, step=10)[:-3]
    path = write(tmp_path / "run", data)
    out = tmp_path / f"{NAME}.repaired"
    report = json.loads(run_repair(path, out, "--json").stdout)
    assert path.read_bytes() == data
    reading = read_event_file(out.read_bytes())
    assert reading.issues == []
    assert [step for step, _, _ in reading.series["loss"][1]] == [0, 2, 3, 9]
    assert report["n_records"] == reading.n_records == 5
    assert [(issue["kind"], issue["offset"]) for issue in report["left_out"]][:2] == [
        ("bad_data_crc", offset), ("undecodable", offset + 3 * (len(scalar("loss", 1, step=1)))),
    ]  # fmt: skip
    assert sum(issue["skipped_bytes"] for issue in report["left_out"]) == len(data) - out.stat().st_size


def test_a_sound_file_is_copied_byte_for_byte(golden: Path, tmp_path: Path) -> None:
    source = next((golden / "torch" / "basic").glob("*tfevents*"))
    result = run_repair(source, tmp_path / "copy")
    assert "0 bytes left out" in result.stdout
    assert (tmp_path / "copy").read_bytes() == source.read_bytes()


def test_nothing_is_overwritten_and_nothing_half_written_stays(tmp_path: Path) -> None:
    path = write(tmp_path, spoiled()[0])
    with pytest.raises(BadArgument, match="exists"):
        run_repair(path, path)
    (tmp_path / "words").write_text("no record at all in here")
    with pytest.raises(NotAnEventFile):
        run_repair(tmp_path / "words", tmp_path / "out")
    with pytest.raises(BadArgument, match="nowhere' of --out 'out' does not exist"):
        run_repair(path, tmp_path / "nowhere" / "out")
    assert sorted(entry.name for entry in tmp_path.iterdir()) == sorted([NAME, "words"])


def test_metadata_seen_in_one_file_names_the_kind_in_the_next(tmp_path: Path) -> None:
    tensor = field(8, number_field(1, 1) + field(4, b"\0\0\x20\x40"))
    write(tmp_path / "run", summary(value("points", tensor, plugin="mesh")), f"{NAME}.a")
    write(tmp_path / "run", summary(value("points", tensor), step=1), f"{NAME}.b")
    assert [[tag["kind"] for tag in file["tags"]] for file in inspect_json(tmp_path)["files"]] == [["mesh"], ["mesh"]]
