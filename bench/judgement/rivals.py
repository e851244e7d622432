"""Other people's judges, where they are installed → whether a pair of curves overfits, by their defaults.

`--rivals PYTHON` of `python -m bench.judgement` names an interpreter in whose environment `trainspotter`, `losslint`
and `runmedic` (all on PyPI) are installed; any of them may be missing. This file runs there, imports nothing
of ours, and answers one JSON line for each JSON line it reads: {"train": [...], "validation": [...], "steps": [...]}.
"""

from __future__ import annotations

import contextlib
import importlib.util
import json
import math
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

Row = dict[str, Any]


def trainspotter(row: Row) -> bool:
    from trainspotter import Run, run_all  # type: ignore[import-not-found]

    run = Run()
    for step, train, validation in zip(row["steps"], row["train"], row["validation"], strict=True):
        run.add_point("train/loss", step, _number(train))
        run.add_point("eval/loss", step, _number(validation))
    run.finalize()
    # At any severity: beside what it takes for divergence it calls overfitting a note.
    return any(finding.detector == "overfitting" for finding in run_all(run))


def losslint(row: Row) -> bool:
    from losslint.checks import run_all_checks  # type: ignore[import-not-found]
    from losslint.parsing import load_run  # type: ignore[import-not-found]

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "log.csv"
        lines = ["step,loss,eval_loss"]
        for step, train, validation in zip(row["steps"], row["train"], row["validation"], strict=True):
            lines.append(f"{step},{_number(train)!r},{_number(validation)!r}")
        path.write_text("\n".join(lines) + "\n", encoding="utf-8")
        return any("overfit" in finding.check for finding in run_all_checks(load_run(path)))


def runmedic(row: Row) -> bool:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "log.csv"
        lines = ["step,train_loss,val_loss"]
        for step, train, validation in zip(row["steps"], row["train"], row["validation"], strict=True):
            lines.append(f"{step},{_number(train)!r},{_number(validation)!r}")
        path.write_text("\n".join(lines) + "\n", encoding="utf-8")
        return _runmedic_says(path)


def _runmedic_says(path: Path) -> bool:
    import io

    from runmedic.cli import main  # type: ignore[import-not-found]

    answer = io.StringIO()
    with contextlib.redirect_stdout(answer), contextlib.suppress(SystemExit):
        main(["diagnose", str(path), "--json"])
    return '"overfitting"' in answer.getvalue()


RIVALS: dict[str, Callable[[Row], bool]] = {"trainspotter": trainspotter, "losslint": losslint, "runmedic": runmedic}


def ask(python: Path, rows: list[Row]) -> dict[str, list[bool]]:
    """What each rival that `python` has says of each row."""
    text = "\n".join(json.dumps(row) for row in rows) + "\n"
    answer = subprocess.run([str(python), __file__], input=text, capture_output=True, text=True, check=True)
    said: dict[str, list[bool]] = {}
    for line in answer.stdout.splitlines():
        for name, verdict in json.loads(line).items():
            said.setdefault(name, []).append(verdict)
    return said


def _number(value: float | None) -> float:
    return math.nan if value is None else float(value)


def _answers() -> Iterator[dict[str, bool]]:
    installed = {name: judge for name, judge in RIVALS.items() if importlib.util.find_spec(name) is not None}
    for line in sys.stdin:
        row = json.loads(line)
        verdicts = {}
        for name, judge in installed.items():
            try:
                verdicts[name] = judge(row)
            except Exception as error:  # noqa: BLE001  a rival that fails on a curve says nothing of it
                print(f"{name}: {error!r}", file=sys.stderr)
                verdicts[name] = False
        yield verdicts


if __name__ == "__main__":
    for verdicts in _answers():
        print(json.dumps(verdicts))
