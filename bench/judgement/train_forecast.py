"""Real and generated curves → the weights of the forecasting networks and the stretch of their bands.

`python -m bench.judgement.train_forecast FOLDER` writes `python/goodfit/curves/forecast.json` (ten minutes). Each task
is held back by one of four folds, and each real source once as a whole; the bands are stretched so that they hold what
they promise of the ends of real curves whose task, or in half of the cases whose source, was held back. The networks
that ship are trained on all tasks.
"""

from __future__ import annotations

import argparse
import json
import time
from dataclasses import dataclass, fields
from itertools import pairwise
from pathlib import Path

import numpy as np
from bench.judgement.detectors import Array
from bench.judgement.forecasts import WholeCurve, alter, make_other_kinds, make_whole_curves, read_whole_curves, thin

import goodfit.curves.forecast as forecast_module
from goodfit.curves.forecast import QUANTILES, Network, Panel, condense
from goodfit.curves.past import describe_past

SEED = 7
PER_SOURCE = 2_000
N_GENERATED = 2_000
N_PER_KIND = 240
SOURCE_WEIGHTS = {"generated": 0.5, "kinds": 1.0, "altered": 1.0}
"""Of what is not a real source, each of which weighs 1."""
CASES_PER_CURVE = 12
N_NETWORKS = 4
TASK_SHARE = 0.75  # of the tasks, drawn anew for each network, so that they part where little is known
HIDDEN = 32
N_STEPS = 3_000
BATCH = 1_024
N_FOLDS = 4
TIME_EDGES = (
    0.0,
    0.1,
    0.35,
    0.9,
    1.4,
    1.95,
    2.6,
    3.7,
)  # of log time; 0.22, 0.69, 1.61, 2.3 are 80 % to 10 % of a curve
LEVELS = np.array(QUANTILES)
_LONGEST = 1_024  # longer curves are forecast by their block means, so they are learnt by them


@dataclass(frozen=True)
class Cases:
    """Rows of the training set."""

    features: Array
    """Shape (n_rows, n_features)."""
    change: Array
    """What came, minus the last value, over the scale."""
    weight: Array
    """Scale over the curve's span: an error counts as much as it is seen; sources weigh alike."""
    log_time: Array
    is_end: Array
    """Whether the target is the curve's last value."""
    task: Array
    source: Array

    def only(self, chosen: Array) -> Cases:
        """The chosen rows."""
        return Cases(**{field.name: getattr(self, field.name)[chosen] for field in fields(self)})


@dataclass(frozen=True)
class Folds:
    """Panels that have not seen something, their bands stretched by what they all made of what they had not seen."""

    panels: tuple[Panel, ...]
    """Each trained without the tasks of one fold."""
    fold_of_task: dict[str, int]
    without_source: dict[str, Panel]
    """Each trained without one of the real sources."""

    def panel_of(self, task: str) -> Panel:
        """The panel that has not seen a task; of tasks that none has seen, the first."""
        return self.panels[self.fold_of_task.get(task, 0)]

    def stranger_to(self, task: str) -> Panel:
        """The panel that has seen nothing of a real task's source."""
        return self.without_source[_source_of(task)]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    arguments = parser.parse_args()
    started = time.perf_counter()
    cases = gather(arguments.folder, seed=SEED)
    print(f"{cases.change.size} cases, {time.perf_counter() - started:.0f} s")
    folds = hold_back(cases)
    first = folds.panels[0]
    for log_time, factor in zip(first.stretch_log_times, first.stretches, strict=True):
        print(f"  log time {log_time:.2f}: bands x {factor:.2f}")
    write(Panel(fit(cases, np.random.default_rng(SEED)), first.stretch_log_times, first.stretches))
    print(f"{time.perf_counter() - started:.0f} s")


def train_folds(folder: Path, *, seed: int) -> Folds:
    """Panels by fold for the curves of a folder."""
    return hold_back(gather(folder, seed=seed))


def gather(folder: Path, *, seed: int) -> Cases:
    """Cases of the real curves of a folder, of the same curves altered, and of generated ones."""
    rng = np.random.default_rng(seed)
    curves = thin(list(read_whole_curves(folder)), per_source=PER_SOURCE, rng=rng)
    altered = [alter(curve, rng) for curve in thin(curves, per_source=PER_SOURCE // 3, rng=rng)]
    generated = [*make_whole_curves(N_GENERATED, seed=seed), *make_other_kinds(N_PER_KIND, seed=seed)]
    return make_cases([*curves, *altered, *generated], rng)


def hold_back(cases: Cases) -> Folds:
    """Holds each task back once, and each real source once."""
    names = np.unique(cases.task)
    place = np.random.default_rng(1).permutation(names.size) % N_FOLDS
    fold_of_task = {str(name): int(fold) for name, fold in zip(names, place, strict=True)}
    folds = place[np.searchsorted(names, cases.task)]
    by_task = [fit(cases.only(folds != fold), np.random.default_rng([SEED, fold])) for fold in range(N_FOLDS)]
    sources = [str(name) for name in np.unique(cases.source) if name not in SOURCE_WEIGHTS]
    source = np.array([_source_of(str(task)) for task in cases.task])
    by_source = {name: fit(cases.only(source != name), np.random.default_rng(SEED)) for name in sources}

    judged = cases.is_end & np.isin(cases.source, sources)
    ends, fold_of_end, source_of_end = cases.only(judged), folds[judged], source[judged]
    unseen = np.zeros((2, ends.change.size, len(QUANTILES)))
    for fold, networks in enumerate(by_task):
        rows = fold_of_end == fold
        unseen[0, rows] = _raw(networks).agree(ends.features[rows])
    for name, networks in by_source.items():
        rows = source_of_end == name
        unseen[1, rows] = _raw(networks).agree(ends.features[rows])
    stretched = stretch(ends, unseen)
    return Folds(
        tuple(Panel(networks, *stretched) for networks in by_task),
        fold_of_task,
        {name: Panel(networks, *stretched) for name, networks in by_source.items()},
    )


def _source_of(task: str) -> str:
    return task.partition("/")[0]


def _raw(networks: tuple[Network, ...]) -> Panel:
    return Panel(networks, np.zeros(1), np.ones(1))


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
    for name in np.unique(source):
        share = SOURCE_WEIGHTS.get(str(name), 1.0)
        weight[source == name] *= share * len(rows) / np.count_nonzero(source == name) / 4
    return Cases(
        features=np.stack([row[0] for row in rows]), change=np.array([row[1] for row in rows]), weight=weight,
        log_time=np.array([row[3] for row in rows]), is_end=np.array([row[4] for row in rows]),
        task=np.array([row[5] for row in rows]), source=source,
    )  # fmt: skip


def fit(cases: Cases, rng: np.random.Generator) -> tuple[Network, ...]:
    """Networks from different starts and rows, by Adam on the pinball loss with a decaying rate."""
    features = cases.features.astype(np.float32)
    change = np.clip(cases.change, -30, 30).astype(np.float32)
    weight, levels = cases.weight.astype(np.float32), LEVELS.astype(np.float32)
    n_in, n_out = features.shape[1], len(QUANTILES)
    shapes = [(n_in, HIDDEN), (HIDDEN, HIDDEN), (HIDDEN, n_out), (n_in, n_out), (1, HIDDEN), (1, HIDDEN), (1, n_out)]
    shapes = [(N_NETWORKS, *shape) for shape in shapes]
    part = [rng.standard_normal(s, dtype=np.float32) / np.sqrt(np.float32(s[1])) for s in shapes]
    part[2], part[3], part[4], part[5] = part[2] * 0.1, part[3] * 0, part[4] * 0, part[5] * 0
    part[6] = part[6] * 0 + 0.5 * (levels - 0.5)
    first, second = [np.zeros_like(p) for p in part], [np.zeros_like(p) for p in part]
    tasks, task_of_row = np.unique(cases.task, return_inverse=True)
    own = [np.flatnonzero((rng.random(tasks.size) < TASK_SHARE)[task_of_row]) for _ in range(N_NETWORKS)]
    for step in range(1, N_STEPS + 1):
        rows = np.stack([each[rng.integers(0, each.size, BATCH)] for each in own])
        x, y, w = features[rows], change[rows], weight[rows]
        a = np.tanh(x @ part[0] + part[4])
        b = np.tanh(a @ part[1] + part[5])
        out = b @ part[2] + part[6] + x @ part[3]
        # Slope of the pinball loss, rounded off within a hundredth of the scale.
        slope = (np.clip((out - y[:, :, None]) / 0.01, -1, 1) + 1) / 2 - levels
        slope *= w[:, :, None] / BATCH
        back = slope @ part[2].swapaxes(1, 2) * (1 - b * b)
        front = back @ part[1].swapaxes(1, 2) * (1 - a * a)
        x_turned = x.swapaxes(1, 2)
        slopes = [
            x_turned @ front, a.swapaxes(1, 2) @ back, b.swapaxes(1, 2) @ slope, x_turned @ slope,
            *(each.sum(axis=1, keepdims=True) for each in (front, back, slope)),
        ]  # fmt: skip
        rate = np.float32(0.01 * 0.5 * (1 + np.cos(np.pi * step / N_STEPS)) + 1e-5)
        for i, gradient in enumerate(slopes):
            decayed = gradient + np.float32(1e-5) * part[i] if i < 4 else gradient
            first[i] = 0.9 * first[i] + 0.1 * decayed
            second[i] = 0.99 * second[i] + 0.01 * decayed**2
            part[i] = part[i] - rate * (first[i] / (1 - 0.9**step)) / (np.sqrt(second[i] / (1 - 0.99**step)) + 1e-8)
    wide = [each.astype(np.float64) for each in part]
    return tuple(
        Network(tuple(each[k] for each in wide[:4]), tuple(each[k, 0] for each in wide[4:])) for k in range(N_NETWORKS)
    )


def stretch(cases: Cases, unseen: Array) -> tuple[Array, Array]:
    """Log times, and the factor there by which the 80 % band must grow to hold four in five values.

    Args:
        cases: Ends of real curves; sources weigh alike.
        unseen: Quantiles by panels that had not seen them, shape (n_panels, n_rows, 11).
    """
    low, middle, high = (unseen[:, :, QUANTILES.index(level)] for level in (0.1, 0.5, 0.9))
    above = (cases.change - middle) / np.maximum(high - middle, 1e-9)
    below = (middle - cases.change) / np.maximum(middle - low, 1e-9)
    needed = np.maximum(above, below)
    share = np.ones(cases.change.size)
    for name in np.unique(cases.source):
        share[cases.source == name] /= np.count_nonzero(cases.source == name)
    log_times, factors = [], []
    for start, stop in pairwise(TIME_EDGES):
        inside = (cases.log_time >= start) & (cases.log_time < stop)
        each, weight = needed[:, inside].ravel(), np.tile(share[inside], len(unseen))
        order = np.argsort(each)
        reached = np.cumsum(weight[order]) / weight.sum()
        log_times.append((start + stop) / 2)
        factors.append(float(np.clip(each[order][np.searchsorted(reached, 0.8)], 0.5, 3.0)))
    return np.array(log_times), np.array(factors)


def write(panel: Panel) -> None:
    def rounded(array: Array) -> object:
        return np.round(array, 4).tolist()

    table = {
        "command": "python -m bench.judgement.train_forecast FOLDER", "seed": SEED, "quantiles": list(QUANTILES),
        "stretch_log_times": rounded(panel.stretch_log_times),
        "stretches": rounded(panel.stretches),
        "networks": [
            {"weights": [rounded(w) for w in each.weights], "biases": [rounded(b) for b in each.biases]}
            for each in panel.networks
        ],
    }  # fmt: skip
    path = Path(forecast_module.__file__).parent / "forecast.json"
    path.write_text(json.dumps(table, separators=(",", ":")) + "\n", encoding="utf-8")
    print(f"wrote {path.name}, {path.stat().st_size / 1000:.0f} kB")


if __name__ == "__main__":
    main()
