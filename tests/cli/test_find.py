"""Folders → the log folders and trainings in them. Verdicts are the judgement's and are tested there."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from goodfit.cli.main import run
from goodfit.cli.search import group_log_folders, walk_runs
from goodfit.testing.logs import write_keras_training, write_run


@pytest.mark.parametrize(
    ("runs", "expected"),
    [
        ([], []),
        (["."], ["."]),
        (["train", "validation"], ["."]),
        (["a", "b"], ["."]),
        (["logs/fit/a/train", "logs/fit/a/validation", "logs/fit/b/train"], ["logs"]),
        (["runs/Dec07_host", "lightning_logs/version_0"], ["lightning_logs", "runs"]),
        (["mnist/exp1", "mnist/exp2", "cifar/exp1"], ["cifar", "mnist"]),
        (["project/logs/a", "project/logs/b"], ["project/logs"]),
        (["a/b", "a/b/c"], ["a"]),
    ],
)
def test_groups_runs_by_the_folder_one_would_open(runs: list[str], expected: list[str]) -> None:
    assert group_log_folders(runs) == expected


def test_walk_skips_hidden_and_installed_folders(tmp_path: Path) -> None:
    for folder in ("logs/a", ".cache/b", "venv/c", "node_modules/d", "deep/1/2/3/4/5/6/7/8/9"):
        (tmp_path / folder).mkdir(parents=True)
        (tmp_path / folder / "events.out.tfevents.1.h").touch()
    assert list(walk_runs(tmp_path)) == ["logs/a"]


def test_a_search_that_ends_early_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in "abcd":
        write_run(tmp_path / name, {"loss": [2.0, 1.0]})
    monkeypatch.setattr("goodfit.cli.search.MAX_FOLDERS", 3)
    assert run(["find", str(tmp_path)]) == 0
    captured = capsys.readouterr()
    assert "stopped after 3 folders; name one that is nearer to the logs" in captured.err
    monkeypatch.setattr("goodfit.cli.search.MAX_FOLDERS", 5)
    assert run(["find", str(tmp_path)]) == 0
    assert capsys.readouterr().err == ""


def test_links_do_not_lead_in_circles(tmp_path: Path) -> None:
    (tmp_path / "logs").mkdir()
    (tmp_path / "logs" / "again").symlink_to(tmp_path, target_is_directory=True)
    assert list(walk_runs(tmp_path)) == []


def test_alone_lists_trainings_and_how_to_open_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    write_keras_training(tmp_path / "my logs" / "exp1", {"loss": [3.0, 2.0, 1.0]}, {"loss": [3.1, 2.2, 1.4]})
    write_run(tmp_path / "my logs" / "exp2", {"loss": [1.0]})
    monkeypatch.chdir(tmp_path)
    assert run([]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert "goodfit 'my logs' opens the page" in lines[0]
    assert [line.split()[1] for line in lines[1:]] == ["exp1", "exp2"]
    assert "█" in lines[1]


def test_json_lists_the_same(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write_run(tmp_path / "logs" / "a", {"loss": [2.0, 1.0]})
    assert run(["find", str(tmp_path), "--json"]) == 0
    answer = json.loads(capsys.readouterr().out)
    assert answer["schema"] == 1
    (folder,) = answer["log_folders"]
    assert folder["logdir"] == str(tmp_path / "logs")
    assert [training["training"] for training in folder["trainings"]] == ["a"]


def test_nothing_found_says_how_to_start(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert run([]) == 0
    captured = capsys.readouterr()
    assert captured.out == ""
    assert "goodfit.Run" in captured.err and "goodfit demo" in captured.err


def test_speaks_korean_when_asked_or_set(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    write_run(tmp_path / "logs" / "short", {"loss": [0.5, 0.4]})
    assert run(["find", str(tmp_path), "--lang", "ko"]) == 0
    asked = capsys.readouterr().out
    assert "판단하기에는 점이 너무 적습니다. 1 스텝에서 loss: 0.4." in asked
    assert "페이지 열기: goodfit " in asked and " 완료 " in asked
    monkeypatch.setenv("GOODFIT_LANGUAGE", "ko")
    assert run(["find", str(tmp_path)]) == 0
    assert capsys.readouterr().out == asked
    monkeypatch.setenv("GOODFIT_LANGUAGE", "xx")
    assert run(["find", str(tmp_path)]) == 0
    assert "Too few points" in capsys.readouterr().out
