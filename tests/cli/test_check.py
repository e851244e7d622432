"""`goodfit check`: verdict lines, JSON, exit status, languages, folders that hold nothing or damage."""

from __future__ import annotations

import json
import os
import struct
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

from goodfit.cli.main import main
from goodfit.testing import append_torn_tail, corrupt_record, list_record_offsets, write_keras_training, write_run

EPOCHS = np.arange(80)
FALLING = 2 * np.exp(-EPOCHS / 12) + 0.2


@pytest.fixture
def logdir(tmp_path: Path) -> Path:
    rising = FALLING + 0.2 + 0.02 * np.clip(EPOCHS - 40, 0, None)
    write_keras_training(tmp_path / "overfit", {"loss": FALLING.tolist()}, {"loss": rising.tolist()})
    healthy = FALLING + 0.1
    write_keras_training(tmp_path / "healthy", {"loss": FALLING.tolist()}, {"loss": healthy.tolist()})
    broken = np.r_[FALLING[:50], np.full(30, np.nan)]
    write_run(tmp_path / "broken 학습 <b>", {"loss": broken.tolist()})
    return tmp_path


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    with pytest.MonkeyPatch.context() as patch, pytest.raises(SystemExit) as ended:
        patch.setattr("sys.argv", ["goodfit", "check", *arguments])
        main()
    out, err = capsys.readouterr()
    return int(ended.value.code or 0), out, err


def test_a_line_a_training_with_the_verdict(logdir: Path, capsys: pytest.CaptureFixture[str]) -> None:
    status, out, err = run(capsys, str(logdir))
    lines = {line.split()[1]: line for line in out.splitlines() if line[:1] in "✗!✓·"}
    assert status == 0 and err == ""
    assert "overfitting" in lines["overfit"] and "Best checkpoint: step 40" in lines["overfit"]
    assert "healthy" in lines["healthy"]
    assert "NaN at step 50" in lines["broken"]
    assert "need you: 2 of 3 trainings" in out
    assert "\x1b" not in out


def test_what_a_line_says_is_not_said_again_below_it(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    values = 1 - 1 / (1 + np.arange(120.0))
    values[70] = 0.1
    write_run(tmp_path / "run", {"accuracy": values.tolist()})
    _, out, _ = run(capsys, str(tmp_path), "--all")
    assert out.count("A spike in train accuracy at step 70") == 1


def test_korean(logdir: Path, capsys: pytest.CaptureFixture[str]) -> None:
    _, out, _ = run(capsys, str(logdir), "--lang", "ko")
    assert "과적합" in out and "가장 좋은 체크포인트는 40 스텝입니다." in out and "확인 필요: 학습 3개 중 2개" in out


def test_json_is_as_promised(logdir: Path, capsys: pytest.CaptureFixture[str]) -> None:
    _, out, _ = run(capsys, str(logdir), "--json")
    answer = json.loads(out)
    assert answer["schema"] == 1 and answer["logdir"] == str(logdir) and answer["file_issues"] == []
    training = {item["training"]: item for item in answer["trainings"]}["overfit"]
    assert training["runs"] == ["overfit/train", "overfit/validation"]
    assert (training["state"], training["first_step"], training["last_step"], training["n_points"]) == (
        "finished", 0, 79, 160,
    )  # fmt: skip
    assert training["pairs"] == [
        {
            "metric": "loss",
            "train": {"run": "overfit/train", "tag": "epoch_loss"},
            "validation": {"run": "overfit/validation", "tag": "epoch_loss"},
        }
    ]
    finding = training["findings"][0]
    assert set(finding) >= {
        "rule", "severity", "metric", "onset_step", "onset_interval", "step", "confidence", "evidence", "message",
        "advice",
    }  # fmt: skip
    assert (finding["rule"], finding["severity"], finding["metric"]) == ("overfit", "warning", "loss")
    assert abs(finding["onset_step"] - 40) <= 2 and finding["step"] == 79
    assert finding["onset_interval"][0] <= 40 <= finding["onset_interval"][1]
    assert finding["evidence"]["rise"] == pytest.approx(0.02 * 35.5, abs=0.08)


@pytest.mark.parametrize(("rules", "status"), [("overfit", 1), ("diverged", 0), ("diverged,nonfinite", 1), ("", 0)])
def test_fail_on_sets_the_exit_status(
    logdir: Path, capsys: pytest.CaptureFixture[str], rules: str, status: int
) -> None:
    assert run(capsys, str(logdir), "--fail-on", rules)[0] == status
    assert run(capsys, str(logdir), "--json", "--fail-on", rules)[0] == status


def test_a_rule_that_does_not_exist_is_wrong_use(logdir: Path, capsys: pytest.CaptureFixture[str]) -> None:
    status, _, err = run(capsys, str(logdir), "--fail-on", "overfitting")
    assert status == 2 and "'overfitting'" in err and "did you mean 'overfit'?" in err


def test_an_empty_folder_says_how_to_start(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    status, out, err = run(capsys, str(tmp_path))
    assert (status, out) == (0, "") and "nothing here yet" in err and "goodfit.Run(" in err
    assert json.loads(run(capsys, str(tmp_path), "--json")[1])["trainings"] == []


def test_a_missing_folder_is_wrong_use(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    status, out, err = run(capsys, str(tmp_path / "no such"))
    assert (status, out) == (2, "") and "no log folder" in err


def test_damage_is_listed_with_its_place(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = write_run(tmp_path / "a", {"loss": FALLING.tolist()})
    offset = list_record_offsets(path)[20]
    corrupt_record(path, 20)
    append_torn_tail(path)
    _, _, err = run(capsys, str(tmp_path))
    assert f"{offset}" in err and "bad_data_crc" in err
    issues = json.loads(run(capsys, str(tmp_path), "--json")[1])["file_issues"]
    assert {issue["kind"] for issue in issues} >= {"bad_data_crc"}
    assert next(issue for issue in issues if issue["kind"] == "bad_data_crc")["offset"] == offset


def test_few_points_are_not_judged(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write_run(tmp_path / "a", {"loss": [2.0, 1.0]})
    _, out, _ = run(capsys, str(tmp_path))
    assert "cannot tell" in out and "too few points so far: 2 of 5" in out
    write_run(tmp_path / "a", {"loss": [2.0, 1.0, 0.7, 0.6, 0.5, 0.45]})
    assert "oing on to step" not in run(capsys, str(tmp_path))[1]  # nor foretold


def test_help_ends_with_examples() -> None:
    from goodfit.cli.check import command

    text = CliRunner().invoke(command, ["--help"]).output
    assert text.rindex("Examples:") > text.rindex("--help") and "goodfit check logs/fit --fail-on" in text


def run_on_terminal(width: int, *arguments: str) -> list[str]:
    """What `goodfit check` writes where stdout is a terminal of so many columns, without colours."""
    import fcntl
    import pty
    import termios

    leader, follower = pty.openpty()
    fcntl.ioctl(follower, termios.TIOCSWINSZ, struct.pack("HHHH", 40, width, 0, 0))
    environ = {key: value for key, value in os.environ.items() if key not in ("COLUMNS", "LINES")}
    with subprocess.Popen(
        [sys.executable, "-m", "goodfit", "check", *arguments], stdout=follower, stderr=subprocess.DEVNULL,
        env=environ | {"NO_COLOR": "1"},
    ) as process:  # fmt: skip
        os.close(follower)
        written = b""
        while True:
            try:
                part = os.read(leader, 65_536)
            except OSError:  # the terminal's other side is closed
                break
            if not part:
                break
            written += part
        os.close(leader)
    assert process.returncode == 0
    return written.decode().splitlines()


@pytest.mark.skipif(not hasattr(os, "openpty"), reason="no terminals here")
@pytest.mark.parametrize(("width", "language"), [(60, "en"), (80, "ko"), (160, "en")])
def test_lines_end_within_the_terminal(logdir: Path, width: int, language: str) -> None:
    from goodfit.cli.output import width_of

    lines = run_on_terminal(width, str(logdir), "--lang", language)
    assert max(map(width_of, lines)) <= width
    heads = [line for line in lines if line[:1] in "✗!✓·"]
    # Curves begin in one column, whatever the language.
    assert (
        len(heads) == 3
        and len({width_of(line[: next(i for i, c in enumerate(line) if c in "▁▂▃▄▅▆▇█")]) for line in heads}) == 1
    )
    assert any(line.startswith("     ") for line in lines)


def test_a_forecast_after_a_whole_sentence_is_a_sentence(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write_run(tmp_path / "a", {"val_loss": (3 - 0.1 * np.arange(20)).tolist()})
    _, out, _ = run(capsys, str(tmp_path))
    assert ".;" not in out and ". Going on to step " in out


def test_a_training_without_a_warning_tells_where_going_on_would_lead(
    logdir: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    _, out, _ = run(capsys, str(logdir))
    healthy, overfit = (
        next(line for line in out.splitlines() if f" {name} " in line) for name in ("healthy", "overfit")
    )
    assert "oing on to step 119: " in healthy and "oing on" not in overfit
