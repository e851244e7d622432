"""What one logged scalar costs the training: `make bench NAME=log_call`.

Times each call on its own with the clock's cost beside it (`empty loop`), then the CPU of the whole process a call,
closing included, and the bytes a point. Writers that are not installed are left out; give ARGS="--calls 200000" for
more calls.
"""

from __future__ import annotations

import argparse
import importlib
import platform
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import goodfit


def time_calls(call: Callable[[int], None], n_calls: int) -> list[int]:
    """Nanoseconds of each call."""
    clock = time.perf_counter_ns
    times = [0] * n_calls
    for step in range(n_calls):
        start = clock()
        call(step)
        times[step] = clock() - start
    return times


def measure(
    name: str, folder: Path, n_calls: int, make: Callable[[str], tuple[Callable[[int], None], Callable[[], None]]]
) -> None:
    """Prints one row for the writer that `make(folder)` gives as (call, close)."""
    call, close = make(str(folder))
    cpu_before = time.process_time()
    times = sorted(time_calls(call, n_calls))
    close()
    cpu_us = (time.process_time() - cpu_before) * 1e6 / n_calls
    size_bytes = sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
    p99_us, max_us = times[int(n_calls * 0.99)] / 1000, times[-1] / 1000
    print(
        f"| {name} | {times[n_calls // 2] / 1000:.2f} | {sum(times) / n_calls / 1000:.2f} | "
        f"{p99_us:.2f} | {max_us:.0f} | {cpu_us:.2f} | {size_bytes / n_calls:.1f} |"
    )


def empty_loop(_: str) -> tuple[Callable[[int], None], Callable[[], None]]:
    def call(step: int) -> None:
        {"loss": 0.3}  # noqa: B018  what the caller pays anyway

    return call, lambda: None


def run_log(folder: str) -> tuple[Callable[[int], None], Callable[[], None]]:
    run = goodfit.Run(folder)
    log = run.log

    def call(step: int) -> None:
        log(step, {"loss": 0.3})

    return call, run.finish


def run_log_numpy(folder: str) -> tuple[Callable[[int], None], Callable[[], None]]:
    import numpy as np

    run, value = goodfit.Run(folder), np.float32(0.3)

    def call(step: int) -> None:
        run.log(step, {"loss": value})

    return call, run.finish


def run_log_ten(folder: str) -> tuple[Callable[[int], None], Callable[[], None]]:
    run, values = goodfit.Run(folder), {f"metric_{i}": 0.3 for i in range(10)}

    def call(step: int) -> None:
        run.log(step, values)

    return call, run.finish


def summary_writer(module: str) -> Callable[[str], tuple[Callable[[int], None], Callable[[], None]]]:
    def make(folder: str) -> tuple[Callable[[int], None], Callable[[], None]]:
        writer = importlib.import_module(module).SummaryWriter(folder)

        def call(step: int) -> None:
            writer.add_scalar("loss", 0.3, step)

        return call, writer.close

    return make


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--calls", type=int, default=100_000)
    n_calls = parser.parse_args().calls
    rows = [
        ("empty loop", empty_loop),
        ("goodfit.Run.log, one float", run_log),
        ("goodfit.Run.log, ten floats", run_log_ten),
        ("goodfit.Run.log, numpy.float32", run_log_numpy),
        ("goodfit.tensorboard.SummaryWriter", summary_writer("goodfit.tensorboard")),
        ("torch SummaryWriter", summary_writer("torch.utils.tensorboard")),
        ("tensorboardX", summary_writer("tensorboardX")),
    ]
    print(f"{n_calls} calls, Python {platform.python_version()}, {platform.machine()}, times in µs\n")
    print(
        "| one call | median | mean | p99 | max | CPU with close | bytes |\n| --- | --- | --- | --- | --- | --- | --- |"
    )
    for name, make in rows:
        with tempfile.TemporaryDirectory() as folder:
            try:
                measure(name, Path(folder) / "run", n_calls, make)
            except ModuleNotFoundError as error:
                print(f"| {name} | not installed: {error.name} |")


if __name__ == "__main__":
    main()
