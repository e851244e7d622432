"""A hundred trainings that log while the page is open → updates a second, gaps between frames, the page's own time."""

from __future__ import annotations

import math
import random
import statistics
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bench.page.chromium import DESK, END_FRAMES, WATCH_FRAMES
from playwright.sync_api import Browser

from goodfit.sdk.run import Run

N_RUNS = 100
METRICS = ("loss", "accuracy", "grad_norm", "lr")
ROUNDS_A_SECOND = 10
"""Of each training: 100 trainings of four metrics and their other halves are 8,000 values a second."""
WATCHED_S = 10.0


class Trainings:
    """Runs of one folder, written by one thread as by a hundred processes."""

    def __init__(self, logdir: Path) -> None:
        self.n_values = 0
        self._runs = [Run(logdir / f"run{number:03}") for number in range(N_RUNS)]
        self._rng = random.Random(7)
        self._step = 0

    def log(self) -> None:
        """One step of each training."""
        fall = math.exp(-self._step / 300)
        for run in self._runs:
            values = {name: fall + self._rng.gauss(0, 0.02) for name in METRICS}
            run.log(self._step, values | {f"val_{name}": value + 0.1 for name, value in values.items()})
            self.n_values += 2 * len(METRICS)
        self._step += 1

    def close(self) -> None:
        for run in self._runs:
            run.close()


@contextmanager
def training(trainings: Trainings) -> Iterator[None]:
    """They log at their pace meanwhile."""
    stop = threading.Event()

    def go_on() -> None:
        while not stop.wait(1 / ROUNDS_A_SECOND):
            trainings.log()

    thread = threading.Thread(target=go_on)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()


def time_nothing(browser: Browser, trainings: Trainings) -> float:
    """The longest gap between frames of an empty page meanwhile: what the machine itself drops."""
    page = browser.new_page(viewport=DESK)
    with training(trainings):
        page.evaluate(WATCH_FRAMES)
        page.wait_for_timeout(WATCHED_S * 1000)
        gaps = page.evaluate(END_FRAMES)
    page.close()
    return max(gaps)


def time_live(browser: Browser, address: str, trainings: Trainings) -> dict[str, float]:
    """Of one view, while they train."""
    page = browser.new_page(viewport=DESK)
    session = page.context.new_cdp_session(page)
    session.send("Performance.enable", {"timeDomain": "threadTicks"})

    def used_ms() -> float:
        metrics = session.send("Performance.getMetrics")["metrics"]
        return 1000 * next(one["value"] for one in metrics if one["name"] == "TaskDuration")

    page.goto(address)
    page.evaluate("window.goodfit.ready")
    with training(trainings):
        page.wait_for_timeout(2_000)
        before, used, started = trainings.n_values, used_ms(), time.perf_counter()
        page.evaluate(WATCH_FRAMES)
        page.wait_for_timeout(WATCHED_S * 1000)
        gaps = sorted(page.evaluate(END_FRAMES))
        took_s = time.perf_counter() - started
        found = {
            "updates": (trainings.n_values - before) / took_s,
            "used_ms": (used_ms() - used) / took_s,
            "median_ms": statistics.median(gaps),
            "p99_ms": gaps[int(len(gaps) * 0.99)],
            "worst_ms": gaps[-1],
        }
    page.close()
    return found
