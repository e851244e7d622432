"""Real and generated curves → the weights of the forecasting networks and the stretch of their bands.

`python -m bench.judgement.train_forecast FOLDER` writes `python/goodfit/curves/forecast.json` (five minutes). Each task
is held back by one of four folds, and each real source once as a whole; the bands are stretched so that they hold what
they promise of the ends of real curves whose task, or in half of the cases whose source, was held back. The networks
that ship are trained on all tasks.

The same data, machine and libraries give the same file to the last digit (2 x86 cores, numpy 2.4.6 with OpenBLAS on one
thread: 285 s of processor time); elsewhere sums are rounded in another order, and the weights part.
"""

from __future__ import annotations

import argparse
import json
import time
from dataclasses import dataclass
from hashlib import sha256
from itertools import pairwise
from pathlib import Path

import numpy as np
from bench.judgement.detectors import Array
from bench.judgement.forecast_cases import SOURCE_WEIGHTS, Cases, balance, gather, source_of

import goodfit.curves.forecast as forecast_module
from goodfit.curves.forecast import QUANTILES, Network, Panel

SEED = 7
N_NETWORKS = 8
TASK_SHARE = 0.75  # of the tasks, drawn anew for each network, so that they part where little is known
HIDDEN = 24
N_STEPS = 3_000
BATCH = 1_024
DECAY = 3e-4
"""Of the weights. Of sources never seen 1e-5 brought a worst ratio of 1.07, 1e-3 one of 1.01."""
N_FOLDS = 4
TIME_EDGES = (0.0, 0.1, 0.35, 0.9, 1.4, 1.95, 2.6, 3.7)  # of log time; see `forecast_cases`
LEVELS = np.array(QUANTILES)


@dataclass(frozen=True)
class Folds:
    """Panels that have not seen something, nor have their bands: they are stretched by what others made of the rest."""

    panels: tuple[Panel, ...]
    """Each trained without the tasks of one fold."""
    fold_of_task: dict[str, int]
    without_source: dict[str, Panel]
    """Each trained without one of the real sources."""
    stretch_log_times: Array
    stretches: Array
    """What all of them together tell of bands: for the networks that ship."""

    def panel_of(self, task: str) -> Panel:
        """The panel that has not seen a task; of tasks that none has seen, the first."""
        return self.panels[self.fold_of_task.get(task, 0)]

    def stranger_to(self, task: str) -> Panel:
        """The panel that has seen nothing of a real task's source."""
        return self.without_source[source_of(task)]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    arguments = parser.parse_args()
    started = time.perf_counter()
    cases = gather(arguments.folder, seed=SEED)
    print(f"{cases.change.size} cases, {time.perf_counter() - started:.0f} s")
    folds = hold_back(cases)
    for log_time, factor in zip(folds.stretch_log_times, folds.stretches, strict=True):
        print(f"  log time {log_time:.2f}: bands x {factor:.2f}")
    panel = Panel(fit(cases, np.random.default_rng(SEED)), folds.stretch_log_times, folds.stretches)
    write(panel, folder=arguments.folder, n_cases=cases.change.size)
    print(f"{time.perf_counter() - started:.0f} s")


def train_folds(folder: Path, *, seed: int) -> Folds:
    """Panels by fold for the curves of a folder."""
    return hold_back(gather(folder, seed=seed))


def hold_back(cases: Cases) -> Folds:
    """Holds each task back once, and each real source once."""
    names = np.unique(cases.task)
    place = np.random.default_rng(1).permutation(names.size) % N_FOLDS
    fold_of_task = {str(name): int(fold) for name, fold in zip(names, place, strict=True)}
    folds = place[np.searchsorted(names, cases.task)]
    by_task = [fit(cases.only(folds != fold), np.random.default_rng([SEED, fold])) for fold in range(N_FOLDS)]
    sources = [str(name) for name in np.unique(cases.source) if name not in SOURCE_WEIGHTS]
    source = np.array([source_of(str(task)) for task in cases.task])
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
    return Folds(
        tuple(
            Panel(networks, *stretch(ends.only(fold_of_end != fold), unseen[:, fold_of_end != fold]))
            for fold, networks in enumerate(by_task)
        ),
        fold_of_task,
        {
            name: Panel(networks, *stretch(ends.only(source_of_end != name), unseen[:, source_of_end != name]))
            for name, networks in by_source.items()
        },
        *stretch(ends, unseen),
    )


def _raw(networks: tuple[Network, ...]) -> Panel:
    return Panel(networks, np.zeros(1), np.ones(1))


def fit(cases: Cases, rng: np.random.Generator) -> tuple[Network, ...]:
    """Networks from different starts and tasks, by Adam on the pinball loss with a decaying rate."""
    features = cases.features.astype(np.float32)
    change = np.clip(cases.change, -30, 30).astype(np.float32)
    weighed, levels = balance(cases), LEVELS.astype(np.float32)
    cost = weighed.cost.astype(np.float32)
    part = _start(features.shape[1], rng)
    first, second = [np.zeros_like(p) for p in part], [np.zeros_like(p) for p in part]
    drawn = _draw(cases, weighed.chance, rng)
    for step in range(1, N_STEPS + 1):
        rows = drawn[:, step - 1]
        x, y = features[rows], change[rows]
        a = np.tanh(x @ part[0] + part[4])
        b = np.tanh(a @ part[1] + part[5])
        out = b @ part[2] + part[6] + x @ part[3]
        # Slope of the pinball loss, rounded off within a hundredth of the scale.
        slope = (np.clip((out - y[:, :, None]) / np.float32(0.01), -1, 1) + 1) / 2 - levels
        slope *= cost[rows][:, :, None] / BATCH
        back = slope @ part[2].swapaxes(1, 2) * (1 - b * b)
        front = back @ part[1].swapaxes(1, 2) * (1 - a * a)
        x_turned = x.swapaxes(1, 2)
        slopes = [
            x_turned @ front, a.swapaxes(1, 2) @ back, b.swapaxes(1, 2) @ slope, x_turned @ slope,
            *(each.sum(axis=1, keepdims=True) for each in (front, back, slope)),
        ]  # fmt: skip
        rate = np.float32(0.01 * 0.5 * (1 + np.cos(np.pi * step / N_STEPS)) + 1e-5)
        for i, gradient in enumerate(slopes):
            decayed = gradient + np.float32(DECAY) * part[i] if i < 4 else gradient
            first[i] = 0.9 * first[i] + 0.1 * decayed
            second[i] = 0.99 * second[i] + 0.01 * decayed**2
            part[i] = part[i] - rate * (first[i] / (1 - 0.9**step)) / (np.sqrt(second[i] / (1 - 0.99**step)) + 1e-8)
    wide = [each.astype(np.float64) for each in part]
    return tuple(
        Network(tuple(each[k] for each in wide[:4]), tuple(each[k, 0] for each in wide[4:])) for k in range(N_NETWORKS)
    )


def _start(n_in: int, rng: np.random.Generator) -> list[Array]:
    """Weights and biases of all networks before they have learnt: no change is expected, and a band of half a scale."""
    n_out = len(QUANTILES)
    shapes = [(n_in, HIDDEN), (HIDDEN, HIDDEN), (HIDDEN, n_out), (n_in, n_out), (1, HIDDEN), (1, HIDDEN), (1, n_out)]
    shrunk = (1.0, 1.0, 0.1, 0.0, 0.0, 0.0, 0.0)
    part = [
        np.float32(share) * rng.standard_normal((N_NETWORKS, *s), dtype=np.float32) / np.sqrt(np.float32(s[0]))
        for s, share in zip(shapes, shrunk, strict=True)
    ]
    part[6] += 0.5 * (LEVELS - 0.5).astype(np.float32)
    return part


def _draw(cases: Cases, chance: Array, rng: np.random.Generator) -> Array:
    """Rows for every network and step, shape (N_NETWORKS, N_STEPS, BATCH), each network from its own tasks."""
    tasks, task_of_row = np.unique(cases.task, return_inverse=True)
    drawn = np.empty((N_NETWORKS, N_STEPS, BATCH), dtype=np.int32)
    for network in range(N_NETWORKS):
        own = np.where((rng.random(tasks.size) < TASK_SHARE)[task_of_row], chance, 0.0)
        reached = np.cumsum(own) / own.sum()
        drawn[network] = np.minimum(np.searchsorted(reached, rng.random((N_STEPS, BATCH))), chance.size - 1)
    return drawn


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


def write(panel: Panel, *, folder: Path, n_cases: int) -> None:
    """Writes the panel beside the code that reads it, with what it takes to make it again."""

    def rounded(array: Array) -> object:
        return np.round(array, 4).tolist()

    table = {
        "command": "python -m bench.judgement.train_forecast FOLDER", "seed": SEED, "n_cases": n_cases,
        "data_sha256": {path.name: sha256(path.read_bytes()).hexdigest() for path in sorted(folder.glob("*.jsonl.gz"))},
        "quantiles": list(QUANTILES),
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
