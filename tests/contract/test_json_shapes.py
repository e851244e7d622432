"""What scripts read: the shapes of `goodfit check --json` and `goodfit inspect --json`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from goodfit.cli.main import run
from goodfit.testing.logs import append_torn_tail, corrupt_record, write_keras_training, write_run

EPOCHS = range(60)


@pytest.fixture
def logs(tmp_path: Path) -> Path:
    train = [2.0 * 0.9**epoch + 0.01 for epoch in EPOCHS]
    validation = [0.5 + 1.5 * 0.8**epoch + 0.02 * max(0, epoch - 20) for epoch in EPOCHS]
    write_keras_training(tmp_path / "exp1", {"loss": train}, {"loss": validation})
    file = write_run(tmp_path / "exp2", {"loss": [2.0 * 0.9**epoch for epoch in EPOCHS]})
    corrupt_record(file, 10)
    append_torn_tail(write_run(tmp_path / "exp3", {"loss": [1.0, 0.9]}))
    return tmp_path


def read_json(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> Any:
    status = run(arguments)
    captured = capsys.readouterr()
    assert status in (0, 1), captured.err
    return json.loads(captured.out)


def test_check_prints_the_promised_object(logs: Path, capsys: pytest.CaptureFixture[str]) -> None:
    answer = read_json(["check", str(logs), "--json"], capsys)
    assert answer["schema"] == 1
    assert answer["logdir"] == str(logs)
    exp1, exp2, exp3 = answer["trainings"]
    assert [training["training"] for training in (exp1, exp2, exp3)] == ["exp1", "exp2", "exp3"]
    assert exp1["runs"] == ["exp1/train", "exp1/validation"]
    assert exp1["state"] in ("finished", "running", "failed", "killed", "stalled")
    assert (exp1["first_step"], exp1["last_step"], exp1["n_points"]) == (0, 59, 120)
    (pair,) = exp1["pairs"]
    assert {name: pair[name] for name in ("metric", "train", "validation")} == {
        "metric": "loss",
        "train": {"run": "exp1/train", "tag": "epoch_loss"},
        "validation": {"run": "exp1/validation", "tag": "epoch_loss"},
    }
    finding = next(found for found in exp1["findings"] if found["rule"] == "overfit")
    promised = "rule severity metric onset_step onset_interval step confidence evidence message advice"
    assert set(promised.split()) <= set(finding)
    assert finding["severity"] in ("info", "warning", "error")
    assert finding["metric"] == "loss" and finding["step"] == 59
    first, last = finding["onset_interval"]
    assert first <= finding["onset_step"] <= last
    assert 0 <= finding["confidence"] <= 1
    assert isinstance(finding["evidence"], dict) and isinstance(finding["message"], str)
    assert finding["advice"] and all(isinstance(advice, str) for advice in finding["advice"])
    kinds = {issue["path"].split("/")[0]: issue for issue in answer["file_issues"]}
    assert set(kinds["exp2"]) >= {"path", "offset", "kind", "skipped_bytes"}
    assert kinds["exp2"]["kind"] == "bad_data_crc"


def test_check_fails_on_named_rules_only(logs: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["check", str(logs)]) == 0
    assert run(["check", str(logs), "--fail-on", "overfit"]) == 1
    assert run(["check", str(logs), "--fail-on", "nonfinite"]) == 0
    assert run(["check", str(logs), "--fail-on", "nonsense"]) == 2
    assert "nonsense" in capsys.readouterr().err


def test_inspect_lists_files_and_damage(logs: Path, capsys: pytest.CaptureFixture[str]) -> None:
    answer = read_json(["inspect", str(logs), "--json"], capsys)
    assert answer["schema"] == 1
    assert len(answer["files"]) == 4
    for file in answer["files"]:
        assert file["run"] in ("exp1/train", "exp1/validation", "exp2", "exp3")
        assert {"path", "tags"} <= set(file)
        assert all({"tag", "kind"} <= set(tag) for tag in file["tags"])
    scalars = {(file["run"], tag["tag"]) for file in answer["files"] for tag in file["tags"] if tag["kind"] == "scalar"}
    assert scalars == {
        ("exp1/train", "epoch_loss"),
        ("exp1/validation", "epoch_loss"),
        ("exp2", "loss"),
        ("exp3", "loss"),
    }
    assert {issue["kind"] for issue in answer["file_issues"]} == {"bad_data_crc", "torn_tail"}
