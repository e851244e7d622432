"""How long the page waits for its server: starts it on generated logs and times what the page asks.

    python -m bench.page.server [--runs 50] [--tags 20] [--points 1000]

Prints one table of milliseconds: the median of nine, and the slowest. Times are of this machine and its load; compare
rows of one run, not runs of two machines.
"""

from __future__ import annotations

import argparse
import http.client
import json
import math
import os
import platform
import random
import re
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from goodfit.sdk.run import Run

REPEATS = 9


def write_logs(logdir: Path, *, n_runs: int, n_tags: int, n_points: int) -> None:
    """Runs of falling, noisy curves; halves of the tags are validation."""
    rng = random.Random(7)
    for number in range(n_runs):
        level = rng.uniform(0.1, 0.5)
        with Run(logdir / f"run{number:04}") as run:
            for step in range(n_points):
                fall = level + math.exp(-step / n_points * rng.uniform(3, 5))
                half = {f"metric{tag}": fall + rng.gauss(0, 0.02) for tag in range(n_tags // 2)}
                run.log(step, half | {f"val_{name}": value + 0.1 for name, value in half.items()})


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Server:
    """The command on a log folder, and questions to it."""

    def __init__(self, logdir: Path) -> None:
        self.started = time.perf_counter()
        command = [sys.executable, "-m", "goodfit", "serve", str(logdir), "--port", "0"]
        self._process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        assert self._process.stdout is not None
        found = re.search(r":(\d+)/", self._process.stdout.readline())
        assert found
        self.port = int(found.group(1))

    def ask(self, path: str, body: object = None) -> bytes:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=120)
        try:
            method, text = ("GET", None) if body is None else ("POST", json.dumps(body))
            connection.request(method, f"/{path}", text, {"content-type": "application/json"})
            answer = connection.getresponse()
            data = answer.read()
            assert answer.status == 200, data
            return data
        finally:
            connection.close()

    def overview(self) -> Any:
        return json.loads(self.ask("api/overview"))

    def wait(self, condition: Callable[[Any], bool]) -> float:
        """Milliseconds from the start of the process until the overview fulfils a condition."""
        while not condition(self.overview()["progress"]):
            time.sleep(0.02)
        return (time.perf_counter() - self.started) * 1000

    @property
    def pid(self) -> int:
        return self._process.pid

    def memory_mb(self) -> float:
        status = Path(f"/proc/{self._process.pid}/status").read_text()
        return int(re.search(r"VmRSS:\s+(\d+)", status).group(1)) / 1024  # type: ignore[union-attr]

    def close(self) -> None:
        self._process.send_signal(signal.SIGINT)
        self._process.wait(20)


def time_live(server: Server, logdir: Path) -> list[float]:
    """Milliseconds from a written point to the tick that names it."""
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=60)
    connection.request("GET", "/api/stream")
    stream = connection.getresponse()
    heard: dict[str, float] = {}
    more = threading.Condition()

    def listen() -> None:
        for line in stream:
            if line.startswith(b"data: "):
                with more:
                    heard.update(dict.fromkeys(json.loads(line[6:])["tags"], time.perf_counter()))
                    more.notify()

    threading.Thread(target=listen, daemon=True).start()
    waits = []
    with Run(logdir / "live") as run:
        for number in range(REPEATS):
            tag = f"live{number}"
            written = time.perf_counter()
            run.log(number, {tag: 1.0})
            run.flush()
            with more:
                assert more.wait_for(lambda tag=tag: tag in heard, timeout=20)
            waits.append((heard[tag] - written) * 1000)
            time.sleep(0.13)
    return waits


def repeat(work: Callable[[], object]) -> list[float]:
    times = []
    for _ in range(REPEATS):
        started = time.perf_counter()
        work()
        times.append((time.perf_counter() - started) * 1000)
    return times


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=50)
    parser.add_argument("--tags", type=int, default=20)
    parser.add_argument("--points", type=int, default=1000)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="goodfit-bench-") as folder:
        logdir = Path(folder)
        write_logs(logdir, n_runs=given.runs, n_tags=given.tags, n_points=given.points)
        server = Server(logdir)
        try:
            rows: list[tuple[str, list[float]]] = [
                ("process start to first answer", [server.wait(lambda _: True)]),
                ("process start to all points read", [server.wait(lambda progress: progress["is_read"])]),
                ("process start to all judged", [server.wait(lambda progress: progress["is_done"])]),
                ("overview", repeat(lambda: server.ask("api/overview"))),
            ]
            revision = server.overview()["revision"]
            rows += [
                ("overview, nothing changed since", repeat(lambda: server.ask(f"api/overview?since={revision}"))),
                ("catalog", repeat(lambda: server.ask("api/catalog"))),
            ]
            for n_series in (2, 16, given.runs):
                series = [{"run": f"run{index:04}", "tag": "metric0"} for index in range(min(n_series, given.runs))]
                ask = {"series": series, "px": 1200, "smoothing": 0.6}
                rows.append((f"chart of {len(series)} series", repeat(lambda ask=ask: server.ask("api/curves", ask))))
            density = {"series": series, "width": 600, "height": 150}
            rows += [
                (f"density of {len(series)} series", repeat(lambda: server.ask("api/density", density))),
                ("written point to its tick", time_live(server, logdir)),
            ]
            print(f"{given.runs} runs x {given.tags} tags x {given.points} points, {platform.platform()}, "
                  f"{os.cpu_count()} cores, server {server.memory_mb():.0f} MB\n")  # fmt: skip
            print(f"{'':34}{'median ms':>12}{'slowest ms':>12}")
            for name, times in rows:
                print(f"{name:34}{statistics.median(times):12.1f}{max(times):12.1f}")
        finally:
            server.close()


if __name__ == "__main__":
    main()
