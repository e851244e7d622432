"""What a shell is told when somebody presses Tab."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from goodfit.cli.main import COMMANDS, run

GOODFIT = [sys.executable, "-c", "from goodfit.cli.main import main; main()"]


def complete(line: str, folder: Path) -> list[str]:
    """The answers to a line of words of which the last is not finished, as bash asks for them."""
    environ = {
        **os.environ, "_GOODFIT_COMPLETE": "bash_complete", "COMP_WORDS": line, "COMP_CWORD": str(line.count(" ")),
    }  # fmt: skip
    done = subprocess.run(GOODFIT, env=environ, cwd=folder, capture_output=True, text=True, check=True)
    assert done.stderr == ""
    return done.stdout.splitlines()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in ("runs", "logs", ".git"):
        (tmp_path / name).mkdir()
    return tmp_path


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("goodfit ru", ["plain,run", "plain,runs/"]),
        ("goodfit lo", ["plain,logs/"]),
        ("goodfit .", ["plain,.git/"]),
        ("goodfit runs/x", ["dir,runs/x"]),
        ("goodfit logs/fit --po", ["plain,--port", "plain,--poll"]),
        ("goodfit check --fa", ["plain,--fail-on"]),
        ("goodfit check --lang ", ["plain,en", "plain,ko"]),
        ("goodfit check lo", ["dir,lo"]),
        ("goodfit --ver", ["plain,--version"]),
        ("goodfit completion f", ["plain,fish"]),
    ],
)
def test_words_go_on(folder: Path, line: str, expected: list[str]) -> None:
    assert complete(line, folder) == expected


def test_first_word_is_a_command_or_a_folder(folder: Path) -> None:
    assert complete("goodfit ", folder) == [f"plain,{name}" for name in (*COMMANDS, "logs/", "runs/")]


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_script_asks_this_command(shell: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["completion", shell]) == 0
    assert f"_GOODFIT_COMPLETE={shell}_complete" in capsys.readouterr().out


def test_bash_takes_the_script(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run(["completion", "bash"])
    script = tmp_path / "script"
    script.write_text(capsys.readouterr().out)
    line = f"source {script}; complete -p goodfit"
    done = subprocess.run(["bash", "-c", line], capture_output=True, text=True, check=True)
    assert "_goodfit_completion goodfit" in done.stdout
