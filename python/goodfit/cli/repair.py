"""A damaged event file → a clean copy: every readable record, in order. The original is only read."""

from __future__ import annotations

import json
from pathlib import Path

import click

from goodfit.cli.output import clean, progress
from goodfit.cli.whole_file import require_place, whole_file
from goodfit.errors import BadArgument, LogFolderError, NotAnEventFile


@click.command(
    epilog="""\b
Example:
  goodfit repair logs/exp1/events.out.tfevents.1700000000.host.1.0 --out repaired.tfevents
""",
)
@click.argument("file", metavar="FILE", type=click.Path(path_type=Path, readable=False))
@click.option("--out", required=True, metavar="FILE", type=click.Path(path_type=Path), help="The copy; must not exist.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def command(file: Path, out: Path, as_json: bool) -> None:
    """Write a clean copy of a damaged event file: every readable record, in order. The original is not touched."""
    from goodfit import _core

    if not file.is_file():
        seen = "is a folder, wanted one event file" if file.is_dir() else "does not exist"
        raise LogFolderError(f"{clean(str(file))!r} {seen}.", hint="goodfit inspect LOGDIR names the files")
    if out.exists():
        raise BadArgument(f"--out {clean(str(out))!r} exists; nothing was written.", hint="name a new file")
    require_place(out)
    try:
        size_bytes = file.stat().st_size
        file.open("rb").close()
    except OSError as error:
        raise LogFolderError(
            f"{clean(str(file))!r} cannot be read: {error.strerror or error}. Nothing was written.",
            hint="look at its owner and rights: ls -l",
        ) from error
    with whole_file(out) as path, progress("repair") as line:
        line.show(f"{size_bytes:,} bytes")
        n_records, n_bytes, left_out = _core.copy_records(file, path)
        if not n_records and size_bytes:
            raise NotAnEventFile(
                f"{clean(str(file))!r} holds no readable record; nothing was written.",
                hint="event files are named events.out.tfevents.…",
            )
    n_lost = sum(skipped for _, _, skipped in left_out)
    if as_json:
        issues = [{"offset": at, "kind": kind, "skipped_bytes": skipped} for at, kind, skipped in left_out]
        report = {"schema": 1, "out": str(out), "n_records": n_records, "n_bytes": n_bytes, "left_out": issues}
        click.echo(json.dumps(report, ensure_ascii=False))
        return
    for at, kind, skipped in left_out:
        click.echo(f"left out: {kind} at byte {at:,}, {skipped:,} bytes")
    click.echo(f"{n_records:,} records, {n_bytes:,} bytes → {clean(str(out))}; {n_lost:,} bytes left out")
