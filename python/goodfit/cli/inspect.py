"""Event files → their health: records, tags, kinds, steps, restarts, and damage with byte offsets.

Without the cache: what was read once may have been damaged since.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from goodfit.cli.log_folder import COMPAT, LOG_FOLDER
from goodfit.cli.output import clean, count, progress
from goodfit.errors import LogFolderError, NotAnEventFile

if TYPE_CHECKING:
    from goodfit.query.compat import Reading
    from goodfit.remote.address import Address
    from goodfit.store.store import Store
    from goodfit.types import FileInfo, ReadIssue, SeriesInfo

MAX_RESTARTS = 100
"""Restarts listed of one run or file; all are counted."""
SHOWN_TAGS = 20
"""Tags printed of one run; `--json` has them all."""


@click.command(
    epilog="""\b
Examples:
  goodfit inspect logs/fit
  goodfit inspect logs/fit/exp1/events.out.tfevents.1700000000.host.1.0
  goodfit inspect logs/fit --json
""",
)
@click.argument("path", metavar="LOGDIR_OR_FILE", type=LOG_FOLDER)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@COMPAT
@click.pass_context
def command(context: click.Context, path: Path | Address, as_json: bool, compat: Reading | None) -> None:
    """Say what event files hold and where they are damaged; exit 1 when they are."""
    from goodfit.query.compat_store import open_store

    if isinstance(path, Path) and not path.exists():
        raise LogFolderError(f"there is no folder or file {clean(str(path))!r}.", hint="goodfit inspect LOGDIR_OR_FILE")
    with progress("inspect") as line:
        line.show("reading")
        store = open_store(path, compat=compat)
        store.refresh()
        report = _make_report(store, path, compat)
    if isinstance(path, Path):
        _refuse_other_files(path, report)
    elif store.is_nowhere:
        raise LogFolderError(f"there is nothing at {clean(str(path))!r}.", hint="goodfit inspect s3://BUCKET/PREFIX")
    if as_json:
        click.echo(json.dumps(report, ensure_ascii=False))
    else:
        _print_report(report)
    # A torn tail is the normal state of a file that is being written.
    if any(issue["kind"] != "torn_tail" for issue in report["file_issues"]):
        context.exit(1)


def _refuse_other_files(path: Path, report: dict[str, Any]) -> None:
    file = report["files"][0] if path.is_file() and report["files"] else None
    if file is not None and file["size_bytes"] and not file["n_records"] and "tfevents" not in path.name:
        raise NotAnEventFile(
            f"no event record is in {clean(str(path))!r} ({file['size_bytes']:,} bytes).",
            hint="event files are named events.out.tfevents.…",
        )


def _make_report(store: Store, path: Path | Address, compat: Reading | None) -> dict[str, Any]:
    issues = store.list_issues()
    files = store.list_files()
    by_run: dict[str, list[FileInfo]] = {}
    for file in files:
        by_run.setdefault(file.run, []).append(file)
    runs = [_describe_run(store, run, by_run.get(run, [])) for run in store.list_runs()]
    return {
        "schema": 1,
        "path": str(path),
        "files": [_describe_file(store, file, len(by_run[file.run]), issues, compat) for file in files],
        "runs": runs,
        "file_issues": [_describe_issue(issue) for issue in issues],
    }


def _describe_run(store: Store, run: str, files: list[FileInfo]) -> dict[str, Any]:
    return {
        "run": run,
        "n_files": len(files),
        "file_version": store.read_file_version(run) or None,
        "n_records": sum(file.n_records for file in files),
        **_describe_series(store, store.list_series(run)),
        "sessions": [
            {"status": session.status, "step": session.step, "wall_time": session.wall_time, "message": session.message}
            for session in store.list_sessions(run)
        ],
    }


def _describe_file(
    store: Store, file: FileInfo, n_files: int, issues: list[ReadIssue], compat: Reading | None
) -> dict[str, Any]:
    """One file; where several share a run, its own series are read apart, with the kinds that the run gives them."""
    from goodfit.query.compat_store import open_store

    own, infos = store, store.list_series(file.run)
    if n_files > 1:
        own = open_store(store.logdir / file.path, compat=compat)
        own.refresh()
        infos = own.list_series()
    described = _describe_series(own, infos)
    kinds = {info.key.tag: info.kind for info in store.list_series(file.run)}
    for tag in described["tags"]:
        tag["kind"] = kinds.get(tag["tag"], tag["kind"])
    return {
        "path": file.path,
        "run": file.run,
        "size_bytes": file.size_bytes,
        "read_bytes": file.read_bytes,
        "n_records": file.n_records,
        **described,
        "issues": [_describe_issue(issue) for issue in issues if issue.path == file.path],
    }


def _describe_series(store: Store, infos: Iterable[SeriesInfo]) -> dict[str, Any]:
    """Tags with their kinds and step ranges, the range over all, and every place where steps go back."""
    tags: list[dict[str, Any]] = []
    restarts: list[dict[str, Any]] = []
    n_restarts = 0
    for info in infos:
        if info.kind == "scalar":
            scalars = store.read_scalars(info.key)
            steps, segments = scalars.steps, scalars.segments[1:]
        else:
            steps, segments = store.read_blobs(info.key).steps, ()
        n_restarts += len(segments)
        for start in segments[: MAX_RESTARTS - len(restarts)]:
            restarts.append({"tag": info.key.tag, "from_step": int(steps[start - 1]), "to_step": int(steps[start])})
        tags.append(
            {
                "tag": info.key.tag,
                "kind": info.kind,
                "plugin": info.plugin,
                "n_points": info.n_points,
                "first_step": info.first_step,
                "last_step": info.last_step,
                "min_step": int(steps.min()) if len(steps) else info.first_step,
                "max_step": int(steps.max()) if len(steps) else info.last_step,
                "n_restarts": len(segments),
            }
        )
    return {
        "min_step": min((tag["min_step"] for tag in tags), default=None),
        "max_step": max((tag["max_step"] for tag in tags), default=None),
        "n_points": sum(tag["n_points"] for tag in tags),
        "tags": tags,
        "n_restarts": n_restarts,
        "restarts": restarts,
    }


def _describe_issue(issue: ReadIssue) -> dict[str, Any]:
    return {
        "path": issue.path,
        "offset": issue.offset,
        "kind": issue.kind,
        "skipped_bytes": issue.skipped_bytes,
        "detail": issue.detail,
    }


def _print_report(report: dict[str, Any]) -> None:
    for run in report["runs"]:
        steps = "no steps" if run["min_step"] is None else f"steps {run['min_step']:,} to {run['max_step']:,}"
        click.echo(
            f"{clean(run['run'])}: {count(run['n_files'], 'file')}, {count(run['n_records'], 'record')}, "
            f"{count(run['n_points'], 'point')} of {count(len(run['tags']), 'tag')}, {steps}"
        )
        for tag in run["tags"][:SHOWN_TAGS]:
            restarts = f", goes back {count(tag['n_restarts'], 'time')}" if tag["n_restarts"] else ""
            click.echo(
                f"  {tag['kind']:14} {clean(tag['tag'])[:80]}: {count(tag['n_points'], 'point')}, "
                f"steps {tag['min_step']:,} to {tag['max_step']:,}{restarts}"
            )
        if len(run["tags"]) > SHOWN_TAGS:
            click.echo(f"  … and {count(len(run['tags']) - SHOWN_TAGS, 'tag')} more (--json lists them all)")
    if not report["runs"]:
        click.echo("no event files")
    for issue in report["file_issues"]:
        if issue["kind"] == "unreadable":
            click.echo(f"{clean(issue['path'])}: cannot be read: {clean(issue['detail'])}")
            continue
        detail = f" ({clean(issue['detail'])})" if issue["detail"] else ""
        click.echo(
            f"{clean(issue['path'])}: {issue['kind']} at byte {issue['offset']:,}, "
            f"{count(issue['skipped_bytes'], 'byte')} skipped{detail}"
        )
    if report["runs"] and not report["file_issues"]:
        click.echo("no damage")
