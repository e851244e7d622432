"""Scalar points → a file of every recorded point, exact: CSV, JSON lines, Parquet or Arrow by the ending.

Numbers are written as the shortest text that reads back as the same number (Python's repr); NaN and infinities stay.
Series are written one after another, so that memory grows with the longest of them, not with the folder; but for
Parquet and Arrow where only polars is installed, which writes a table as a whole.
"""

from __future__ import annotations

import shlex
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

import click

from goodfit.cli.log_folder import COMPAT, LOG_FOLDER
from goodfit.cli.output import clean, count, progress
from goodfit.cli.whole_file import require_place, whole_file
from goodfit.errors import BadArgument, MissingExtra

if TYPE_CHECKING:
    from goodfit.query.compat import Reading
    from goodfit.remote.address import Address
    from goodfit.types import Scalars, SeriesInfo, SeriesKey

CHUNK_POINTS = 65_536
ENDINGS = (".csv", ".jsonl", ".parquet", ".arrow")


@click.command(
    epilog="""\b
Examples:
  goodfit export logs/fit --out points.csv
  goodfit export logs/fit --out losses.parquet --tags 'loss$' --runs '^exp1'
  goodfit export logs/fit --out - | head
""",
)
@click.argument("logdir", type=LOG_FOLDER)
@click.option(
    "--out", required=True, metavar="FILE", help="Ends in .csv, .jsonl, .parquet or .arrow; - writes CSV to stdout."
)
@click.option("--runs", metavar="REGEX", help="Only runs in whose name this is found.")
@click.option("--tags", metavar="REGEX", help="Only tags in which this is found.")
@COMPAT
def command(logdir: Path | Address, out: str, runs: str | None, tags: str | None, compat: Reading | None) -> None:
    """Write every scalar point to a file: run, tag, step, wall_time, value."""
    from goodfit.query.logs import open as open_logs

    ending = ".csv" if out == "-" else Path(out).suffix.casefold()
    if ending not in ENDINGS:
        seen = f"ends in {ending!r}" if ending else "has no ending"
        raise BadArgument(f"--out {clean(out)!r} {seen}, wanted one of {', '.join(ENDINGS)}.", hint="--out points.csv")
    if out != "-":
        require_place(Path(out))
    with open_logs(logdir, compat=compat) as logs, progress("export") as line:
        infos = [info for info in logs.list_series(runs=runs, tags=tags) if info.kind == "scalar"]
        total = sum(info.n_points for info in infos)
        done = 0

        def series() -> Iterator[tuple[SeriesKey, Scalars]]:
            nonlocal done
            for info in infos:
                points = logs.store.read_scalars(info.key)
                yield info.key, points
                done += len(points.steps)
                line.show(f"{done:,} of {total:,} points")

        _write(series(), infos, out, ending)
        # A torn tail is how a file looks while it is being written.
        damaged = {issue.path for issue in logs.issues if issue.kind != "torn_tail"}
    n_runs = len({info.key.run for info in infos})
    what = f"{count(done, 'point')} of {count(len(infos), 'series')} in {count(n_runs, 'run')}"
    click.echo(f"{what} → {'stdout' if out == '-' else clean(out)}", err=True)
    if damaged:
        files = count(len(damaged), "damaged or unreadable file")
        hint = f"goodfit inspect {shlex.quote(clean(str(logdir)))} says where"
        click.echo(f"{files}, of which only what could be read is there; {hint}", err=True)
    if not infos:
        click.echo("hint: no scalar series matched; `goodfit inspect` lists what is there", err=True)


def _write(series: Iterator[tuple[SeriesKey, Scalars]], infos: list[SeriesInfo], out: str, ending: str) -> None:
    if out == "-":
        _write_csv(series, sys.stdout)
        return
    with whole_file(Path(out)) as path:
        if ending == ".csv":
            with path.open("w", encoding="utf-8", errors="surrogateescape", newline="") as file:
                _write_csv(series, file)
        elif ending == ".jsonl":
            with path.open("w", encoding="utf-8", newline="\n") as file:
                _write_jsonl(series, file)
        else:
            _write_arrow(series, infos, path, ending)


def _chunks(points: Scalars) -> Iterator[tuple[list[int], list[float], list[float]]]:
    for start in range(0, len(points.steps), CHUNK_POINTS):
        part = slice(start, start + CHUNK_POINTS)
        yield points.steps[part].tolist(), points.wall_times[part].tolist(), points.values[part].tolist()


def _write_csv(series: Iterator[tuple[SeriesKey, Scalars]], file: IO[str]) -> None:
    file.write("run,tag,step,wall_time,value\n")
    for key, points in series:
        names = f"{_csv_cell(key.run)},{_csv_cell(key.tag)}"
        for steps, wall_times, values in _chunks(points):
            file.write(
                "".join(
                    f"{names},{step},{wall_time!r},{value!r}\n"
                    for step, wall_time, value in zip(steps, wall_times, values, strict=True)
                )
            )


def _csv_cell(text: str) -> str:
    """A name as RFC 4180 wants it: quoted when it holds a comma, a quote or a line end."""
    return '"' + text.replace('"', '""') + '"' if any(mark in text for mark in ',"\r\n') else text


def _write_jsonl(series: Iterator[tuple[SeriesKey, Scalars]], file: IO[str]) -> None:
    import json

    for key, points in series:
        head = f'{{"run": {json.dumps(key.run)}, "tag": {json.dumps(key.tag)}, "step": '
        for steps, wall_times, values in _chunks(points):
            file.write(
                "".join(
                    f'{head}{step}, "wall_time": {_json_number(wall_time)}, "value": {_json_number(value)}}}\n'
                    for step, wall_time, value in zip(steps, wall_times, values, strict=True)
                )
            )


def _json_number(value: float) -> str:
    # JSON has no NaN; these words are what json.loads and JavaScript's Number() read.
    if value != value:
        return "NaN"
    return repr(value) if abs(value) != float("inf") else ("Infinity" if value > 0 else "-Infinity")


def _write_arrow(series: Iterator[tuple[SeriesKey, Scalars]], infos: list[SeriesInfo], path: Path, ending: str) -> None:
    try:
        import pyarrow as pa  # type: ignore[import-untyped]
        import pyarrow.parquet as pq  # type: ignore[import-untyped]
    except ImportError as error:
        _write_polars(series, infos, path, ending, error)
        return

    runs = sorted({info.key.run for info in infos})
    tags = sorted({info.key.tag for info in infos})
    run_code, tag_code = ({name: code for code, name in enumerate(names)} for names in (runs, tags))
    name_type = pa.dictionary(pa.int32(), pa.string())
    types = (name_type, name_type, pa.int64(), pa.float64(), pa.float64())
    schema = pa.schema(list(zip(("run", "tag", "step", "wall_time", "value"), types, strict=True)))
    names = {"run": pa.array(runs, pa.string()), "tag": pa.array(tags, pa.string())}

    def batches() -> Iterator[Any]:
        # One dictionary for the whole file: the Arrow file format allows no other.
        pending: list[tuple[SeriesKey, Scalars]] = []
        n_pending = 0
        for key, points in series:
            pending.append((key, points))
            n_pending += len(points.steps)
            if n_pending >= CHUNK_POINTS:
                yield from batch(pending)
                pending, n_pending = [], 0
        yield from batch(pending)

    def batch(pending: list[tuple[SeriesKey, Scalars]]) -> Iterator[Any]:
        import numpy as np

        if not pending:
            return
        lengths = [len(points.steps) for _, points in pending]
        codes = {
            "run": np.repeat(np.array([run_code[key.run] for key, _ in pending], np.int32), lengths),
            "tag": np.repeat(np.array([tag_code[key.tag] for key, _ in pending], np.int32), lengths),
        }
        columns = [pa.DictionaryArray.from_arrays(pa.array(codes[name]), names[name]) for name in ("run", "tag")]
        columns += [
            pa.array(np.concatenate([getattr(points, field) for _, points in pending]), from_pandas=False)
            for field in ("steps", "wall_times", "values")
        ]
        yield pa.record_batch(columns, schema=schema)

    # Opened here: pyarrow and polars refuse a path that is no UTF-8.
    with path.open("wb") as file:
        new_writer = pq.ParquetWriter if ending == ".parquet" else pa.ipc.new_file
        with new_writer(file, schema) as writer:
            for part in batches():
                writer.write_batch(part)


def _write_polars(
    series: Iterator[tuple[SeriesKey, Scalars]], infos: list[SeriesInfo], path: Path, ending: str, why: ImportError
) -> None:
    try:
        import polars as pl
    except ImportError:
        raise MissingExtra.named("pyarrow", "arrow", f"writing {ending} files") from why

    run_type = pl.Enum(sorted({info.key.run for info in infos}))
    tag_type = pl.Enum(sorted({info.key.tag for info in infos}))
    schema = pl.Schema(
        {"run": run_type, "tag": tag_type, "step": pl.Int64(), "wall_time": pl.Float64(), "value": pl.Float64()}
    )
    parts = [
        pl.DataFrame(
            {
                "run": pl.repeat(key.run, len(points.steps), dtype=run_type, eager=True),
                "tag": pl.repeat(key.tag, len(points.steps), dtype=tag_type, eager=True),
                "step": points.steps,
                "wall_time": points.wall_times,
                "value": points.values,
            },
            schema=schema,
        )
        for key, points in series
    ]
    table = pl.concat([pl.DataFrame(schema=schema), *parts])
    with path.open("wb") as file:
        if ending == ".parquet":
            table.write_parquet(file)
        else:
            table.write_ipc(file)
