"""Other people's judges, where they are installed → whether a pair of curves overfits, by
their defaults and by other settings.

`--rivals PYTHON` of `python -m bench.judgement` names an interpreter in whose environment `trainspotter`, `losslint`
and `runmedic` (all on PyPI) are installed; any of them may be missing. This file runs there, as `rivals.py NAME
SETTING`, imports nothing of ours, and answers each JSON line {"train": [...], "validation": [...], "steps": [...]} with
one of true and false. A rival that fails on a curve ends its process: it says nothing of that curve, and another goes
on with the next.
"""

from __future__ import annotations

import contextlib
import json
import math
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

Row = dict[str, Any]
Setting = dict[str, Any]


def trainspotter(row: Row, setting: Setting) -> bool:
    from trainspotter import Run  # type: ignore[import-not-found]
    from trainspotter.detectors import OverfittingDetector  # type: ignore[import-not-found]

    run = Run()
    for step, train, validation in zip(row["steps"], row["train"], row["validation"], strict=True):
        run.add_point("train/loss", step, _number(train))
        run.add_point("eval/loss", step, _number(validation))
    run.finalize()
    # Its other detectors can only make of the finding a note, beside what they take for divergence; it counts as well.
    return bool(OverfittingDetector(**setting).run(run))


def losslint(row: Row, setting: Setting) -> bool:
    from losslint.checks import CheckOptions, run_all_checks  # type: ignore[import-not-found]
    from losslint.parsing import load_run  # type: ignore[import-not-found]

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "log.csv"
        lines = ["step,loss,eval_loss"]
        for step, train, validation in zip(row["steps"], row["train"], row["validation"], strict=True):
            lines.append(f"{step},{_number(train)!r},{_number(validation)!r}")
        path.write_text("\n".join(lines) + "\n", encoding="utf-8")
        return any("overfit" in finding.check for finding in run_all_checks(load_run(path), CheckOptions(**setting)))


def runmedic(row: Row, setting: Setting) -> bool:
    """It takes no settings; what can be chosen is how severe a finding must be to count."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "log.csv"
        lines = ["step,train_loss,val_loss"]
        for step, train, validation in zip(row["steps"], row["train"], row["validation"], strict=True):
            lines.append(f"{step},{_number(train)!r},{_number(validation)!r}")
        path.write_text("\n".join(lines) + "\n", encoding="utf-8")
        return _runmedic_says(path, setting)


def _runmedic_says(path: Path, setting: Setting) -> bool:
    import io

    from runmedic.cli import main  # type: ignore[import-not-found]

    answer = io.StringIO()
    with contextlib.redirect_stdout(answer), contextlib.suppress(SystemExit):
        main(["diagnose", str(path), "--json"])
    counted = setting.get("severities", ["info", "warning", "error", "critical"])
    return any(
        finding["check"] == "overfitting" and finding["severity"] in counted
        for run in json.loads(answer.getvalue() or "[]")
        for finding in run["findings"]
    )


RIVALS: dict[str, Callable[[Row, Setting], bool]] = {
    "trainspotter": trainspotter, "losslint": losslint, "runmedic": runmedic,
}  # fmt: skip

DEFAULTS: dict[str, list[Setting]] = {name: [{}] for name in RIVALS}

SETTINGS: dict[str, list[Setting]] = {
    "trainspotter": [
        {"alpha": alpha, "min_rise": rise, "min_points_after": points}
        for alpha in (0.1, 0.01, 0.001) for rise in (0.01, 0.02, 0.04) for points in (3, 6)
    ],
    "losslint": [
        {"overfit_min_worsen": worsen, "stagnation_min_improvement": gain}
        for worsen in (1, 2, 3, 4, 6) for gain in (0.01, 0.1)
    ],
    "runmedic": [{}, {"severities": ["warning", "error", "critical"]}],
}  # fmt: skip
"""What can be tuned of each, and between which values."""


def ask(python: Path, rows: list[Row], settings: dict[str, list[Setting]]) -> dict[str, list[list[bool]]]:
    """What each rival that `python` has says of each row, a list for each of its settings."""
    return {
        name: [_ask_rival(python, name, setting, rows) for setting in of_rival]
        for name, of_rival in settings.items()
        if _is_installed(python, name)
    }


def _is_installed(python: Path, name: str) -> bool:
    code = f"import importlib.util; print(importlib.util.find_spec({name!r}) is not None)"
    return subprocess.run([str(python), "-c", code], capture_output=True, text=True, check=True).stdout == "True\n"


def _ask_rival(python: Path, name: str, setting: Setting, rows: list[Row]) -> list[bool]:
    """One answer for each row; where its process ends before the last row, the row it ended at is answered by no."""
    said: list[bool] = []
    while len(said) < len(rows):
        text = "".join(json.dumps(row) + "\n" for row in rows[len(said) :])
        command = [str(python), __file__, name, json.dumps(setting)]
        answer = subprocess.run(command, input=text, capture_output=True, text=True, check=False)
        said += [line == "true" for line in answer.stdout.split()]
        if len(said) < len(rows):
            print(f"{name}: {(answer.stderr.splitlines() or ['no reason given'])[-1]}", file=sys.stderr)
            said.append(False)
    return said


def _number(value: float | None) -> float:
    return math.nan if value is None else float(value)


def main() -> None:
    judge, setting = RIVALS[sys.argv[1]], json.loads(sys.argv[2])
    for line in sys.stdin:
        with contextlib.redirect_stdout(sys.stderr):  # some of them print
            verdict = judge(json.loads(line), setting)
        print(json.dumps(verdict), flush=True)


if __name__ == "__main__":
    main()
