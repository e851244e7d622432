"""The command line as promised: help texts, exit status, documented options."""

from __future__ import annotations

import functools
import os
import re
import subprocess
import sys
from pathlib import Path

import click
import pytest

from goodfit.cli import main as cli

SNAPSHOTS = Path(__file__).parent / "snapshots"
REFERENCE = Path(__file__).parents[2] / "docs" / "reference" / "cli.md"


@functools.cache
def help_of(name: str) -> str:
    """The help text in a process of its own, as a user sees it; click remembers options of other callers."""
    arguments = [] if name == "goodfit" else [name]
    command = [sys.executable, "-m", "goodfit", *arguments, "--help"]
    environ = os.environ | {"COLUMNS": "100", "PYTHONIOENCODING": "utf-8"}
    return subprocess.run(command, env=environ, capture_output=True, encoding="utf-8", check=True).stdout


@pytest.mark.parametrize("name", ["goodfit", *cli.COMMANDS])
def test_help_text_is_as_reviewed(name: str) -> None:
    text = help_of(name)
    snapshot = SNAPSHOTS / f"help-{name}.txt"
    if os.environ.get("GOODFIT_SNAP"):
        snapshot.parent.mkdir(exist_ok=True)
        snapshot.write_text(text, "utf-8")
    assert snapshot.exists(), f"run `make snap`, then review {snapshot.name}"
    assert text == snapshot.read_text("utf-8")


@pytest.mark.parametrize("name", cli.COMMANDS)
def test_help_ends_with_examples(name: str) -> None:
    assert re.search(r"\n  Examples?:\n(    [^\n]+\n)+\Z", help_of(name))


@pytest.mark.parametrize("name", ["goodfit", *cli.COMMANDS])
def test_help_is_aligned(name: str) -> None:
    """Every option stands on the line of its description, and none is wider than a terminal of 100 columns."""
    options = re.search(r"\nOptions:\n(.*?)(?=\n\n|\Z)", help_of(name), re.DOTALL)
    assert options
    lines = [line for line in options[1].splitlines() if line.startswith("  -")]
    assert [line for line in lines if not re.search(r"\S  +\S", line[2:])] == []
    assert max(map(len, help_of(name).splitlines())) <= 100


def command_of(name: str) -> click.Command:
    found = cli.command.get_command(click.Context(cli.command), name)
    assert found is not None
    return found


@pytest.mark.parametrize("name", cli.COMMANDS)
def test_summary_in_the_list_is_one_line(name: str) -> None:
    _, summary = cli.COMMANDS[name]
    assert len(summary) <= 72 and summary.endswith(".")
    assert command_of(name).help


@pytest.mark.parametrize("name", cli.COMMANDS)
def test_reference_names_every_option_and_no_other(name: str) -> None:
    section = re.search(
        rf"^## goodfit {name}\n(.*?)(?=^## |\Z)", REFERENCE.read_text("utf-8"), re.DOTALL | re.MULTILINE
    )
    assert section, f"docs/reference/cli.md has no section on goodfit {name}"
    command = command_of(name)
    commands = [command]
    if isinstance(command, click.Group):
        subcommands = {sub: command.commands[sub] for sub in command.commands}
        commands += subcommands.values()
        missing = [sub for sub in subcommands if f"`goodfit {name} {sub}" not in section[1]]
        assert missing == []
    options = {
        option
        for one in commands
        for parameter in one.params
        if isinstance(parameter, click.Option) and not parameter.hidden
        for option in (*parameter.opts, *parameter.secondary_opts)
        if option.startswith("--")
    }
    documented = set(re.findall(r"--[a-z][a-z-]*", section[1]))
    assert documented == options


@pytest.mark.parametrize(
    ("arguments", "status"),
    [
        (["--version"], 0),
        (["check", "no-such-folder"], 2),
        (["export", "no-such-folder", "--out", "x.csv"], 2),
        (["inspect", "no-such-folder"], 2),
        (["check"], 2),
        (["check", ".", "--nonsense"], 2),
        (["notify", "nonsense"], 2),
        (["serve", ".", "--host", "0.0.0.0"], 2),
        (["report", "no-such-folder", "--out", "x.html"], 2),
        (["repair", "no-such-file", "--out", "x"], 2),
        (["run"], 2),
        (["chekc"], 2),
        (["completion", "tcsh"], 2),
    ],
)
def test_exit_status(
    arguments: list[str], status: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    monkeypatch.chdir(tmp_path)
    assert cli.run(arguments) == status
    captured = capsys.readouterr()
    assert (captured.err == "") == (status == 0)
    assert "Traceback" not in captured.err
    if status:
        # One shape, whether we or the parser of arguments found it.
        assert re.match(r"goodfit: .+\nhint: .+\n\Z", captured.err)
