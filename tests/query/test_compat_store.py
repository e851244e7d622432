"""TensorBoard's readings, all the way from files to `goodfit.open`, the commands and the data server's answers."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from tests.event_bytes import VERSION, event, field, number_field, scalar, summary, tensor, value, write
from tests.query.test_compat import CASES, write_case

import goodfit
from goodfit.cli.main import run
from goodfit.errors import BadArgument
from goodfit.query.board.book import Board
from goodfit.query.compat import Reading
from goodfit.query.compat_store import CompatStore, open_store
from goodfit.store.store import Store
from goodfit.types import SeriesKey

READINGS = ["tensorboard-python", "tensorboard-rust"]


@pytest.fixture(params=CASES)
def case(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    write_case(tmp_path / "logs" / "run", CASES[request.param]["files"])
    return str(request.param)


@pytest.mark.parametrize("reading", READINGS)
def test_opened_folders_hold_what_the_reader_shows(case: str, reading: Reading, tmp_path: Path) -> None:
    logs = goodfit.open(tmp_path / "logs", compat=reading)
    expected = CASES[case][reading]
    series = logs["run"].scalars["loss"]
    assert np.column_stack([series.steps, series.wall_times, series.values]).tolist() == expected
    (info,) = logs.list_series(tags="^loss$")
    assert (info.n_points, info.first_step, info.last_step) == (len(expected), expected[0][0], expected[-1][0])
    latest = logs.store.latest([info.key])
    assert [latest.steps[0], latest.wall_times[0], latest.values[0]] == expected[-1]
    assert len(logs.to_arrow()) == len(expected)
    assert not logs.store.read_scalars(info.key).is_abandoned.any()
    assert not logs.store.read_scalars(info.key).steps.flags.writeable


@pytest.mark.parametrize("reading", READINGS)
def test_commands_hold_what_the_reader_shows(
    case: str, reading: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    expected = CASES[case][reading]
    assert run(["export", "logs", "--out", "points.jsonl", "--compat", reading]) == 0
    rows = [json.loads(line) for line in (tmp_path / "points.jsonl").read_text().splitlines()]
    assert [[row["step"], row["wall_time"], row["value"]] for row in rows] == expected
    capsys.readouterr()
    assert run(["inspect", "logs", "--json", "--compat", reading]) == 0
    (described,) = json.loads(capsys.readouterr().out)["runs"]
    assert described["n_points"] == len(expected)
    assert described["file_version"] == CASES[case]["files"][0][0]
    assert run(["check", "logs", "--json", "--compat", reading]) == 0
    (training,) = json.loads(capsys.readouterr().out)["trainings"]
    assert training["n_points"] == len(expected)


@pytest.mark.parametrize("reading", READINGS)
def test_the_board_asks_the_files_for_their_version(case: str, reading: Reading, tmp_path: Path) -> None:
    store = Store(tmp_path / "logs")
    store.refresh()
    board = Board(store, reading=reading)
    scalars = board.read_scalars(board.find("scalars", "run", "loss"))
    assert scalars.steps.tolist() == [row[0] for row in CASES[case][reading]]


def test_values_on_disk_are_read_by_their_new_places(tmp_path: Path) -> None:
    def text(word: str, step: int) -> bytes:
        return summary(value("words", tensor(7, (), field(8, word)), plugin="text"), step=step)

    write(tmp_path / "run", VERSION + text("a", 0) + text("left", 5) + text("b", 3) + text("c", 4))
    logs = goodfit.open(tmp_path, compat="tensorboard-rust")
    series = logs["run"].texts["words"]
    assert series.steps.tolist() == [0, 3, 4]
    assert ["a" in str(series[0]), "b" in str(series[1]), "c" in str(series[2])] == [True] * 3
    assert logs.list_series()[0].n_points == 3
    assert goodfit.open(tmp_path)["run"].texts["words"].steps.tolist() == [0, 5, 3, 4]


def test_a_series_that_a_start_empties_has_no_points(tmp_path: Path) -> None:
    start = event(field(7, number_field(1, 1)), step=0, wall_time=1e10)
    write(tmp_path / "run", VERSION + start + scalar("loss", 1, step=3) + start)
    store = open_store(tmp_path, compat="tensorboard-python")
    store.refresh()
    assert isinstance(store, CompatStore)
    assert [info.n_points for info in store.list_series()] == [0]
    assert len(store.read_scalars(SeriesKey("run", "loss")).steps) == 0
    assert run(["check", str(tmp_path), "--compat", "tensorboard-python"]) == 0


def test_unknown_readings_are_refused(tmp_path: Path) -> None:
    with pytest.raises(BadArgument, match="wanted one of newest, all, tensorboard-python"):
        goodfit.open(tmp_path, compat="tensorboard")  # type: ignore[arg-type]


def test_no_chart_is_drawn_of_a_reading(tmp_path: Path) -> None:
    store = open_store(tmp_path, compat="newest")
    with pytest.raises(BadArgument, match="no curves are drawn"):
        store.sample([], px=10)
    with pytest.raises(BadArgument, match="no curves are drawn"):
        store.group([], px=10)


@pytest.mark.parametrize(
    ("words", "version"),
    [("brain.Event:2", 2.0), ("brain.Event:1", 1.0), ("brain.Event:x", 0.0), ("", 0.0), ("brain.Event:nan", 0.0)],
)
def test_file_versions(tmp_path: Path, words: str, version: float) -> None:
    write(tmp_path / "run", event(field(3, words)) + scalar("loss", 1))
    store = Store(tmp_path)
    store.refresh()
    assert store.read_file_version("run") == version
