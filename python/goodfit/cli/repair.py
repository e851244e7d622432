"""A damaged event file → a clean copy: every readable record, in order. The original is only read."""

from __future__ import annotations

import json
import os
from pathlib import Path

import click

from goodfit.cli.output import clean, progress
from goodfit.errors import BadArgument, LogFolderError, NotAnEventFile


@click.command()
@click.argument("file", metavar="FILE", type=click.Path(path_type=Path))
@click.option("--out", required=True, metavar="FILE", type=click.Path(path_type=Path), help="The copy; must not exist.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def command(file: Path, out: Path, as_json: bool) -> None:
    """Write a clean copy of a damaged event file: every readable record, in order.

    \b
    goodfit repair events.out.tfevents.1700000000.host.1.0 --out repaired/events.out.tfevents.1700000000.host.1.0
    """
    from goodfit import _core

    if not file.is_file():
        raise LogFolderError(f"{clean(str(file))!r} is not a file.", hint="goodfit inspect LOGDIR names the files")
    if out.exists():
        raise BadArgument(f"--out {clean(str(out))!r} exists; nothing was written.", hint="name a new file")
    # Written beside and renamed at the end: a stopped repair leaves no half file under the name.
    partial = out.with_name(f"{out.name}.{os.getpid()}.partial")
    try:
        with progress("repair") as line:
            line.show(f"{file.stat().st_size:,} bytes")
            n_records, n_bytes, left_out = _core.copy_records(file, partial)
        if not n_records and file.stat().st_size:
            raise NotAnEventFile(f"{clean(str(file))!r} holds no readable record; nothing was written.")
        partial.replace(out)
    except OSError as error:
        raise LogFolderError(
            f"The copy could not be made: {error.strerror or error}; the original is as it was."
        ) from error
    finally:
        partial.unlink(missing_ok=True)
    n_lost = sum(skipped for _, _, skipped in left_out)
    if as_json:
        issues = [{"offset": at, "kind": kind, "skipped_bytes": skipped} for at, kind, skipped in left_out]
        report = {"schema": 1, "out": str(out), "n_records": n_records, "n_bytes": n_bytes, "left_out": issues}
        click.echo(json.dumps(report, ensure_ascii=False))
        return
    for at, kind, skipped in left_out:
        click.echo(f"left out: {kind} at byte {at:,}, {skipped:,} bytes")
    click.echo(f"{n_records:,} records, {n_bytes:,} bytes → {clean(str(out))}; {n_lost:,} bytes left out")
