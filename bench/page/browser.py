"""How long a browser takes from navigation to painted charts, and what the page weighs there.

    python -m bench.page.browser [--runs 50] [--tags 20] [--points 1000] [--rival PATH_TO_tensorboard]

Chromium opens the overview and the Curves view on generated logs, data loaded and judged before. Per view: milliseconds
to the first painted chart and to all visible ones, JavaScript heap after a collection, DOM nodes, requests and bytes.
Then ten zooms: from the gesture to the re-read picture. A rival's row is from navigation to a second without requests,
less that second. Times are of this machine and its load; compare rows of one run.
"""

from __future__ import annotations

import argparse
import os
import platform
import statistics
import subprocess
import tempfile
import time
import urllib.request
from pathlib import Path
from typing import Any

from bench.page.server import Server, write_logs
from playwright.sync_api import Browser, CDPSession, Page, sync_playwright

CHROMIUM = os.environ.get("CHROMIUM", "/usr/bin/chromium")
# Runs before the page's own code, which forbids evaluated strings, and notes the first painted chart frame by frame.
WATCH_FIRST = """
const look = () => {
    if (document.querySelector('[data-drawn="true"]')) window.firstChartMs = performance.now();
    else requestAnimationFrame(look);
};
look();
"""
ALL_CHARTS = "window.goodfit.ready.then(() => [window.firstChartMs, performance.now()])"
VIEWS = ("overview", "curves")
N_ZOOMS = 10
HEADER = (
    f"{'view':<22}{'first ms':>12} {'all ms':>11} {'charts':>7} {'heap MB':>8} {'nodes':>7} {'requests':>9} {'kB':>8}"
)


class Traffic:
    """Requests and bytes on the wire since it was made."""

    def __init__(self, session: CDPSession) -> None:
        self.n_requests = 0
        self.n_bytes = 0
        session.send("Network.enable")
        session.on("Network.requestWillBeSent", self._asked)
        session.on("Network.dataReceived", self._received)

    def _asked(self, _: Any) -> None:
        self.n_requests += 1

    def _received(self, event: Any) -> None:
        self.n_bytes += event["dataLength"]


def weigh(page: Page, session: CDPSession) -> tuple[float, int]:
    """Megabytes of heap after a collection, and DOM nodes."""
    session.send("HeapProfiler.enable")
    session.send("HeapProfiler.collectGarbage")
    session.send("Performance.enable")
    metrics = {one["name"]: one["value"] for one in session.send("Performance.getMetrics")["metrics"]}
    return metrics["JSHeapUsedSize"] / 1e6, page.evaluate("document.getElementsByTagName('*').length")


def measure_view(browser: Browser, address: str) -> str:
    page = browser.new_page(viewport={"width": 1360, "height": 900})
    session = page.context.new_cdp_session(page)
    traffic = Traffic(session)
    page.add_init_script(WATCH_FIRST)
    page.goto(address)
    first_ms, all_ms = page.evaluate(ALL_CHARTS)
    n_charts = page.locator('[data-drawn="true"]').count()
    heap_mb, n_nodes = weigh(page, session)
    page.close()
    return (
        f"{first_ms:>12.0f} {all_ms:>11.0f} {n_charts:>7} {heap_mb:>8.1f} {n_nodes:>7} "
        f"{traffic.n_requests:>9} {traffic.n_bytes / 1000:>8.0f}"
    )


def measure_zooms(browser: Browser, address: str) -> list[float]:
    """Milliseconds from a change of range to the painted answer of all visible charts."""
    page = browser.new_page(viewport={"width": 1360, "height": 900})
    page.goto(address)
    page.evaluate("window.goodfit.ready")
    times = []
    for k in range(N_ZOOMS):
        times.append(
            page.evaluate(
                """async range => {
                    const started = performance.now();
                    location.hash = `#/overview?x=${range[0]}~${range[1]}`;
                    await window.goodfit.ready;
                    return performance.now() - started;
                }""",
                [100 + 10 * k, 400 + 20 * k],
            )
        )
    page.close()
    return times


def measure_rival(browser: Browser, command: str, logdir: Path) -> str:
    """TensorBoard's scalars view, with its fast loader, after its data is loaded."""
    port = 16_006
    process = subprocess.Popen(
        [command, "--logdir", str(logdir), "--port", str(port), "--load_fast=true"],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    url = f"http://localhost:{port}/"
    try:
        for _ in range(300):
            try:
                urllib.request.urlopen(f"{url}data/runs", timeout=1).read()
                break
            except OSError:
                time.sleep(0.2)
        time.sleep(15)  # its loader tells nobody when it is done
        page = browser.new_page(viewport={"width": 1360, "height": 900})
        session = page.context.new_cdp_session(page)
        traffic = Traffic(session)
        page.set_default_timeout(120_000)
        started = time.perf_counter()
        page.goto(f"{url}#timeseries", wait_until="commit")
        page.wait_for_selector("scalar-card canvas, scalar-card svg")
        first_ms = (time.perf_counter() - started) * 1000
        quiet = traffic.n_requests
        last = time.perf_counter()
        while time.perf_counter() - last < 1:
            page.wait_for_timeout(50)
            if traffic.n_requests != quiet:
                quiet, last = traffic.n_requests, time.perf_counter()
        all_ms = (last - started) * 1000
        n_charts = page.locator("scalar-card").count()
        heap_mb, n_nodes = weigh(page, session)
        page.close()
        return (
            f"{first_ms:>12.0f} {all_ms:>11.0f} {n_charts:>7} {heap_mb:>8.1f} {n_nodes:>7} "
            f"{traffic.n_requests:>9} {traffic.n_bytes / 1000:>8.0f}"
        )
    finally:
        process.terminate()
        process.wait(20)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--runs", type=int, default=50)
    parser.add_argument("--tags", type=int, default=20)
    parser.add_argument("--points", type=int, default=1000)
    parser.add_argument("--rival", default=None, help="the tensorboard command of another environment")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        logdir = Path(folder)
        write_logs(logdir, n_runs=given.runs, n_tags=given.tags, n_points=given.points)
        server = Server(logdir)
        server.wait(lambda progress: progress["is_done"])
        print(
            f"{given.runs} runs x {given.tags} tags x {given.points} points; "
            f"{platform.machine()}, load {os.getloadavg()[0]:.1f}"
        )
        print(HEADER)
        try:
            with sync_playwright() as playwright:
                browser = playwright.chromium.launch(
                    executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu", "--no-first-run"]
                )
                root = f"http://127.0.0.1:{server.port}/"
                for view in VIEWS:
                    print(f"{view:<22}{measure_view(browser, f'{root}#/{view}')}")
                zooms = measure_zooms(browser, f"{root}#/overview")
                median_ms = statistics.median(zooms)
                print(f"zoom to re-read picture: median {median_ms:.0f} ms, slowest of {N_ZOOMS} {max(zooms):.0f} ms")
                if given.rival:
                    print(f"{'TensorBoard':<22}{measure_rival(browser, given.rival, logdir)}")
                browser.close()
        finally:
            server.close()


if __name__ == "__main__":
    main()
