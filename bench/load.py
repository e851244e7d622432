"""How long log folders take to load, and how much memory, beside TensorBoard's own fast loader.

    python -m bench.load                                # all folders, our engine
    python -m bench.load --tensorboard-python VENV/bin/python   # also tensorboard-data-server of that environment
    python -m bench.load small --tensorboard-python VENV/bin/python --slow   # and its Python loader, and tbparse
    python -m bench.load S --data /large/disk

The slow loaders take minutes for ten million points, so they are compared on 200,000. Ours is timed inside a fresh
process, from opening the store to every point read (Python's start aside), and the peak is that process's resident
memory over what it had before, mapped file pages included. TensorBoard's fast loader (`tensorboard-data-server
--reload once`, default sampling, no checksums) is timed as a whole process. Runs alternate, and the smallest of each is
compared: a shared machine only ever adds time. Seconds of the processors are told beside those of the clock; they
suffer less from whoever else is there.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from bench.event_folders import FOLDERS, make_folder

OURS = """
import json, sys, time
import numpy
from goodfit.store.store import Store

def peak_kib():  # not getrusage: its maximum is inherited from the parent
    return int(open("/proc/self/status").read().split("VmHWM:")[1].split()[0])

before = peak_kib()
start, start_cpu = time.perf_counter(), time.process_time()
store = Store(sys.argv[1])
changes = store.refresh()
load_s, cpu_s = time.perf_counter() - start, time.process_time() - start_cpu
peak = peak_kib() - before
start = time.perf_counter()
infos = store.list_series()
list_s = time.perf_counter() - start
keys = [info.key for info in infos]
start = time.perf_counter()
store.latest(keys)
latest_s = time.perf_counter() - start
start = time.perf_counter()
store.sample(keys[:100], px=1000)
sample_s = time.perf_counter() - start
start = time.perf_counter()
store.refresh()
refresh_s = time.perf_counter() - start
issues = len(store.list_issues())
print(json.dumps(dict(load_s=load_s, cpu_s=cpu_s, peak_kib=peak, n_points=changes.n_points, list_s=list_s,
                      latest_s=latest_s, sample_s=sample_s, refresh_s=refresh_s, issues=issues)))
"""


def measure_ours(root: Path) -> dict[str, float]:
    run = subprocess.run([sys.executable, "-c", OURS, str(root)], capture_output=True, text=True, check=True)
    return json.loads(run.stdout)


def measure_rustboard(binary: str, root: Path) -> tuple[float, float]:
    """Seconds until TensorBoard's fast loader has loaded everything once, and those of its processors."""
    with tempfile.TemporaryDirectory() as folder:
        port_file = Path(folder) / "port"
        command = [binary, f"--logdir={root}", "--reload=once", "--port=0", f"--port-file={port_file}", "--verbose"]
        start = time.perf_counter()
        with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as process:
            assert process.stderr is not None
            for line in process.stderr:
                if "Finished load cycle" in line:
                    break
            elapsed = time.perf_counter() - start
            user, system = Path(f"/proc/{process.pid}/stat").read_text().rpartition(")")[2].split()[11:13]
            process.kill()
    return elapsed, (int(user) + int(system)) / os.sysconf("SC_CLK_TCK")


TENSORBOARD = """
import sys, time
from tensorboard.backend.event_processing import plugin_event_multiplexer
start = time.perf_counter()
everything = {"scalars": 0}
loader = plugin_event_multiplexer.EventMultiplexer(tensor_size_guidance=everything)
loader.AddRunsFromDirectory(sys.argv[1])
loader.Reload()
print(time.perf_counter() - start)
"""
TBPARSE = """
import sys, time
from tbparse import SummaryReader
start = time.perf_counter()
n_points = len(SummaryReader(sys.argv[1]).tensors)
assert n_points, "nothing was read"
print(time.perf_counter() - start)
"""


def measure_slow(python: str, code: str, root: Path) -> float:
    """Seconds that another reader takes for every point, its imports aside."""
    run = subprocess.run([python, "-c", code, str(root)], capture_output=True, text=True, check=True)
    return float(run.stdout.split()[-1])


def find_rustboard(python: str) -> str:
    code = "import tensorboard_data_server as s; print(s.server_binary())"
    return subprocess.run([python, "-c", code], capture_output=True, text=True, check=True).stdout.strip()


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folders", nargs="*", default=["S", "M", "T"], help="of " + ", ".join(FOLDERS))
    parser.add_argument("--data", type=Path, default=Path(__file__).parent / "data", help="where the folders are kept")
    parser.add_argument("--repeat", type=int, default=3)
    parser.add_argument("--tensorboard-python", help="interpreter of an environment with tensorboard-data-server")
    parser.add_argument("--slow", action="store_true", help="also TensorBoard's Python loader and tbparse")
    arguments = parser.parse_args()
    rustboard = find_rustboard(arguments.tensorboard_python) if arguments.tensorboard_python else None
    print(f"{platform.platform()}, {os.cpu_count()} processors, Python {platform.python_version()}")
    columns = (
        "folder,points,load s,CPU s,points/s,peak B/point,list ms,latest ms,100 curves ms,refresh ms,"
        "TensorBoard s,ratio,TensorBoard CPU s,CPU ratio"
    )
    print("| " + columns.replace(",", " | ") + " |")
    print("|" + " --- |" * (columns.count(",") + 1))
    for name in arguments.folders:
        root = make_folder(FOLDERS[name], arguments.data)
        ours, theirs = [], []
        for _ in range(arguments.repeat):
            ours.append(measure_ours(root))
            if rustboard:
                theirs.append(measure_rustboard(rustboard, root))
        best = min(ours, key=lambda one: one["load_s"])
        assert best["n_points"] == FOLDERS[name].n_points and best["issues"] == 0
        peak = max(one["peak_kib"] for one in ours) * 1024 / best["n_points"]
        compared = "– | – | – | –"
        if theirs:
            load_s, cpu_s = min(load_s for load_s, _ in theirs), min(cpu_s for _, cpu_s in theirs)
            own_cpu_s = min(one["cpu_s"] for one in ours)
            compared = f"{load_s:.2f} | {load_s / best['load_s']:.1f}× | {cpu_s:.2f} | {cpu_s / own_cpu_s:.1f}×"
        print(
            f"| {name} | {best['n_points']:,} | {best['load_s']:.3f} | {best['cpu_s']:.2f} "
            f"| {best['n_points'] / best['load_s'] / 1e6:.1f}M "
            f"| {peak:.1f} | {best['list_s'] * 1e3:.1f} | {best['latest_s'] * 1e3:.1f} | {best['sample_s'] * 1e3:.1f} "
            f"| {best['refresh_s'] * 1e3:.1f} | {compared} |",
            flush=True,
        )
        if arguments.slow and arguments.tensorboard_python:
            for words, code in (("TensorBoard's Python loader", TENSORBOARD), ("tbparse", TBPARSE)):
                slow_s = measure_slow(arguments.tensorboard_python, code, root)
                print(f"{words}: {slow_s:.1f} s for {name}, {slow_s / best['load_s']:.0f} times ours", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
