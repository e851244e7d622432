"""Rows of a folder of real learning curves → curves with the labels that can honestly be derived from them.

Labels: `not` certainly does not overfit at its end; `overfit` blatantly does; everything between has no truth.
`diverged` and `finite` are for learning-rate sweeps (DeepOBS); a run that exploded and came back has no label.
"""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from bench.judgement.detectors import Array, Curves


@dataclass(frozen=True)
class RealCurve:
    """One row with its labels; None where there is no truth."""

    source: str
    task: str
    curves: Curves
    overfit: bool | None
    diverged: bool | None


def read_folder(folder: Path) -> Iterator[RealCurve]:
    """Every row of the `*.jsonl.gz` files of a folder."""
    for path in sorted(folder.glob("*.jsonl.gz")):
        with gzip.open(path, "rt", encoding="utf-8") as file:
            for line in file:
                yield _label(json.loads(line))


def _values(values: list[float | None] | None) -> Array | None:
    return None if values is None else np.array([np.nan if x is None else x for x in values], dtype=np.float64)


def _label(row: dict[str, object]) -> RealCurve:
    validation = _values(row["validation"])  # type: ignore[arg-type]
    assert validation is not None
    train = _values(row["train"])  # type: ignore[arg-type]
    steps = np.asarray(row["steps"], dtype=np.int64)
    train_steps = None if row.get("train_steps") is None else np.asarray(row["train_steps"], dtype=np.int64)
    curves = Curves(train, validation, steps, train_steps, str(row["direction"]))
    return RealCurve(
        source=str(row["source"]),
        task=str(row["task"]),
        curves=curves,
        overfit=_overfit_label(curves),
        diverged=_divergence_label(curves) if row["source"] == "deepobs" and row["metric"] == "loss" else None,
    )


def _overfit_label(curves: Curves) -> bool | None:
    finite = curves.validation[np.isfinite(curves.validation)]
    if curves.direction != "min" or finite.size < 20 or finite.min() <= 0:
        return None
    lowest = float(finite.min())
    end = finite[-max(1, round(0.05 * finite.size)) :]
    if float(end.mean()) <= 1.001 * lowest:
        return False
    train, validation = curves.oriented()
    if train is None or not np.isfinite(validation).all() or not np.isfinite(train).all():
        return None
    best = int(np.argmin(validation))
    n_tail = max(1, round(0.1 * validation.size))
    is_late = best >= 0.6 * validation.size
    if float(finite[-n_tail:].mean()) < 1.3 * lowest or is_late:
        return None
    return True if float(train[-n_tail:].mean()) <= 0.95 * float(train[best]) else None


def _divergence_label(curves: Curves) -> bool | None:
    train = curves.train
    if train is None:
        return None
    if not np.isfinite(train).all() or not np.isfinite(curves.validation).all():
        return True
    first, final = float(train[0]), float(np.median(train[-3:]))
    if final > 2 * first:
        return True
    return None if float(train.max()) > 2 * first else False
