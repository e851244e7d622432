"""Whole curves, real and generated → the cases that networks learn to forecast from, and how much each counts.

A case is a past, a time ahead and what came. Cases are grouped into cells: a real source, a kind of generated curves,
at one of five ranges of how far ahead is asked. Cells weigh alike within their source, and an error counts against what
the best of last value, best so far and pow3 miss in its cell on average: so an end that is nearly seen is learnt as
eagerly as one that is far off, and what is measured is what is trained.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from pathlib import Path

import numpy as np
from bench.judgement.detectors import Array
from bench.judgement.forecasts import (
    WholeCurve,
    alter,
    bend_curve,
    make_composed,
    make_other_kinds,
    make_whole_curves,
    read_whole_curves,
    thin,
)

from goodfit.curves.forecast import condense
from goodfit.curves.past import BEST, POW3, describe_past

PER_SOURCE = 2_000
N_GENERATED = 2_000
N_PER_KIND = 240
CASES_PER_CURVE = 12
SOURCE_WEIGHTS = {"generated": 1.0, "kinds": 2.0, "composed": 2.0, "altered": 1.0, "bent": 1.0}
"""Of what is not a real source, each of which weighs 1."""

_CELL_EDGES = (0.16, 0.45, 1.1, 1.95)  # of log time; 0.22, 0.69, 1.61, 2.3 are 80 % to 10 % of a curve
_CELL_POWER = 0.7
"""Of what a cell's best rival misses, by which its errors are divided: 1 would let the noisiest cells rule."""
_WORST_ERROR = 3.0  # in spans of the curve, as in the tables
_FEW_CASES = 30  # a cell with fewer counts for less
_LONGEST = 1_024  # longer curves are forecast by their block means, so they are learnt by them


@dataclass(frozen=True)
class Cases:
    """Rows of the training set."""

    features: Array
    """Shape (n_rows, n_features)."""
    change: Array
    """What came, minus the last value, over the scale."""
    weight: Array
    """Scale over the curve's span, at most 1: an error counts as much as it is seen."""
    log_time: Array
    is_end: Array
    """Whether the target is the curve's last value."""
    task: Array
    source: Array

    def only(self, chosen: Array) -> Cases:
        """The chosen rows."""
        return Cases(**{field.name: getattr(self, field.name)[chosen] for field in fields(self)})


def gather(folder: Path, *, seed: int) -> Cases:
    """Cases of the real curves of a folder, of the same curves altered, and of generated ones."""
    rng = np.random.default_rng(seed)
    curves = thin(list(read_whole_curves(folder)), per_source=PER_SOURCE, rng=rng)
    altered = [alter(curve, rng) for curve in thin(curves, per_source=PER_SOURCE // 3, rng=rng)]
    bent = [bend_curve(curve, rng) for curve in thin(curves, per_source=PER_SOURCE // 4, rng=rng)]
    generated = [
        *make_whole_curves(N_GENERATED, seed=seed), *make_other_kinds(N_PER_KIND, seed=seed),
        *make_composed(N_GENERATED, seed=seed),
    ]  # fmt: skip
    return make_cases([*curves, *altered, *(curve for curve in bent if curve is not None), *generated], rng)


def make_cases(curves: list[WholeCurve], rng: np.random.Generator) -> Cases:
    """Random cutoffs and times ahead of every curve; the end of the curve in half of the cases."""
    rows: list[tuple[Array, float, float, float, bool, str, str]] = []
    for curve in curves:
        values = curve.values if curve.values.size <= _LONGEST else condense(curve.values)[0]
        n_all, span = values.size, WholeCurve(curve.source, curve.task, values).span
        for _ in range(CASES_PER_CURVE if curve.source not in SOURCE_WEIGHTS else CASES_PER_CURVE // 2):
            n = round(n_all * float(np.exp(rng.uniform(np.log(0.04), np.log(0.97)))))
            n = max(5, min(n, n_all - 1))
            target = n_all if rng.random() < 0.5 else int(rng.integers(n + 1, n_all + 1))
            with np.errstate(over="ignore", invalid="ignore"):  # losses of 1e35 are among them
                past = describe_past(values[:n], np.array([target / n]))
            if past.scale == 0:
                continue
            change = (float(values[target - 1]) - past.last) / past.scale
            rows.append((
                past.features[0], change, past.scale / span, np.log(target / n), target == n_all, curve.task,
                curve.source,
            ))  # fmt: skip
    source = np.array([row[6] for row in rows])
    weight = np.minimum(np.array([row[2] for row in rows]), 1.0)
    return Cases(
        features=np.stack([row[0] for row in rows]), change=np.array([row[1] for row in rows]), weight=weight,
        log_time=np.array([row[3] for row in rows]), is_end=np.array([row[4] for row in rows]),
        task=np.array([row[5] for row in rows]), source=source,
    )  # fmt: skip


@dataclass(frozen=True)
class Balance:
    """How cases are drawn and what their errors cost; arrays of shape (n_rows,)."""

    chance: Array
    """Of a case to be drawn; they sum to one."""
    cost: Array
    """Of an error of one scale; one on average over what is drawn."""


def balance(cases: Cases) -> Balance:
    """Lets cells weigh alike within their source, and their errors count against those of the best rival."""
    change, features = cases.change, cases.features
    rivals = np.stack([change, change - features[:, BEST], change - features[:, POW3]])
    missed = np.minimum(np.abs(rivals) * cases.weight, _WORST_ERROR)
    cells = _cells_of(cases)
    chance, cost = np.zeros(change.size), np.zeros(change.size)
    for cell in range(int(cells.max()) + 1):
        rows = np.flatnonzero(cells == cell)
        best_rival = max(float(missed[:, rows].mean(axis=1).min()), 1e-3)
        cost[rows] = cases.weight[rows] / best_rival**_CELL_POWER
        chance[rows] = 1 / max(rows.size, _FEW_CASES)
    for name in np.unique(cases.source):
        rows = cases.source == name
        chance[rows] *= SOURCE_WEIGHTS.get(str(name), 1.0) / chance[rows].sum()
    chance /= chance.sum()
    return Balance(chance, cost / (chance @ cost))


def _cells_of(cases: Cases) -> Array:
    """A number for each row: of its family of curves and of how far ahead it looks."""
    families = [_family(str(source), str(task)) for source, task in zip(cases.source, cases.task, strict=True)]
    _, place = np.unique(families, return_inverse=True)
    near = np.searchsorted(_CELL_EDGES, cases.log_time, side="right")
    return np.asarray(np.unique(place * (len(_CELL_EDGES) + 1) + near, return_inverse=True)[1])


def _family(source: str, task: str) -> str:
    if source == "kinds":
        return task
    if source == "generated":
        return task.partition(" ")[0]
    return f"{source} {source_of(task)}"


def source_of(task: str) -> str:
    """The collection or generator of a task; of an altered curve the one it came from."""
    return task.partition("/")[0]
