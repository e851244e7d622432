"""Arguments → the command that runs, and how errors leave."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import click
import pytest

from goodfit.cli import main as cli
from goodfit.errors import BadArgument, GoodfitError, LogFolderError


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ([], ["find"]),
        (["logs/fit"], ["serve", "logs/fit"]),
        (["--logdir", "logs/fit"], ["serve", "logs/fit"]),
        (["--logdir=logs/fit", "--port", "7"], ["serve", "logs/fit", "--port", "7"]),
        (["--port", "7", "--logdir", "logs/fit"], ["serve", "logs/fit", "--port", "7"]),
        (["logs/fit", "--port", "7"], ["serve", "logs/fit", "--port", "7"]),
        (["check", "--logdir"], ["check", "--logdir"]),
        (["--help"], ["--help"]),
        (["help"], ["--help"]),
        (["help", "check"], ["check", "--help"]),
        (["version"], ["--version"]),
        (["--version"], ["--version"]),
        (["내 실험"], ["serve", "내 실험"]),
    ],
)
def test_short_forms_stand_for_commands(given: list[str], expected: list[str]) -> None:
    assert cli.expand_arguments(given) == expected


def test_misspelt_command_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(BadArgument, match="'chekc' is neither a command nor a folder") as caught:
        cli.expand_arguments(["chekc"])
    assert caught.value.hint is not None and "goodfit check" in caught.value.hint


def test_folder_that_looks_like_a_command_is_served(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "checks").mkdir()
    assert cli.expand_arguments(["checks"]) == ["serve", "checks"]


def with_command(monkeypatch: pytest.MonkeyPatch, body: object) -> None:
    monkeypatch.setattr(cli.LazyGroup, "get_command", lambda self, ctx, name: click.Command("check", callback=body))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (LogFolderError("there is no log folder 'x'.", hint="look elsewhere"), 2),
        (BadArgument("wrong."), 2),
        (GoodfitError("failed."), 1),
        (PermissionError(13, "Permission denied", "out.csv"), 1),
        (KeyboardInterrupt(), 130),
    ],
)
def test_errors_become_messages_and_exit_status(
    error: BaseException, status: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def body() -> None:
        raise error

    with_command(monkeypatch, body)
    assert cli.run(["check"]) == status
    captured = capsys.readouterr()
    assert captured.out == ""
    assert "Traceback" not in captured.err
    if isinstance(error, GoodfitError):
        assert error.message in captured.err
        assert error.hint is None or f"hint: {error.hint}" in captured.err


def test_exit_status_of_a_command_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    with_command(monkeypatch, lambda: click.get_current_context().exit(1))
    assert cli.run(["check"]) == 1


def test_unknown_option_is_wrong_use(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.run(["demo", "--nonsense"]) == 2
    assert "--nonsense" in capsys.readouterr().err


def run_python(code: str, **options: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False, **options)  # type: ignore[call-overload, no-any-return]


def test_closed_pipe_is_no_error() -> None:
    command = f"{sys.executable} -m goodfit --help | true; echo status ${{PIPESTATUS[0]}}"
    done = subprocess.run(["bash", "-c", command], capture_output=True, text=True, check=True)
    assert done.stdout == "status 0\n"
    assert done.stderr == ""


def test_module_runs_as_a_command() -> None:
    done = subprocess.run([sys.executable, "-m", "goodfit", "--version"], capture_output=True, text=True, check=True)
    assert done.stdout.startswith("goodfit ")


def test_help_imports_no_command() -> None:
    done = run_python(
        "import sys, contextlib, io\n"
        "from goodfit.cli.main import run\n"
        "with contextlib.redirect_stdout(io.StringIO()):\n"
        "    run(['--help'])\n"
        "print(sorted(name for name in sys.modules if name.startswith('goodfit.cli.') or name in ('numpy', 'rich')))\n"
    )
    assert done.stdout == "['goodfit.cli.main']\n"
