"""How long questions take once everything is loaded, and how soon a new point is seen.

    python -m bench.query                     # every question
    python -m bench.query --data /large/disk

Each question is asked fifteen times in one process and the fastest is told: a shared machine only ever adds time. The
age of a live point is the median over a hundred points, each written by another process and waited for.

Folders: Q = 100 series × 100,000 points; S, M and T as in bench/load. Points per series in brackets.
"""

from __future__ import annotations

import argparse
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from bench.event_folders import FOLDERS, Folder, make_folder

from goodfit._core import EventWriter
from goodfit.store.store import Store

CURVES = Folder("Q", 100, 1, 100_000)
WRITER = """
import sys
from goodfit._core import EventWriter

file = EventWriter(sys.argv[1], writer="bench", flush_s=3600, max_pending_bytes=1 << 20)
for step in range(int(sys.argv[2])):
    sys.stdin.readline()
    file.log(step, {"loss": 1.0})
    file.flush(5.0)
file.close(5.0)
"""
NAME = "events.out.tfevents.1700000000.host.1.0.v2"


def best_ms(ask: Callable[[], object], *, n_times: int = 15) -> float:
    """The fastest of several times, in milliseconds."""
    best_s = float("inf")
    for _ in range(n_times):
        start_s = time.perf_counter()
        ask()
        best_s = min(best_s, time.perf_counter() - start_s)
    return best_s * 1e3


def opened(root: Path) -> Store:
    store = Store(root)
    store.refresh()
    return store


def tell(question: str, bound: str, milliseconds: float) -> None:
    print(f"| {question} | {bound} | {milliseconds:.2f} |", flush=True)


def ask_curves(data: Path) -> None:
    """Charts of 10M points."""
    store = opened(make_folder(CURVES, data))
    keys = [info.key for info in store.list_series()]
    asked: list[tuple[str, dict[str, object]]] = [
        ("by step", {}),
        ("smoothed", {"smoothing": 0.6}),
        ("by wall time", {"x_axis": "wall_time"}),
        ("newest branch", {"branch": "newest"}),
        ("a thousandth of the range", {"lo": 50_000, "hi": 50_100}),
    ]
    for words, arguments in asked:
        took = best_ms(lambda: store.sample(keys, px=1000, **arguments))  # type: ignore[arg-type] # noqa: B023
        tell(f"100 series [100,000] × 1,000 px, {words}", "20" if not arguments else "", took)
    tell("all points of one series [100,000]", "", best_ms(lambda: store.read_scalars(keys[0])))


def ask_many(data: Path) -> None:
    """Ten thousand runs."""
    store = opened(make_folder(FOLDERS["T"], data))
    tell("entries of 50,000 series, first time", "", best_ms(store.list_series, n_times=1))
    keys = [info.key for info in store.list_series()]
    tell("entries of 50,000 series, again", "", best_ms(store.list_series))
    tell("latest of 10,000 series", "2", best_ms(lambda: store.latest(keys[:10_000])))
    loss = [key for key in keys if key.tag == "train/loss"][:1000]
    tell("density of 1,000 runs [100], 480 × 200", "", best_ms(lambda: store.density(loss, width=480, height=200)))
    tell("mean and interval of 1,000 runs [100] × 480 px", "", best_ms(lambda: store.group(loss, px=480)))
    tell("nearest of 1,000 runs [100]", "", best_ms(lambda: store.nearest(loss, x=50, y=1.0, px=480)))
    tell("idle refresh of 10,000 folders, looked at", "", best_ms(store.refresh, n_times=5))
    if store.wait_for_changes(0.0):
        store.refresh()
        tell("idle refresh of 10,000 folders, told by the system", "", best_ms(store.refresh))


def ask_reopening(data: Path) -> None:
    """From the cache to the first answer: every series' newest value."""
    for name in ("S", "M", "T"):
        root = make_folder(FOLDERS[name], data)
        with tempfile.TemporaryDirectory() as folder:
            home = Path(folder)
            store = Store(root, cache_folder=home)
            store.refresh()
            keys = [info.key for info in store.list_series()]
            store.close()

            def reopen(root: Path = root, home: Path = home, keys: list[object] = keys) -> None:  # type: ignore[assignment]
                again = Store(root, cache_folder=home)
                changes = again.refresh()
                assert changes.n_bytes == 0
                assert len(again.latest(keys[:20]).keys) == 20 or len(keys) < 20  # type: ignore[arg-type]

            tell(f"reopening {name} from the cache", "100" if name != "T" else "", best_ms(reopen, n_times=5))


def ask_live(data: Path) -> None:
    """100 new points on 10M, and the age of a point when it can be shown."""
    root = make_folder(FOLDERS["M"], data)
    store = opened(root)
    if not store.wait_for_changes(0.0):
        print("(this system tells of no changes)", file=sys.stderr)
    store.refresh()
    with tempfile.TemporaryDirectory(dir=root) as folder:
        file = EventWriter(str(Path(folder) / NAME), writer="bench", flush_s=3600, max_pending_bytes=1 << 20)
        file.log(0, {"loss": 1.0})
        file.flush(5.0)
        store.refresh()
        times = []
        for turn in range(15):
            for step in range(100):
                file.log(100 * turn + step, {"loss": 1.0})
            file.flush(5.0)
            start_s = time.perf_counter()
            assert store.refresh().n_points == 100
            times.append((time.perf_counter() - start_s) * 1e3)
        file.close(5.0)
        tell("refresh after 100 new points on 10M", "20", min(times))
    with tempfile.TemporaryDirectory() as folder:
        logs = Path(folder)
        store = opened(logs)
        command = [sys.executable, "-c", WRITER, str(logs / NAME), "100"]
        with subprocess.Popen(command, stdin=subprocess.PIPE, text=True) as writer:
            assert writer.stdin is not None
            ages = []
            for _ in range(100):
                start_s = time.perf_counter()
                writer.stdin.write("\n")
                writer.stdin.flush()
                while not store.refresh().n_points:
                    store.wait_for_changes(1.0)
                ages.append((time.perf_counter() - start_s) * 1e3)
        tell("age of a live point when it was read, median", "150", statistics.median(ages[1:]))


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=Path(__file__).parent / "data", help="where the folders are kept")
    data = parser.parse_args().data
    print(f"{platform.platform()}, {os.cpu_count()} processors, Python {platform.python_version()}\n")
    print("| question | bound, ms | ms |\n| --- | --- | --- |")
    for ask in (ask_curves, ask_many, ask_reopening, ask_live):
        ask(data)
    return 0


if __name__ == "__main__":
    sys.exit(main())
