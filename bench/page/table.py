"""All bounds of the page in one table, TensorBoard beside it on the same logs in the same browser.

    python -m bench.page [--rival PATH_TO_tensorboard] [--data FOLDER] [--only crowd,long,wall,many,graph,live]

Logs are made once (--data keeps them). Each part starts a server, waits until all is read and judged, and asks Chromium
without a graphics processor. Times are medians of three visits with an empty cache; compare rows of one run.
"""

from __future__ import annotations

import argparse
import gzip
import os
import platform
import re
import shutil
import statistics
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from bench.event_folders import make_folder
from bench.page import chromium, folders, live, rival
from bench.page.quiet import wait_until_quiet
from bench.page.server import Server
from playwright.sync_api import Browser, sync_playwright

from goodfit.server.settings import STATIC

PARTS = ("crowd", "long", "wall", "many", "graph", "live")
N_VISITS = 3
TWO_FRAMES_MS = 33.4
"""At 60 frames a second, with what clocks round: one frame may be missed, no two."""


class Table:
    """Rows as they come: what, how it came out, what it was to be."""

    def __init__(self) -> None:
        print(f"{'':52}{'measured':>14}  {'bound':<22}")

    def row(self, name: str, value: float | str, bound: str = "", *, holds: bool | None = None) -> None:
        text = value if isinstance(value, str) else f"{value:,.0f}" if value >= 10 else f"{value:,.1f}"
        verdict = "" if holds is None else "holds" if holds else "MISSED"
        print(f"{name:52}{text:>14}  {bound:<22}{verdict}", flush=True)

    def at_most(self, name: str, value: float, most: float, unit: str) -> None:
        self.row(f"{name}, {unit}", value, f"<= {most:g} {unit}", holds=value <= most)


@contextmanager
def serving(logdir: Path) -> Iterator[str]:
    """The address of a server that has read and judged a folder."""
    server = Server(logdir)
    try:
        server.wait(lambda progress: progress["is_done"])
        wait_until_quiet(server.pid, longest_s=30)
        yield f"http://127.0.0.1:{server.port}/"
    finally:
        server.close()


def quantile(values: list[float], share: float) -> float:
    return sorted(values)[min(len(values) - 1, int(len(values) * share))]


def median_visit(visits: list[dict[str, float]]) -> dict[str, float]:
    return {name: statistics.median(visit[name] for visit in visits) for name in visits[0]}


def bench_crowd(table: Table, browser: Browser, logdir: Path, command: str | None) -> None:
    """500 runs × 20 tags × 1,000 points: two views of ours, and the rival's."""
    with serving(logdir) as address:
        ours = {
            view: median_visit([chromium.open_view(browser, f"{address}#/{view}") for _ in range(N_VISITS)])
            for view in ("overview", "curves")
        }
        zooms = chromium.time_zooms(browser, f"{address}#/overview", last_step=1_000)
        enlarged = chromium.time_zooms(browser, f"{address}#/curves", last_step=1_000)
    for view, visit in ours.items():
        print_visit(table, f"500 runs, {view}", visit)
    table.at_most("500 runs: first chart (10M points)", ours["overview"]["first_ms"], 300, "ms")
    table.at_most("zoom to re-read picture, overview, p95", quantile(zooms, 0.95), 80, "ms")
    table.row("  median, ms", statistics.median(zooms))
    table.row("zoom to re-read picture, 12 curves, p95, ms", quantile(enlarged, 0.95))
    if command is None:
        print("no tensorboard command was found: --rival PATH compares with it")
        return
    with rival.tensorboard(command, logdir) as url:
        theirs = rival.visit(browser, url)
    print_visit(table, "500 runs, TensorBoard", theirs)
    for name, key, least in (
        ("navigation to all charts", "all_ms", 10),
        ("heap", "heap_mb", 8),
        ("DOM nodes", "nodes", 40),
        ("bytes", "bytes_kb", 10),
    ):
        ratio = theirs[key] / max(visit[key] for visit in ours.values())
        table.row(f"{name}: times less than TensorBoard", ratio, f">= {least}", holds=ratio >= least)


def print_visit(table: Table, name: str, visit: Mapping[str, float]) -> None:
    table.row(f"{name}: navigation to first chart, ms", visit["first_ms"])
    table.row(f"{name}: to all {visit['charts']:.0f} visible charts, ms", visit["all_ms"])
    table.row(f"{name}: heap, MB", visit["heap_mb"])
    table.row(f"{name}: DOM nodes", visit["nodes"])
    table.row(f"{name}: {visit['requests']:.0f} requests, kB", visit["bytes_kb"])


def bench_long(table: Table, browser: Browser, logdir: Path) -> None:
    """One run of 20 × 500,000 points."""
    with serving(logdir) as address:
        visit = median_visit([chromium.open_view(browser, f"{address}#/overview") for _ in range(N_VISITS)])
        zooms = chromium.time_zooms(browser, f"{address}#/overview", last_step=500_000)
    table.at_most("1 run of 10M points: first chart", visit["first_ms"], 300, "ms")
    table.at_most("1 run of 10M points: zoom, p95", quantile(zooms, 0.95), 80, "ms")


def bench_wall(table: Table, browser: Browser, logdir: Path) -> None:
    """24 charts × 8 runs."""
    with serving(logdir) as address:
        gaps = chromium.time_frames(browser, f"{address}#/curves")
    for what in ("hover", "pan"):
        name = f"{what}, {gaps['charts'][0]:.0f} charts x 8 runs: worst frame"
        table.at_most(name, max(gaps[what]), TWO_FRAMES_MS, "ms")
        table.row("  95 %, ms", quantile(gaps[what], 0.95))


def bench_many(table: Table, browser: Browser, logdir: Path) -> None:
    """10,000 runs."""
    with serving(logdir) as address:
        visit = chromium.open_view(browser, f"{address}#/overview")
        times = chromium.time_filter(browser, f"{address}#/overview")
    print_visit(table, "10,000 runs, overview", visit)
    table.at_most("filter over 10,000 runs, to the frame, worst", max(times), 50, "ms")
    table.row("  median, ms", statistics.median(times))


def bench_graph(table: Table, browser: Browser, logdir: Path) -> None:
    """100,000 nodes."""
    with serving(logdir) as address:
        found = chromium.time_graph(browser, address)
    table.at_most("graph of 100,000 nodes: first view", found["first_ms"], 1_000, "ms")
    table.at_most("  opening a group, worst", found["open_ms"], 300, "ms")


def bench_live(table: Table, browser: Browser, logdir: Path) -> None:
    """A hundred trainings that log ten times a second."""
    trainings = live.Trainings(logdir)
    trainings.log()
    try:
        with serving(logdir) as address:
            for view in ("overview", "curves"):
                found = live.time_live(browser, f"{address}#/{view}", trainings)
                name = f"{live.N_RUNS} live trainings, {view}"
                table.row(f"{name}: updates a second", found["updates"])
                table.row("  time of the page's thread, ms a second", found["used_ms"])
                table.at_most("  worst frame", found["worst_ms"], TWO_FRAMES_MS, "ms")
                table.row("  99 % of frames, ms", found["p99_ms"])
            table.row("  an empty page beside them: worst frame, ms", live.time_nothing(browser, trainings))
    finally:
        trainings.close()


def bench_first_load(table: Table) -> None:
    """Compressed bytes of what index.html names and of one language."""
    index = STATIC / "index.html"
    named = [STATIC / name for name in re.findall(r'(?:src|href)="\./([^"]+\.(?:js|css))"', index.read_text("utf-8"))]
    language = (STATIC / "assets").glob("ko-*.js")
    size_kb = sum(len(gzip.compress(path.read_bytes(), 9)) for path in (index, *named, *language)) / 1024
    table.at_most("first load with one language, compressed", size_kb, 110, "KB")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rival", default=shutil.which("tensorboard"), help="the tensorboard command")
    parser.add_argument("--data", type=Path, help="folder that keeps the logs for the next time")
    parser.add_argument("--only", default=",".join(PARTS), help="parts, by commas")
    given = parser.parse_args()
    parts = given.only.split(",")
    with tempfile.TemporaryDirectory(prefix="goodfit-bench-") as temporary:
        where = given.data or Path(temporary)
        os.environ.setdefault("GOODFIT_HOME", f"{temporary}/home")
        makers = {
            "crowd": lambda: make_folder(folders.CROWD, where),
            "long": lambda: make_folder(folders.LONG, where),
            "many": lambda: make_folder(folders.MANY, where),
            "wall": lambda: folders.make_wall(where),
            "graph": lambda: folders.make_graph(where),
            "live": lambda: Path(temporary) / "live",
        }
        made = {part: makers[part]() for part in parts}
        print(f"{platform.machine()}, {os.cpu_count()} processors, load {os.getloadavg()[0]:.1f}, no GPU\n")
        table = Table()
        with sync_playwright() as playwright:
            browser = chromium.launch(playwright)
            if "crowd" in made:
                bench_crowd(table, browser, made["crowd"], given.rival)
            for part, bench in (
                ("long", bench_long),
                ("wall", bench_wall),
                ("many", bench_many),
                ("graph", bench_graph),
                ("live", bench_live),
            ):
                if part in made:
                    bench(table, browser, made[part])
            browser.close()
        bench_first_load(table)
        print(f"\nload at the end {os.getloadavg()[0]:.1f}")


if __name__ == "__main__":
    main()
