"""What the largest log folders cost: 100,000 runs, opened, judged, followed, asked and opened again.

    python -m bench.extremes [--data FOLDER] [--runs 100000]

The folder is written once and kept. A sparse file of 40 GB, tags of a megabyte and steps a billion apart are tests.
"""

from __future__ import annotations

import argparse
import os
import platform
import resource
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from bench.event_folders import FOLDERS, Folder, make_folder

from goodfit.findings.engine import review_all
from goodfit.query.pair import find_trainings
from goodfit.store.store import Store

Answer = TypeVar("Answer")


def timed(what: str, ask: Callable[[], Answer]) -> Answer:
    start_s, start_processor_s = time.perf_counter(), time.process_time()
    answer = ask()
    processor_s = time.process_time() - start_processor_s
    peak_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"| {what} | {time.perf_counter() - start_s:.2f} | {processor_s:.2f} | {peak_mb:.0f} |", flush=True)
    return answer


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=Path(__file__).parent / "data", help="where the folder is kept")
    parser.add_argument("--runs", type=int, default=100_000)
    arguments = parser.parse_args()
    tiny = FOLDERS["tiny"]
    root = make_folder(Folder(f"runs{arguments.runs}", arguments.runs, tiny.n_tags, 3), arguments.data)
    print(f"{platform.platform()}, {os.cpu_count()} processors, Python {platform.python_version()}\n")
    print("| work | s | processor, s | peak so far, MB |\n| --- | --- | --- | --- |")
    with tempfile.TemporaryDirectory() as folder:
        store = Store(root, cache_folder=Path(folder))
        timed(f"reading {arguments.runs:,} runs of {tiny.n_tags} × 3 points", store.refresh)
        timed("entries of all series", store.list_series)
        keys = [info.key for info in store.list_series()]
        timed("latest value of all series", lambda: store.latest(keys))
        timed("one chart of 1,000 of them", lambda: store.sample(keys[:1000], px=1000))
        trainings = timed("finding the trainings", lambda: find_trainings(store, now=time.time()))
        timed("judging them all", lambda: review_all(trainings))
        timed("looking for news", store.refresh)
        timed("writing the cache", store.close)
        again = Store(root, cache_folder=Path(folder))
        timed("opening again from the cache", again.refresh)
    return 0


if __name__ == "__main__":
    sys.exit(main())
