"""The current folder → one line a training: mark, name, curve, verdict; and how to open the page on them."""

from __future__ import annotations

import os
import shlex
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from goodfit.cli.language import language_option
from goodfit.cli.log_folder import LogFolder, require_listing
from goodfit.cli.output import clean, format_columns, paint, progress, terminal_width
from goodfit.cli.search import LeftOut, group_log_folders, walk_runs
from goodfit.config import Language

if TYPE_CHECKING:
    from goodfit.cli.verdict import VerdictLine
    from goodfit.query.training import Training
    from goodfit.remote.address import Address

_TEXT: dict[Language, dict[str, str]] = {
    "en": {
        "opens": "{command} opens the page",
        "damaged": "damaged or unreadable files: {n}; {command} says where",
        "nothing": "no training logs below {folder}. To start:",
        "demo": "or see it at work: goodfit demo",
        "refused": "folders that may not be read: {n}, such as {name!r}",
        "cut": "stopped after {n} folders; name one that is nearer to the logs",
    },
    "ko": {
        "opens": "페이지 열기: {command}",
        "damaged": "손상되었거나 읽을 수 없는 파일 {n}개. 위치 확인: {command}",
        "nothing": "학습 로그가 없습니다: {folder}. 시작하려면:",
        "demo": "또는 데모 보기: goodfit demo",
        "refused": "읽을 권한이 없는 폴더 {n}개, 예: {name!r}",
        "cut": "폴더 {n}개까지만 찾았습니다. 로그에 더 가까운 폴더를 적어 주세요.",
        "running": "실행 중",
        "finished": "완료",
        "failed": "실패",
        "killed": "강제 종료",
        "stalled": "멈춤",
    },
}


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
    _tell(left_out, language)
    if as_json:
        _print_json(log_folders, language)
        return
    if not log_folders:
        shown = folder.resolve() if isinstance(folder, Path) else folder
        click.echo(_TEXT[language]["nothing"].format(folder=clean(str(shown))) + "\n", err=True)
        click.echo('    import goodfit\n    with goodfit.Run("logs/first") as run:', err=True)
        click.echo('        run.log(step, {"loss": loss, "val_loss": val_loss})\n', err=True)
        click.echo(_TEXT[language]["demo"], err=True)
        return
    for log_folder in log_folders:
        _print_folder(log_folder, language)


def _tell(left_out: LeftOut, language: Language) -> None:
    """Says on stderr what was not looked at: what is missing from the list may lie there."""
    text = _TEXT[language]
    if left_out.refused:
        click.echo(text["refused"].format(n=f"{len(left_out.refused):,}", name=clean(left_out.refused[0])), err=True)
    if left_out.n_folders:
        click.echo(text["cut"].format(n=f"{left_out.n_folders:,}"), err=True)


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
    text, quoted = _TEXT[language], shlex.quote(clean(path))
    click.echo(f"{paint(clean(path), 'bold')}  {text['opens'].format(command=paint(f'goodfit {quoted}', 'dim'))}")
    rows = []
    for training, line in zip(found.trainings, found.verdicts, strict=True):
        mark, name, *rest = line.cells(training.name)
        rows.append((mark, name, text.get(training.state, training.state), *rest))
    width = terminal_width()
    for row in format_columns(rows, width=width and width - 2):
        click.echo(f"  {row}")
    if found.n_damaged_files:
        damaged = text["damaged"].format(n=f"{found.n_damaged_files:,}", command=f"goodfit inspect {quoted}")
        click.echo(f"  {damaged}", err=True)


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
