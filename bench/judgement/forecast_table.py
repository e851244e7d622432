"""Real curves cut at 10, 20, 50 and 80 % → how well their ends are forecast, beside what others do.

`python -m bench.judgement.forecast_table FOLDER` trains networks without the tasks of one fold, and without one source,
and lets each curve be forecast by those that have not seen its task, and by those that have not seen its source (ten
minutes). `--shipped` uses the networks that ship, which have seen the development tasks: quick, and too good.

Errors are in spans of the curve (its extent without the highest twentieth), cut at 3; the ratio is to the best of last
value, best so far and pow3. CRPS is twice the mean pinball loss over the quantiles. Intervals come from draws of tasks
and of their curves.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, fields, replace
from pathlib import Path
from statistics import NormalDist
from typing import TYPE_CHECKING

import numpy as np
from bench.judgement.detectors import Array
from bench.judgement.forecasts import WholeCurve, make_other_kinds, make_unseen_curves, read_whole_curves, thin
from bench.judgement.wilson import Share

from goodfit.curves.analogs import forecast_by_analogs
from goodfit.curves.extrapolate import MIN_POINTS
from goodfit.curves.forecast import QUANTILES, Panel, PathForecast, forecast_path, read_panel

if TYPE_CHECKING:
    from bench.judgement.train_forecast import Folds

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
RIVALS = ("last", "best", "pow3")
COLUMNS = (*BASELINES, "goodfit", "inside", "width", "crps", "walk", "took_ms")
MIN_ROWS = 10  # cells with fewer forecasts say nothing
MOST_TASKS_SHOWN = 12
N_DRAWS = 400
N_EARLIER = 8
MOST_OF_A_TASK = 40


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


def forecast_end(past: Array, n_all: int, panel: Panel) -> Array:
    """Quantiles of the last value, by given networks."""
    answer = forecast_path(past, np.array([float(n_all - past.size)]), panel=panel)
    assert isinstance(answer, PathForecast)
    return answer.quantiles[0]


def score(curves: Iterable[WholeCurve], panel_of: Callable[[str], Panel]) -> Scores:
    """Forecasts of the ends of curves from each cutoff; those from fewer than five points are left out."""
    places: list[tuple[str, str, float]] = []
    rows: list[tuple[float, ...]] = []
    for curve in curves:
        n_all, end, span = curve.values.size, float(curve.values[-1]), curve.span
        for cutoff in CUTOFFS:
            past = curve.values[: round(cutoff * n_all)]
            if past.size < MIN_POINTS:
                continue
            errors = [min(abs(predict(past, n_all) - end) / span, WORST_ERROR) for predict in BASELINES.values()]
            started = time.perf_counter()
            quantiles = forecast_end(past, n_all, panel_of(curve.task))
            took_ms = 1000 * (time.perf_counter() - started)
            low, middle, high = quantiles[2], quantiles[len(QUANTILES) // 2], quantiles[8]
            places.append((curve.source, curve.task, cutoff))
            rows.append((
                *errors, min(abs(middle - end) / span, WORST_ERROR), float(low <= end <= high), (high - low) / span,
                min(crps(quantiles, end) / span, WORST_ERROR),
                min(crps(random_walk(past, n_all), end) / span, WORST_ERROR), took_ms,
            ))  # fmt: skip
    sources, tasks, cutoffs = zip(*places, strict=True)
    return Scores(np.array(sources), np.array(tasks), np.array(cutoffs), np.array(rows))


@dataclass(frozen=True)
class Scores:
    """One row for each forecast; columns are `COLUMNS`."""

    source: Array
    task: Array
    cutoff: Array
    numbers: Array

    def only(self, chosen: Array) -> Scores:
        """The chosen rows."""
        return Scores(self.source[chosen], self.task[chosen], self.cutoff[chosen], self.numbers[chosen])

    def draws(self, rng: np.random.Generator, count: int) -> Array:
        """Mean numbers as other draws of tasks, and of curves of each task, might have given them; a row each."""
        _, place = np.unique(self.task, return_inverse=True)
        n_tasks = int(place.max()) + 1
        times_drawn = rng.multinomial(n_tasks, np.full(n_tasks, 1 / n_tasks), size=count)
        sums, n_rows = np.zeros((count, self.numbers.shape[1])), np.zeros((count, 1))
        for task in range(n_tasks):
            members = self.numbers[place == task]
            n = len(members)
            counts = rng.multinomial(times_drawn[:, task] * n, np.full(n, 1 / n))
            sums += counts @ members
            n_rows += counts.sum(axis=1, keepdims=True)
        return np.asarray(sums / n_rows)


@dataclass(frozen=True)
class Measures:
    """What a group of forecasts comes to."""

    ratio: float
    """Mean error over that of the best of last value, best so far and pow3."""
    inside: float
    """Share of ends in the 80 % band."""
    walk_ratio: float
    """CRPS over that of a random walk."""


def measure(mean_numbers: Array) -> Measures:
    means = dict(zip(COLUMNS, mean_numbers.tolist(), strict=True))
    rival = max(min(means[name] for name in RIVALS), 1e-12)
    return Measures(means["goodfit"] / rival, means["inside"], means["crps"] / max(means["walk"], 1e-12))


def print_table(scores: Scores, title: str, *, with_tasks: bool = True) -> None:
    """A line for each source and cutoff, for each task, and for each cutoff over the sources, with 95 % intervals."""
    rng = np.random.default_rng(11)
    names = [*BASELINES, "goodfit"]
    print(f"{title:30} {'n':>5}  " + " ".join(f"{name:>6}" for name in names), end="")
    print(f"  {'ratio':19}  {'in 80 % band':19}  {'CRPS of a walk, ratio':21}  width")
    cells: dict[tuple[str, float], Scores] = {
        (str(source), cutoff): scores.only((scores.source == source) & (scores.cutoff == cutoff))
        for source in np.unique(scores.source)
        for cutoff in CUTOFFS
    }
    cells = {place: cell for place, cell in cells.items() if cell.cutoff.size >= MIN_ROWS}
    for (source, cutoff), cell in cells.items():
        _print_line(f"{source} {cutoff:.0%}", cell, rng)
    if with_tasks:
        for source in np.unique(scores.source):
            _print_tasks(str(source), scores.only(scores.source == source), rng)
    for cutoff in CUTOFFS:
        _print_alike(f"all, {cutoff:.0%}", [cell for (_, at), cell in cells.items() if at == cutoff], rng)
    _print_alike("all", list(cells.values()), rng)
    measured = {
        f"{source} {cutoff:.0%}": measure(cell.numbers.mean(axis=0)) for (source, cutoff), cell in cells.items()
    }
    losses = [f"{name} ({each.ratio:.2f})" for name, each in measured.items() if each.ratio > 1.03]
    walks = [f"{name} ({each.walk_ratio:.2f})" for name, each in measured.items() if each.walk_ratio >= 1]
    off = [f"{name} ({each.inside:.2f})" for name, each in measured.items() if not 0.75 <= each.inside <= 0.85]
    worst = max(each.ratio for each in measured.values())
    print(f"  worst ratio {worst:.3f}; of {len(measured)} cells, worse than the best rival by more than 3 %: "
          f"{', '.join(losses) or 'none'}; CRPS not below a walk's: {', '.join(walks) or 'none'}")  # fmt: skip
    print(f"  80 % band holds less than 75 % or more than 85 %: {', '.join(off) or 'none'}")
    print(f"  {np.median(scores.numbers[:, -1]):.2f} ms a forecast\n")


def _print_tasks(source: str, scores: Scores, rng: np.random.Generator) -> None:
    tasks = np.unique(scores.task)
    if tasks.size <= MOST_TASKS_SHOWN:
        for task in tasks:
            _print_line(str(task), scores.only(scores.task == task), rng)
        return
    ratios = np.array([measure(scores.only(scores.task == task).numbers.mean(axis=0)).ratio for task in tasks])
    low, middle, high = np.quantile(ratios, [0.1, 0.5, 0.9])
    won = Share(int((ratios <= 1.03).sum()), tasks.size)
    print(f"  {source}: ratio of {tasks.size} tasks: median {middle:.3f}, a tenth below {low:.3f}, a tenth above "
          f"{high:.3f}; at most 1.03 in {won}")  # fmt: skip


def _print_line(name: str, scores: Scores, rng: np.random.Generator) -> None:
    found = measure(scores.numbers.mean(axis=0))
    drawn = [measure(each) for each in scores.draws(rng, N_DRAWS)]
    means = scores.numbers.mean(axis=0)
    shown = " ".join(f"{means[COLUMNS.index(each)]:6.3f}" for each in (*BASELINES, "goodfit"))
    width = float(np.median(scores.numbers[:, COLUMNS.index("width")]))
    print(f"  {name:28} {scores.cutoff.size:5}  {shown}  {_with_intervals(found, drawn)}  {width:5.3f}")


def _print_alike(name: str, cells: Sequence[Scores], rng: np.random.Generator) -> None:
    """The mean over cells, each weighing alike."""
    if not cells:
        return

    def mean(numbers: Sequence[Array]) -> Measures:
        each = [measure(part) for part in numbers]
        return Measures(*(float(np.mean([getattr(m, f.name) for m in each])) for f in fields(Measures)))

    found = mean([cell.numbers.mean(axis=0) for cell in cells])
    drawn = [mean(each) for each in zip(*(cell.draws(rng, N_DRAWS) for cell in cells), strict=True)]
    blank = " ".join(f"{np.mean([c.numbers[:, COLUMNS.index(n)].mean() for c in cells]):6.3f}"
                     for n in (*BASELINES, "goodfit"))  # fmt: skip
    print(f"  {name:28} {sum(c.cutoff.size for c in cells):5}  {blank}  {_with_intervals(found, drawn)}")


def _with_intervals(found: Measures, drawn: Sequence[Measures]) -> str:
    cells = []
    for field in fields(Measures):
        low, high = np.quantile([getattr(each, field.name) for each in drawn], [0.025, 0.975])
        cells.append(f"{getattr(found, field.name):.3f} [{low:.3f} {high:.3f}]".ljust(19))
    return "  ".join(cells)


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


def print_unseen(folder: Path, folds: Folds, *, per_source: int, per_kind: int) -> None:
    """The tables by networks that have not seen the tasks, and by networks that have seen nothing of the sources."""
    print("networks: each has not seen the tasks it forecasts")
    print_forecasts(folder, folds.panel_of, per_source=per_source, per_kind=per_kind)
    print_earlier(list(read_whole_curves(folder)), folds.panel_of)
    print("networks: each has seen nothing of the source it forecasts")
    print_table(
        score(_real_curves(folder, per_source), folds.stranger_to), "FORECAST, sources unseen", with_tasks=False
    )


def print_forecasts(folder: Path, panel_of: Callable[[str], Panel], *, per_source: int, per_kind: int) -> None:
    """The tables of the real curves of a folder, and of generated ones of other kinds."""
    print_table(score(_real_curves(folder, per_source), panel_of), "FORECAST of the last value")
    if per_kind < MIN_ROWS:
        return
    kinds = [replace(curve, source=curve.task.partition("/")[2]) for curve in make_other_kinds(per_kind, seed=23)]
    print_table(score(kinds, panel_of), "FORECAST, generated kinds", with_tasks=False)
    unseen = make_unseen_curves(per_kind, seed=5)
    print_table(score(unseen, panel_of), "FORECAST, generators unseen", with_tasks=False)


def print_earlier(curves: Sequence[WholeCurve], panel_of: Callable[[str], Panel]) -> None:
    """What eight earlier runs of the same task and length are worth: errors without and with them."""
    rng = np.random.default_rng(13)
    by_task: dict[tuple[str, int], list[WholeCurve]] = {}
    for curve in curves:
        by_task.setdefault((curve.task, curve.values.size), []).append(curve)
    rows: list[tuple[str, str, float, float, float, bool]] = []
    for group in by_task.values():
        judged = rng.permutation(len(group))[:MOST_OF_A_TASK] if len(group) > N_EARLIER else ()
        for place in judged:
            curve = group[place]
            others = [group[i].values for i in rng.permutation(len(group)) if i != place][:N_EARLIER]
            n_all, end = curve.values.size, float(curve.values[-1])
            for cutoff in CUTOFFS:
                past = curve.values[: round(cutoff * n_all)]
                if past.size < MIN_POINTS:
                    continue
                alone = forecast_end(past, n_all, panel_of(curve.task))
                analogs = forecast_by_analogs(past, others, np.array([float(n_all - past.size)]))
                share = 0.0 if analogs is None else analogs.weight
                together = alone if analogs is None else (1 - share) * alone + share * analogs.quantiles[0]
                errors = [min(abs(float(each[5]) - end) / curve.span, WORST_ERROR) for each in (alone, together)]
                rows.append((curve.source, curve.task, cutoff, *errors, share > 0))
    print(
        f"EARLIER runs of the task, {N_EARLIER} of them      n   alone   beside them   ratio                had a say"
    )
    for source in sorted({row[0] for row in rows}):
        for cutoff in CUTOFFS:
            cell = [row for row in rows if row[0] == source and row[2] == cutoff]
            if len(cell) < MIN_ROWS:
                continue
            errors = np.array([row[3:5] for row in cell])
            drawn = [errors[rng.integers(0, len(cell), len(cell))].mean(axis=0) for _ in range(N_DRAWS)]
            low, high = np.quantile([together / max(alone, 1e-12) for alone, together in drawn], [0.025, 0.975])
            alone, together = errors.mean(axis=0)
            print(
                f"  {source} {cutoff:.0%}".ljust(34) + f"{len(cell):6} {alone:7.3f} {together:13.3f}   "
                f"{together / max(alone, 1e-12):.3f} [{low:.3f} {high:.3f}]  {np.mean([row[5] for row in cell]):9.2f}"
            )
    print()


def _real_curves(folder: Path, per_source: int) -> list[WholeCurve]:
    return thin(list(read_whole_curves(folder)), per_source=per_source, rng=np.random.default_rng(3))


def main() -> None:
    from bench.judgement.train_forecast import SEED, train_folds

    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--shipped", action="store_true", help="use the networks that ship")
    parser.add_argument("--per-source", type=int, default=700)
    parser.add_argument("--per-kind", type=int, default=60)
    arguments = parser.parse_args()
    counts = {"per_source": arguments.per_source, "per_kind": arguments.per_kind}
    if arguments.shipped:
        print("networks: as shipped; they have seen these tasks")
        print_forecasts(arguments.folder, lambda _: read_panel(), **counts)
    else:
        print_unseen(arguments.folder, train_folds(arguments.folder, seed=SEED), **counts)


if __name__ == "__main__":
    main()
