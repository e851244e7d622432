"""TensorBoard with its fast loader on a log folder → the same numbers as ours, from the same Chromium."""

from __future__ import annotations

import json
import subprocess
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from bench.page.chromium import DESK, Traffic, weigh
from bench.page.quiet import wait_until_quiet
from bench.page.server import free_port
from playwright.sync_api import Browser

LONGEST_S = 300.0


@contextmanager
def tensorboard(command: str, logdir: Path) -> Iterator[str]:
    """The address of a TensorBoard that has loaded the folder."""
    port = free_port()
    process = subprocess.Popen(
        [command, "--logdir", str(logdir), "--port", str(port), "--load_fast=true"],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    url = f"http://localhost:{port}/"
    try:
        end_s = time.monotonic() + LONGEST_S
        while not _list_runs(url):
            if time.monotonic() > end_s:
                raise TimeoutError(f"{command} lists no run")
            time.sleep(0.2)
        wait_until_quiet(process.pid, longest_s=LONGEST_S)
        yield url
    finally:
        process.terminate()
        process.wait(20)


def visit(browser: Browser, url: str) -> dict[str, float]:
    """One visit of its Time Series view with an empty cache, until nothing was asked for a second."""
    page = browser.new_page(viewport=DESK)
    session = page.context.new_cdp_session(page)
    traffic = Traffic(session)
    page.set_default_timeout(180_000)
    started = time.perf_counter()
    page.goto(f"{url}#timeseries", wait_until="commit")
    page.wait_for_selector("scalar-card canvas, scalar-card svg")
    # A card has its canvas before its lines: the first is painted when its answers are there and its spinner is gone.
    page.wait_for_function(
        "() => [...document.querySelectorAll('scalar-card')].some(one => !one.querySelector('mat-spinner'))"
    )
    first_ms = (time.perf_counter() - started) * 1000
    seen, last = traffic.n_bytes, time.perf_counter()
    while time.perf_counter() - last < 1:
        # Answers only when its main thread is free: a page that still draws is not done.
        page.evaluate("() => new Promise(done => requestAnimationFrame(() => setTimeout(done, 0)))")
        if traffic.n_bytes != seen or page.locator("scalar-card mat-spinner").count():
            seen, last = traffic.n_bytes, time.perf_counter()
        page.wait_for_timeout(20)
    found = {"first_ms": first_ms, "all_ms": (last - started) * 1000, "charts": page.locator("scalar-card").count()}
    found |= weigh(page, session)
    page.close()
    return found | {"requests": traffic.n_requests, "bytes_kb": traffic.n_bytes / 1000}


def _list_runs(url: str) -> list[str]:
    with suppress(OSError, ValueError), urllib.request.urlopen(f"{url}data/runs", timeout=2) as answer:
        return list(json.loads(answer.read()))
    return []
