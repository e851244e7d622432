"""Real curves cut at 10, 20, 50 and 80 % → how well their ends are forecast, beside what others do.

`python -m bench.judgement.forecast_table FOLDER` trains four networks, each without the tasks of one fold, and lets
each curve be forecast by the network that has not seen its task (two minutes). `--shipped` uses the network that ships,
which has seen the development tasks: quick, and too good.

Errors are in spans of the curve (its extent without the highest twentieth), cut at 3; the ratio is to the best of last
value, best so far and pow3. CRPS is twice the mean pinball loss over the quantiles.
"""

from __future__ import annotations

import argparse
import time
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path
from statistics import NormalDist

import numpy as np
from bench.judgement.detectors import Array
from bench.judgement.forecasts import WholeCurve, read_whole_curves, thin

from goodfit.curves.forecast import QUANTILES, Network, describe_past, read_network

CUTOFFS = (0.1, 0.2, 0.5, 0.8)
WORST_ERROR = 3.0
LEVELS = np.array(QUANTILES)


def last_value(past: Array, n_all: int) -> float:
    return float(past[-1])


def best_so_far(past: Array, n_all: int) -> float:
    return float(past.min())


def pow3(past: Array, n_all: int) -> float:
    """a + b i^-c."""
    exponents = np.exp(np.linspace(np.log(0.05), np.log(4), 24))
    return _fit(past, n_all, [lambda i, c=c: i**-c for c in exponents])


def pow4(past: Array, n_all: int) -> float:
    """a + b (i + d)^-c."""
    laws = [
        lambda i, c=c, d=d: (i + d) ** -c
        for c in np.exp(np.linspace(np.log(0.05), np.log(4), 16))
        for d in (0.0, 1.0, 0.1 * past.size, 0.5 * past.size)
    ]
    return _fit(past, n_all, laws)


def mmf4(past: Array, n_all: int) -> float:
    """Morgan–Mercer–Flodin: a + b s / (s + i^d)."""
    laws = [
        lambda i, s=s, d=d: s / (s + i**d)
        for d in (0.25, 0.5, 1.0, 1.5, 2.0, 3.0)
        for s in (past.size * np.array([0.003, 0.01, 0.03, 0.07, 0.2, 0.5, 1.0, 3.0])) ** d
    ]
    return _fit(past, n_all, laws)


BASELINES: dict[str, Callable[[Array, int], float]] = {
    "last": last_value, "best": best_so_far, "pow3": pow3, "pow4": pow4, "MMF4": mmf4,
}  # fmt: skip
_RIVALS = ("last", "best", "pow3")


def random_walk(past: Array, n_all: int) -> Array:
    """Quantiles of a walk from the last value with steps as large as those of the past (the outer twentieths cut)."""
    steps = np.diff(past)
    size = float(np.sqrt(np.mean(np.clip(steps, *np.quantile(steps, [0.05, 0.95])) ** 2)))
    scores = np.array([NormalDist().inv_cdf(level) for level in QUANTILES])
    return np.asarray(past[-1] + scores * size * np.sqrt(n_all - past.size))


def crps(quantiles: Array, value: float) -> float:
    """Continuous ranked probability score from quantiles."""
    misses = value - quantiles
    pinball = np.maximum(LEVELS * misses, (LEVELS - 1) * misses)
    weight = np.gradient(LEVELS)
    return float(2 * (pinball * weight).sum() / weight.sum())


def forecast_end(past: Array, n_all: int, network: Network) -> Array:
    """Quantiles of the last value, by a given network."""
    time_ahead = n_all / past.size
    seen = describe_past(past, np.array([time_ahead]))
    changes = np.sort(network.apply(seen.features)[0])
    middle = changes[len(QUANTILES) // 2]
    stretch = float(np.interp(np.log(time_ahead), network.stretch_log_times, network.stretches))
    return np.asarray(seen.last + seen.scale * (middle + (changes - middle) * stretch))


def print_table(curves: list[WholeCurve], network_of: Callable[[str], Network]) -> None:
    """One line per source and cutoff, and the means over all."""
    cells: dict[tuple[str, float], dict[str, list[float]]] = defaultdict(lambda: defaultdict(list))
    took_s: list[float] = []
    for curve in curves:
        n_all = curve.values.size
        for cutoff in CUTOFFS:
            past = curve.values[: round(cutoff * n_all)]
            if past.size < 5:
                continue
            cell, end = cells[curve.source, cutoff], float(curve.values[-1])
            for name, predict in BASELINES.items():
                cell[name].append(min(abs(predict(past, n_all) - end) / curve.span, WORST_ERROR))
            started = time.perf_counter()
            quantiles = forecast_end(past, n_all, network_of(curve.task))
            took_s.append(time.perf_counter() - started)
            low, middle, high = quantiles[2], quantiles[len(QUANTILES) // 2], quantiles[8]
            cell["goodfit"].append(min(abs(middle - end) / curve.span, WORST_ERROR))
            cell["inside"].append(float(low <= end <= high))
            cell["width"].append((high - low) / curve.span)
            cell["crps"].append(min(crps(quantiles, end) / curve.span, WORST_ERROR))
            cell["walk"].append(min(crps(random_walk(past, n_all), end) / curve.span, WORST_ERROR))
    names = [*BASELINES, "goodfit"]
    print(f"{'FORECAST of the last value':20} {'n':>5}  " + " ".join(f"{name:>7}" for name in names), end="")
    print("  ratio  median-ratio  in 80 % band  width    CRPS  of a walk")
    overall: dict[str, list[float]] = defaultdict(list)
    by_cutoff: dict[float, list[float]] = defaultdict(list)
    for (source, cutoff), cell in sorted(cells.items()):
        means = {name: float(np.mean(cell[name])) for name in names}
        ratio = means["goodfit"] / min(means[name] for name in _RIVALS)
        medians = float(np.median(cell["goodfit"])) / max(min(float(np.median(cell[name])) for name in _RIVALS), 1e-9)
        inside, score, walk = (float(np.mean(cell[name])) for name in ("inside", "crps", "walk"))
        for name in names:
            overall[name].append(means[name])
        overall["ratio"].append(ratio)
        by_cutoff[cutoff].append(inside)
        print(
            f"  {source:10} {cutoff:>6.0%} {len(cell['last']):>6}  " + " ".join(f"{means[n]:7.3f}" for n in names),
            end="",
        )
        print(
            f"  {ratio:5.3f} {medians:13.3f} {inside:13.3f} {np.median(cell['width']):6.3f} {score:7.4f} {walk:10.4f}"
        )
    print(f"  {'mean':26}  " + " ".join(f"{np.mean(overall[n]):7.3f}" for n in names), end="")
    print(f"  {np.mean(overall['ratio']):5.3f}   worst ratio {max(overall['ratio']):.3f}")
    print("  in the band, sources weighed alike: " + ", ".join(
        f"{cutoff:.0%} {np.mean(shares):.3f}" for cutoff, shares in sorted(by_cutoff.items())
    ))  # fmt: skip
    print(f"  {1000 * np.median(took_s):.2f} ms a forecast\n")


def _fit(past: Array, n_all: int, laws: list[Callable[[Array], Array]]) -> float:
    """The best of laws g in a + b g, by least squares."""
    place = np.arange(1, past.size + 1, dtype=np.float64)
    table = np.stack([law(place) for law in laws])
    means = table.mean(axis=1)
    centred = table - means[:, None]
    rest = past - past.mean()
    power = np.maximum((centred * centred).sum(axis=1), 1e-300)
    slopes = (centred @ rest) / power
    best = int(np.argmin(((rest - slopes[:, None] * centred) ** 2).sum(axis=1)))
    ahead = float(laws[best](np.array([float(n_all)]))[0])
    return float(past.mean() + slopes[best] * (ahead - means[best]))


def main() -> None:
    from bench.judgement.train_forecast import SEED, train_folds

    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--shipped", action="store_true", help="use the network that ships")
    parser.add_argument("--per-source", type=int, default=700)
    arguments = parser.parse_args()
    curves = thin(
        list(read_whole_curves(arguments.folder)), per_source=arguments.per_source, rng=np.random.default_rng(3)
    )
    if arguments.shipped:
        print("network: as shipped; it has seen these tasks\n")
        print_table(curves, lambda _: read_network())
        return
    print("networks: each has not seen the tasks it forecasts\n")
    folds = train_folds(arguments.folder, seed=SEED)
    print_table(curves, folds.network_of)


if __name__ == "__main__":
    main()
