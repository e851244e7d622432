"""The current folder → one line a training: mark, name, curve, verdict; and how to open the page on them."""

from __future__ import annotations

import os
import shlex
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from goodfit.cli.language import language_option
from goodfit.cli.log_folder import LogFolder, require_listing
from goodfit.cli.output import clean, count, format_columns, paint, progress
from goodfit.config import Language
from goodfit.query.half import Words

if TYPE_CHECKING:
    from goodfit.cli.verdict import VerdictLine
    from goodfit.query.training import Training
    from goodfit.remote.address import Address

MAX_DEPTH = 8
MAX_FOLDERS = 50_000
"""Folders looked at; more than this below one's feet is a home folder, not a project."""
SKIPPED = frozenset({
    "node_modules", "__pycache__", "site-packages", "venv", "env", "target", "build", "dist", "proc", "sys", "dev",
})  # fmt: skip
LOG_FOLDER_NAMES = frozenset({
    "logs", "log", "runs", "lightning_logs", "tb_logs", "tf_logs", "tensorboard", "tensorboard_logs", "events",
})  # fmt: skip
"""Names under which people keep the logs of many trainings."""


@click.command(
    epilog="""\b
Examples:
  goodfit                          # the same, here
  goodfit find ~/experiments
  goodfit find s3://lab/experiments --json
""",
)
@click.argument("folder", type=LogFolder(must_exist=True), default=".")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@language_option
def command(folder: Path | Address, as_json: bool, language: Language) -> None:
    """List the trainings below FOLDER (default: here), one line each."""
    left_out = LeftOut()
    log_folders = _find_log_folders(folder, left_out)
    left_out.tell()
    if as_json:
        _print_json(log_folders, language)
        return
    if not log_folders:
        shown = folder.resolve() if isinstance(folder, Path) else folder
        click.echo(f"no training logs below {clean(str(shown))}. To start:\n", err=True)
        click.echo('    import goodfit\n    with goodfit.Run("logs/first") as run:', err=True)
        click.echo('        run.log(step, {"loss": loss, "val_loss": val_loss})\n', err=True)
        click.echo("or see it at work: goodfit demo", err=True)
        return
    for log_folder in log_folders:
        _print_folder(log_folder, language)


@dataclass(slots=True)
class LeftOut:
    """What was not looked at."""

    refused: list[str] = field(default_factory=list)
    """Folders that may not be read."""
    is_cut: bool = False
    """Whether there were more folders than are looked at."""

    def tell(self) -> None:
        """Says it on stderr: what is missing from the list may lie there."""
        if self.refused:
            n_refused = count(len(self.refused), "folder")
            click.echo(f"{n_refused} may not be read, such as {clean(self.refused[0])!r}", err=True)
        if self.is_cut:
            click.echo(f"stopped after {count(MAX_FOLDERS, 'folder')}; name one that is nearer to the logs", err=True)


def _find_log_folders(folder: Path | Address, left_out: LeftOut) -> list[Path | Address]:
    """The log folders below a folder; an address is one by itself."""
    if not isinstance(folder, Path):
        return [folder]
    require_listing(folder)
    with progress("looking for event files") as line:
        found = []
        for run in walk_runs(folder, left_out):
            found.append(run)
            line.show(f"{len(found)} runs")
    return [folder / name for name in group_log_folders(found)]


def walk_runs(folder: Path, left_out: LeftOut | None = None) -> Iterator[str]:
    """Folders that directly hold event files, as paths below `folder` with forward slashes, `.` for itself; sorted.

    Args:
        folder: where to begin.
        left_out: told of what is not looked at.
    """
    left_out = left_out or LeftOut()
    stack: list[tuple[str, int]] = [(".", 0)]
    n_seen = 0
    while stack and n_seen < MAX_FOLDERS:
        name, depth = stack.pop()
        n_seen += 1
        try:
            with os.scandir(folder / name) as entries:
                listed = list(entries)
        except OSError:
            left_out.refused.append(name)
            continue
        below = []
        for entry in listed:
            is_shown = not entry.name.startswith(".") and entry.name not in SKIPPED
            if is_shown and depth < MAX_DEPTH and entry.is_dir(follow_symlinks=False):
                below.append(entry.name if name == "." else f"{name}/{entry.name}")
        if any("tfevents" in entry.name for entry in listed):
            yield name
        stack += [(child, depth + 1) for child in sorted(below, reverse=True)]
    left_out.is_cut = bool(stack)


def group_log_folders(runs: list[str]) -> list[str]:
    """The folders one would give to `goodfit LOGDIR`, sorted: below a usual name, else above the trainings.

    Example:
        >>> group_log_folders(["logs/fit/a/train", "logs/fit/a/validation", "old/b"])
        ['logs', 'old']
    """
    words = Words()
    found = set()
    for run in runs:
        parts = [] if run == "." else run.split("/")
        usual = next((place for place, part in enumerate(parts) if part.casefold() in LOG_FOLDER_NAMES), None)
        if usual is not None:
            found.add("/".join(parts[: usual + 1]))
            continue
        if parts and words.half_of(parts[-1], folder=True):
            parts = parts[:-1]
        found.add("/".join(parts[:-1]) or ".")
    # A folder inside another is shown with it.
    return [name for name in sorted(found) if not any(_is_inside(name, other) for other in found if other != name)]


def _is_inside(name: str, other: str) -> bool:
    return other == "." or name.startswith(f"{other}/")


@dataclass(frozen=True, slots=True)
class _Found:
    """What a log folder holds."""

    trainings: list[Training]
    verdicts: list[VerdictLine]
    n_damaged_files: int


def _judge(log_folder: Path | Address, language: Language) -> _Found:
    from goodfit.cli.verdict import verdict_of
    from goodfit.findings.engine import review_all
    from goodfit.query.logs import open as open_logs

    with progress(f"reading {clean(str(log_folder))}"), open_logs(log_folder) as logs:
        trainings = logs.list_trainings()
        issues = logs.issues
        verdicts = [
            verdict_of(training, answer, issues, language=language)
            for training, answer in zip(trainings, review_all(trainings), strict=True)
        ]
        # A torn tail is how a file looks while it is being written.
        damaged = {issue.path for issue in issues if issue.kind != "torn_tail"}
        return _Found(trainings, verdicts, len(damaged))


def _shown(log_folder: Path | Address) -> str:
    return os.path.normpath(log_folder) if isinstance(log_folder, Path) else str(log_folder)


def _print_folder(log_folder: Path | Address, language: Language) -> None:
    path = _shown(log_folder)
    found = _judge(log_folder, language)
    click.echo(f"{paint(clean(path), 'bold')}  {paint(f'goodfit {shlex.quote(clean(path))}', 'dim')} opens the page")
    rows = []
    for training, line in zip(found.trainings, found.verdicts, strict=True):
        mark, name, *rest = line.cells(training.name)
        rows.append((mark, name, training.state, *rest))
    for text in format_columns(rows):
        click.echo(f"  {text}")
    if found.n_damaged_files:
        hint = f"goodfit inspect {shlex.quote(clean(path))} says where"
        click.echo(f"  {count(found.n_damaged_files, 'damaged or unreadable file')}; {hint}", err=True)


def _print_json(log_folders: list[Path | Address], language: Language) -> None:
    import json

    answer: list[dict[str, Any]] = []
    for log_folder in log_folders:
        found = _judge(log_folder, language)
        trainings = [
            {"training": training.name, "state": training.state, "last_step": training.last_step,
             "verdict": line.word, "sentence": line.sentence}
            for training, line in zip(found.trainings, found.verdicts, strict=True)
        ]  # fmt: skip
        answer.append({"logdir": _shown(log_folder), "trainings": trainings})
    click.echo(json.dumps({"schema": 1, "log_folders": answer}, ensure_ascii=False, indent=1))
