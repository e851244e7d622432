"""Real curves → the weights of the forecasting network and the stretch of its bands.

`python -m bench.judgement.train_forecast FOLDER` writes `python/goodfit/curves/forecast.json`. Each task is held back
by one of four folds; the bands are stretched so that they cover what they promise on the fold that did not train. The
network that ships is trained on all tasks.
"""

from __future__ import annotations

import argparse
import json
import time
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path

import numpy as np
from bench.judgement.detectors import Array
from bench.judgement.forecasts import WholeCurve, make_whole_curves, read_whole_curves, thin

import goodfit.curves.forecast as forecast_module
from goodfit.curves.forecast import QUANTILES, Network, describe_past

SEED = 7
PER_SOURCE = 2_000
N_GENERATED = 2_000
GENERATED_WEIGHT = 0.5  # of a real source
CASES_PER_CURVE = 14
HIDDEN = 24
N_STEPS = 3_000
BATCH = 2_048
N_FOLDS = 4
TIME_EDGES = (0.0, 0.1, 0.3, 0.7, 1.2, 1.8, 2.6, 3.7)
LEVELS = np.array(QUANTILES)


@dataclass(frozen=True)
class Cases:
    """Rows of the training set."""

    features: Array
    """Shape (n_rows, 18)."""
    change: Array
    """What came, minus the last value, over the scale."""
    weight: Array
    """Scale over the curve's span: an error counts as much as it is seen; sources weigh alike."""
    log_time: Array
    task: Array
    source: Array


@dataclass(frozen=True)
class Folds:
    """Networks, each trained without the tasks of one fold, their bands stretched by the folds together."""

    networks: tuple[Network, ...]
    fold_of_task: dict[str, int]

    def network_of(self, task: str) -> Network:
        """The network that has not seen a task; of tasks that none has seen, the first."""
        return self.networks[self.fold_of_task.get(task, 0)]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    arguments = parser.parse_args()
    started = time.perf_counter()
    cases = gather(arguments.folder, seed=SEED)
    print(f"{cases.change.size} cases, {time.perf_counter() - started:.0f} s")
    folds = _train_folds(cases)
    for log_time, factor in zip(folds.networks[0].stretch_log_times, folds.networks[0].stretches, strict=True):
        print(f"  log time {log_time:.2f}: bands x {factor:.2f}")
    network = fit(cases, np.ones(cases.change.size, dtype=bool), np.random.default_rng(SEED))
    first = folds.networks[0]
    write(replace(network, stretch_log_times=first.stretch_log_times, stretches=first.stretches))
    print(f"{time.perf_counter() - started:.0f} s")


def train_folds(folder: Path, *, seed: int) -> Folds:
    """Networks by fold for the curves of a folder."""
    return _train_folds(gather(folder, seed=seed))


def gather(folder: Path, *, seed: int) -> Cases:
    """Cases of the real curves of a folder, and of generated ones."""
    rng = np.random.default_rng(seed)
    curves = thin(list(read_whole_curves(folder)), per_source=PER_SOURCE, rng=rng)
    return make_cases(curves + list(make_whole_curves(N_GENERATED, seed=seed)), rng)


def _train_folds(cases: Cases) -> Folds:
    names = np.unique(cases.task)
    place = np.random.default_rng(1).permutation(names.size) % N_FOLDS
    fold_of_task = {str(name): int(fold) for name, fold in zip(names, place, strict=True)}
    folds = place[np.searchsorted(names, cases.task)]
    held_out = np.zeros((cases.change.size, len(QUANTILES)))
    networks = []
    for fold in range(N_FOLDS):
        network = fit(cases, folds != fold, np.random.default_rng([SEED, fold]))
        held_out[folds == fold] = np.sort(network.apply(cases.features[folds == fold]), axis=1)
        networks.append(network)
    log_times, stretches = stretch(cases, held_out)
    stretched = [replace(n, stretch_log_times=np.array(log_times), stretches=np.array(stretches)) for n in networks]
    return Folds(tuple(stretched), fold_of_task)


def make_cases(curves: list[WholeCurve], rng: np.random.Generator) -> Cases:
    """Random cutoffs and times ahead of every curve; the end of the curve in half of the cases."""
    rows: list[tuple[Array, float, float, float, str, str]] = []
    for curve in curves:
        values, n_all = curve.values, curve.values.size
        for _ in range(CASES_PER_CURVE):
            n = round(n_all * float(np.exp(rng.uniform(np.log(0.04), np.log(0.97)))))
            n = max(5, min(n, n_all - 1))
            target = n_all if rng.random() < 0.5 else int(rng.integers(n + 1, n_all + 1))
            past = describe_past(values[:n], np.array([target / n]))
            if past.scale == 0:
                continue
            change = (float(values[target - 1]) - past.last) / past.scale
            rows.append(
                (past.features[0], change, past.scale / curve.span, np.log(target / n), curve.task, curve.source)
            )
    source = np.array([row[5] for row in rows])
    weight = np.minimum(np.array([row[2] for row in rows]), 1.0)
    for name in np.unique(source):
        share = GENERATED_WEIGHT if name == "generated" else 1.0
        weight[source == name] *= share * len(rows) / np.count_nonzero(source == name) / 4
    return Cases(
        features=np.stack([row[0] for row in rows]), change=np.array([row[1] for row in rows]), weight=weight,
        log_time=np.array([row[3] for row in rows]), task=np.array([row[4] for row in rows]), source=source,
    )  # fmt: skip


def fit(cases: Cases, chosen: Array, rng: np.random.Generator) -> Network:
    """Adam on the pinball loss, with a decaying rate."""
    features, change, weight = cases.features[chosen], cases.change[chosen], cases.weight[chosen]
    change = np.clip(change, -30, 30)
    n_in, n_out = features.shape[1], len(QUANTILES)
    shapes = [(n_in, HIDDEN), (HIDDEN, HIDDEN), (HIDDEN, n_out), (n_in, n_out), (HIDDEN,), (HIDDEN,), (n_out,)]
    part = [rng.standard_normal(s) / np.sqrt(s[0]) if len(s) == 2 else np.zeros(s) for s in shapes]
    part[2], part[3] = part[2] * 0.1, part[3] * 0
    part[6] = 0.5 * (LEVELS - 0.5)
    first, second = [np.zeros(s) for s in shapes], [np.zeros(s) for s in shapes]
    for step in range(1, N_STEPS + 1):
        rows = rng.integers(0, change.size, BATCH)
        x, y, w = features[rows], change[rows], weight[rows]
        a = np.tanh(x @ part[0] + part[4])
        b = np.tanh(a @ part[1] + part[5])
        out = b @ part[2] + part[6] + x @ part[3]
        # Slope of the pinball loss, rounded off within a hundredth of the scale.
        slope = (np.clip((out - y[:, None]) / 0.01, -1, 1) + 1) / 2 - LEVELS
        slope *= w[:, None] / BATCH
        back = slope @ part[2].T * (1 - b * b)
        front = back @ part[1].T * (1 - a * a)
        slopes = [x.T @ front, a.T @ back, b.T @ slope, x.T @ slope, front.sum(0), back.sum(0), slope.sum(0)]
        rate = 0.01 * 0.5 * (1 + np.cos(np.pi * step / N_STEPS)) + 1e-5
        for i, gradient in enumerate(slopes):
            decayed = gradient + (1e-5 * part[i] if part[i].ndim == 2 else 0)
            first[i] = 0.9 * first[i] + 0.1 * decayed
            second[i] = 0.99 * second[i] + 0.01 * decayed**2
            part[i] = part[i] - rate * (first[i] / (1 - 0.9**step)) / (np.sqrt(second[i] / (1 - 0.99**step)) + 1e-8)
    return Network(tuple(part[:4]), tuple(part[4:]), np.zeros(1), np.ones(1))


def stretch(cases: Cases, held_out: Array) -> tuple[list[float], list[float]]:
    """Factor by which the 80 % band grows around the median until four in five held-out values lie in it."""
    low, middle, high = (held_out[:, QUANTILES.index(level)] for level in (0.1, 0.5, 0.9))
    above = (cases.change - middle) / np.maximum(high - middle, 1e-9)
    below = (middle - cases.change) / np.maximum(middle - low, 1e-9)
    needed = np.maximum(above, below)
    log_times, factors = [], []
    share = np.ones(needed.size)
    for name in np.unique(cases.source):
        share[cases.source == name] /= np.count_nonzero(cases.source == name)
    share[cases.source == "generated"] = 0
    for start, stop in pairwise(TIME_EDGES):
        inside = (cases.log_time >= start) & (cases.log_time < stop)
        order = np.argsort(needed[inside])
        reached = np.cumsum(share[inside][order]) / share[inside].sum()
        log_times.append((start + stop) / 2)
        factors.append(float(np.clip(needed[inside][order][np.searchsorted(reached, 0.8)], 0.5, 3.0)))
    return log_times, factors


def write(network: Network) -> None:
    def rounded(array: Array) -> object:
        return np.round(array, 4).tolist()

    table = {
        "command": "python -m bench.judgement.train_forecast FOLDER", "seed": SEED, "quantiles": list(QUANTILES),
        "stretch_log_times": rounded(network.stretch_log_times),
        "stretches": rounded(network.stretches),
        "weights": [rounded(w) for w in network.weights], "biases": [rounded(b) for b in network.biases],
    }  # fmt: skip
    path = Path(forecast_module.__file__).parent / "forecast.json"
    path.write_text(json.dumps(table, separators=(",", ":")) + "\n", encoding="utf-8")
    print(f"wrote {path.name}, {path.stat().st_size / 1000:.0f} kB")


if __name__ == "__main__":
    main()
