"""Other people's judges, where they are installed → whether a pair of curves overfits, by
their defaults and by other settings.

`--rivals PYTHON` of `python -m bench.judgement` names an interpreter in whose environment `trainspotter`, `losslint`
and `runmedic` (all on PyPI) are installed; any of them may be missing. This file runs there, imports nothing
of ours, reads the settings to try as one JSON line, and answers one JSON line for each that follows:
{"train": [...], "validation": [...], "steps": [...]}.
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
    text = "\n".join(json.dumps(row) for row in (settings, *rows)) + "\n"
    answer = subprocess.run([str(python), __file__], input=text, capture_output=True, text=True, check=True)
    said: dict[str, list[list[bool]]] = {}
    for line in answer.stdout.splitlines():
        for name, verdicts in json.loads(line).items():
            of_settings = said.setdefault(name, [[] for _ in verdicts])
            for own, verdict in zip(of_settings, verdicts, strict=True):
                own.append(verdict)
    return said


def _number(value: float | None) -> float:
    return math.nan if value is None else float(value)


def _answers() -> Iterator[dict[str, list[bool]]]:
    settings = json.loads(next(sys.stdin))
    installed = {name: judge for name, judge in RIVALS.items() if importlib.util.find_spec(name) is not None}
    for line in sys.stdin:
        row = json.loads(line)
        yield {name: [_judge(name, judge, row, each) for each in settings[name]] for name, judge in installed.items()}


def _judge(name: str, judge: Callable[[Row, Setting], bool], row: Row, setting: Setting) -> bool:
    try:
        return judge(row, setting)
    except Exception as error:  # noqa: BLE001  a rival that fails on a curve says nothing of it
        print(f"{name}: {error!r}", file=sys.stderr)
        return False


if __name__ == "__main__":
    for verdicts in _answers():
        print(json.dumps(verdicts))
