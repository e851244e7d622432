"""Every scalar point → a file, exact."""

from __future__ import annotations

import csv
import json
import math
import os
import struct
import sys
from pathlib import Path

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from goodfit.cli.main import run
from goodfit.testing.logs import corrupt_record, write_run

# Numbers whose shortest text is long, tiny, huge, or no number at all.
VALUES = [0.1, 1 / 3, 5e-324, 1.7976931348623157e308, -0.0, math.nan, math.inf, -math.inf]


def bits(value: float) -> bytes:
    """Tells 0.0 from -0.0 and takes all NaN for one."""
    return b"nan" if math.isnan(value) else struct.pack("<d", value)


@pytest.fixture
def logs(tmp_path: Path) -> Path:
    write_run(tmp_path / "logs" / "a,b", {"loss": VALUES, 'say "hi"': [1.0]})
    write_run(tmp_path / "logs" / "실험 🚀", {"손실": [2.0, 3.0]})
    return tmp_path / "logs"


def read_points(path: Path) -> list[tuple[str, str, int, float, float]]:
    if path.suffix == ".csv":
        with path.open(encoding="utf-8", newline="") as file:
            rows = list(csv.reader(file))
        assert rows[0] == ["run", "tag", "step", "wall_time", "value"]
        return [(row[0], row[1], int(row[2]), float(row[3]), float(row[4])) for row in rows[1:]]
    if path.suffix == ".jsonl":
        with path.open(encoding="utf-8") as file:
            return [tuple(json.loads(line).values()) for line in file]
    if path.suffix == ".parquet":
        table = pq.read_table(path)
    else:
        with pa.OSFile(str(path)) as source:
            table = pa.ipc.open_file(source).read_all()
    assert table.column_names == ["run", "tag", "step", "wall_time", "value"]
    return [tuple(row.values()) for row in table.to_pylist()]


@pytest.mark.parametrize("ending", [".csv", ".jsonl", ".parquet", ".arrow"])
def test_every_point_comes_back_exactly(logs: Path, tmp_path: Path, ending: str) -> None:
    out = tmp_path / f"points{ending}"
    assert run(["export", str(logs), "--out", str(out)]) == 0
    points = read_points(out)
    assert [point[:3] for point in points] == [
        *(("a,b", "loss", step) for step in range(len(VALUES))),
        ("a,b", 'say "hi"', 0),
        ("실험 🚀", "손실", 0),
        ("실험 🚀", "손실", 1),
    ]
    assert [bits(point[4]) for point in points[: len(VALUES)]] == [bits(value) for value in VALUES]
    assert [point[3] for point in points[:2]] == [1_700_000_000.0, 1_700_000_001.0]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["logs", out.name]


@pytest.mark.skipif(sys.platform != "linux", reason="file names are text elsewhere")
@pytest.mark.parametrize("ending", [".csv", ".jsonl", ".parquet", ".arrow"])
@pytest.mark.parametrize("hidden", [(), ("pyarrow.parquet",)], ids=["pyarrow", "polars"])
def test_a_folder_whose_name_is_no_utf8_is_written_to(
    logs: Path, tmp_path: Path, ending: str, hidden: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in hidden:
        monkeypatch.setitem(sys.modules, name, None)
    folder = tmp_path / os.fsdecode(b"caf\xe9")
    folder.mkdir()
    assert run(["export", str(logs), "--out", str(folder / f"points{ending}")]) == 0
    assert [path.name for path in folder.iterdir()] == [f"points{ending}"]


@pytest.mark.parametrize("ending", [".parquet", ".arrow"])
def test_polars_alone_writes_the_same(logs: Path, tmp_path: Path, ending: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with_arrow, without = tmp_path / f"with{ending}", tmp_path / f"without{ending}"
    run(["export", str(logs), "--out", str(with_arrow)])
    monkeypatch.setitem(sys.modules, "pyarrow.parquet", None)
    assert run(["export", str(logs), "--out", str(without)]) == 0
    monkeypatch.undo()
    ours, theirs = read_points(without), read_points(with_arrow)
    assert [(*point[:4], bits(point[4])) for point in ours] == [(*point[:4], bits(point[4])) for point in theirs]


def test_neither_library_is_told_with_the_way_to_get_one(
    logs: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    monkeypatch.setitem(sys.modules, "polars", None)
    assert run(["export", str(logs), "--out", str(tmp_path / "points.parquet")]) == 1
    assert 'pip install "goodfit[arrow]"' in capsys.readouterr().err
    assert [path.name for path in tmp_path.iterdir()] == ["logs"]


def test_what_is_damaged_is_told(logs: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    corrupt_record(next((logs / "a,b").iterdir()), 3)
    assert run(["export", str(logs), "--out", str(tmp_path / "points.csv")]) == 0
    assert "1 damaged or unreadable file, of which only what could be read is there" in capsys.readouterr().err


def test_polars_reads_the_parquet_file(logs: Path, tmp_path: Path) -> None:
    run(["export", str(logs), "--out", str(tmp_path / "p.parquet")])
    assert pl.read_parquet(tmp_path / "p.parquet").height == 11


def test_expressions_choose_runs_and_tags(logs: Path, tmp_path: Path) -> None:
    out = tmp_path / "points.csv"
    assert run(["export", str(logs), "--out", str(out), "--runs", "^a", "--tags", "^loss$"]) == 0
    assert {point[:2] for point in read_points(out)} == {("a,b", "loss")}


def test_nothing_chosen_is_told(logs: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["export", str(logs), "--out", str(tmp_path / "points.csv"), "--tags", "nothing"]) == 0
    assert "0 points of 0 series" in capsys.readouterr().err


def test_dash_writes_csv_to_stdout(logs: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["export", str(logs), "--out", "-", "--tags", "손실"]) == 0
    captured = capsys.readouterr()
    assert captured.out.splitlines()[1] == "실험 🚀,손실,0,1700000000.0,2.0"
    assert "2 points of 1 series in 1 run" in captured.err


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--out", "points.xlsx"], "ends in '.xlsx'"),
        (["--out", "p.csv", "--runs", "("], "no regular expression"),
        ([], "--out"),
    ],
)
def test_wrong_use_is_told(logs: Path, arguments: list[str], said: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["export", str(logs), *arguments]) == 2
    assert said in capsys.readouterr().err


def test_missing_folder_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["export", str(tmp_path / "no"), "--out", str(tmp_path / "p.csv")]) == 2
    assert "no log folder" in capsys.readouterr().err


def test_unwritable_place_is_told_and_leaves_nothing(
    logs: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["export", str(logs), "--out", str(tmp_path / "no" / "p.csv")]) == 2
    told = capsys.readouterr().err
    assert "of --out 'p.csv' does not exist" in told
    assert "partial" not in told  # the file beside which it writes is nobody's concern
    assert [path.name for path in tmp_path.iterdir()] == ["logs"]
