"""How long the server takes for groups of runs, a formula, and an embedding: python -m bench.views [--points 1000000].

Everything is generated here; nothing is compared with, for TensorBoard has no groups and works embeddings out in the
reader's browser. Prints one line each: what, how much, median of three in milliseconds.
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

import goodfit
from goodfit.server.embedding.neighbours import find_neighbours
from goodfit.server.embedding.pca import find_components
from goodfit.server.embedding.table import read_table
from goodfit.server.formula.evaluate import Curve, evaluate, read_newest
from goodfit.server.formula.parse import parse_formula
from goodfit.server.formula.reduce import reduce_points
from goodfit.store.store import Store
from goodfit.types import SeriesKey


def measure(what: str, work: Callable[[], object], *, n_times: int = 3) -> None:
    """Prints the median of some runs."""
    times_ms = []
    for _ in range(n_times):
        start_s = time.perf_counter()
        work()
        times_ms.append((time.perf_counter() - start_s) * 1000)
    print(f"{what:<64} {statistics.median(times_ms):>9.1f} ms", flush=True)


def write_runs(folder: Path, *, n_runs: int, n_steps: int) -> None:
    """Runs of a noisy loss and its validation half."""
    draw = np.random.default_rng(1)
    for number in range(n_runs):
        with goodfit.Run(folder / f"r{number:04d}") as run:
            loss = 2 * np.exp(-np.arange(n_steps) / 30) + draw.normal(0, 0.02, n_steps)
            for step, value in enumerate(loss.tolist()):
                run.log(step, {"train/loss": value, "val/loss": value + 0.1})


def bench_groups(folder: Path) -> None:
    """A thousand runs as one group, and as four."""
    write_runs(folder, n_runs=1000, n_steps=200)
    store = Store(folder)
    store.refresh()
    keys = [SeriesKey(run, "val/loss") for run in store.list_runs()]
    for n_groups in (1, 4, 8):
        measure(
            f"{len(keys)} runs of 200 points in {n_groups} groups, 600 columns",
            lambda n_groups=n_groups: [store.group(keys[i::n_groups], px=600) for i in range(n_groups)],  # type: ignore[misc]
        )
    measure(f"{len(keys)} runs as density, 300 x 230", lambda: store.density(keys, width=300, height=230))


def bench_formula(folder: Path) -> None:
    """A formula over a long run, worked out over all points and reduced."""
    n_points = 1_000_000
    with goodfit.Run(folder / "long") as run:
        for step in range(n_points):
            run.log(step, {"a": step * 1e-6, "b": step * 2e-6})
    store = Store(folder)
    store.refresh()
    names = {name: SeriesKey("long", name) for name in ("a", "b")}

    def work(text: str) -> None:
        curves = {name: read_newest(store.read_scalars(key)) for name, key in names.items()}
        curve = evaluate(parse_formula(text, set(names)).tree, curves)
        assert isinstance(curve, Curve)
        x = curve.steps.astype(np.float64)
        reduce_points(names["a"], x, curve.values, curve.values, lo=0.0, hi=float(n_points), px=600)

    for text in ("b - a", "log(abs(b - a)) / max(a, b)", "ema(a, 0.9)"):
        measure(f"{text} over {n_points} points, 600 columns", lambda text=text: work(text))  # type: ignore[misc]


def bench_embedding(folder: Path, *, n_points: int, n_dimensions: int) -> None:
    """The projector's files of many points, read, projected and asked for neighbours."""
    folder.mkdir(parents=True)
    draw = np.random.default_rng(0)
    with (folder / "tensors.tsv").open("w") as file:
        for start in range(0, n_points, 50_000):
            rows = draw.normal(0, 1, (min(50_000, n_points - start), n_dimensions))
            np.savetxt(file, rows, fmt="%.5g", delimiter="\t")
    (folder / "metadata.tsv").write_text("".join(f"word {i}\n" for i in range(n_points)))
    (folder / "projector_config.pbtxt").write_text(
        'embeddings { tensor_name: "big" tensor_path: "tensors.tsv" metadata_path: "metadata.tsv" }\n'
    )
    with goodfit.Run(folder) as run:
        run.log(0, {"loss": 1.0})
    store = Store(folder.parent)
    store.refresh()
    (embedding,) = store.list_embeddings(folder.name)
    size = f"{n_points} points of {n_dimensions} dimensions"
    measure(f"{size}: read", lambda: read_table(embedding), n_times=1)
    table = read_table(embedding)
    measure(f"{size}: PCA", lambda: find_components(table.points[table.rows]))
    measure(f"{size}: 20 neighbours, cosine", lambda: find_neighbours(table, 5, n=20, distance="cosine"))
    measure(f"{size}: 20 neighbours, Euclidean", lambda: find_neighbours(table, 5, n=20, distance="euclidean"))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--points", type=int, default=1_000_000)
    parser.add_argument("--dimensions", type=int, default=32)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        bench_groups(folder / "runs")
        bench_formula(folder / "formula")
        bench_embedding(folder / "embedding" / "run", n_points=options.points, n_dimensions=options.dimensions)


if __name__ == "__main__":
    main()
