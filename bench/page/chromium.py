"""Chromium on a page → milliseconds, megabytes, nodes and bytes, as the page's own hooks and the browser tell them."""

from __future__ import annotations

import os
from typing import Any

from playwright.sync_api import Browser, CDPSession, Page, Playwright

CHROMIUM = os.environ.get("CHROMIUM", "/usr/bin/chromium")
DESK = {"width": 1360, "height": 900}
WALL = {"width": 1920, "height": 1900}
"""Where 24 small charts and more are in sight at once."""
# Runs before the page's own code, which forbids evaluated strings, and notes the first painted chart frame by frame.
WATCH_FIRST = """
const look = () => {
    if (document.querySelector('[data-drawn="true"]')) window.firstChartMs = performance.now();
    else requestAnimationFrame(look);
};
look();
"""
ALL_CHARTS = "window.goodfit.ready.then(() => [window.firstChartMs, performance.now()])"
WATCH_FRAMES = """() => {
    window.frameGapsMs = [];
    let before = 0;
    const frame = now => {
        if (before) window.frameGapsMs.push(now - before);
        before = now;
        window.frameWatch = requestAnimationFrame(frame);
    };
    window.frameWatch = requestAnimationFrame(frame);
}"""
END_FRAMES = "() => { cancelAnimationFrame(window.frameWatch); return window.frameGapsMs; }"


class Traffic:
    """Requests and bytes on the wire since it was made."""

    def __init__(self, session: CDPSession) -> None:
        self.n_requests = 0
        self.n_bytes = 0.0
        session.send("Network.enable")
        session.on("Network.requestWillBeSent", self._asked)
        session.on("Network.loadingFinished", self._ended)

    def _asked(self, _: Any) -> None:
        self.n_requests += 1

    def _ended(self, event: Any) -> None:
        self.n_bytes += event["encodedDataLength"]


def launch(playwright: Playwright) -> Browser:
    """A Chromium without a graphics processor, as in a container."""
    return playwright.chromium.launch(
        executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu", "--no-first-run"]
    )


def weigh(page: Page, session: CDPSession) -> dict[str, float]:
    """Megabytes of heap after a collection, and DOM nodes."""
    session.send("HeapProfiler.enable")
    session.send("HeapProfiler.collectGarbage")
    session.send("Performance.enable")
    metrics = {one["name"]: one["value"] for one in session.send("Performance.getMetrics")["metrics"]}
    n_nodes = page.evaluate(
        """() => {
            const count = root => [...root.querySelectorAll("*")]
                .reduce((n, one) => n + 1 + (one.shadowRoot ? count(one.shadowRoot) : 0), 0);
            return count(document);
        }"""
    )
    return {"heap_mb": metrics["JSHeapUsedSize"] / 1e6, "nodes": n_nodes}


def open_view(browser: Browser, address: str) -> dict[str, float]:
    """One visit with an empty cache: first chart, all visible charts, heap, nodes, requests, bytes."""
    page = browser.new_page(viewport=DESK)
    session = page.context.new_cdp_session(page)
    traffic = Traffic(session)
    page.add_init_script(WATCH_FIRST)
    page.goto(address)
    first_ms, all_ms = page.evaluate(ALL_CHARTS)
    found = {"first_ms": first_ms, "all_ms": all_ms, "charts": page.locator('[data-drawn="true"]').count()}
    found |= weigh(page, session)
    page.close()
    return found | {"requests": traffic.n_requests, "bytes_kb": traffic.n_bytes / 1000}


def time_zooms(browser: Browser, address: str, *, last_step: int, n_zooms: int = 40) -> list[float]:
    """Milliseconds from a change of range to the painted answer of all visible charts, context included."""
    page = browser.new_page(viewport=DESK)
    page.goto(address)
    page.evaluate("window.goodfit.ready")
    times = []
    for at in range(n_zooms):
        lo = last_step * (0.1 + 0.01 * at)
        times.append(
            page.evaluate(
                """async ([lo, hi]) => {
                    const started = performance.now();
                    location.hash = `${location.hash.split("?")[0]}?x=${lo}~${hi}`;
                    await window.goodfit.ready;
                    return performance.now() - started;
                }""",
                [lo, lo + last_step * (0.2 + 0.01 * (at % 7))],
            )
        )
    page.close()
    return times[2:]  # the first two compile what the others run


def time_frames(browser: Browser, address: str) -> dict[str, list[float]]:
    """Gaps between frames while the pointer moves over a chart and while a key pans; and the number of charts."""
    page = browser.new_page(viewport=WALL)
    page.goto(address)
    page.evaluate("window.goodfit.ready")
    figure = page.locator('[data-drawn="true"]').first
    n_charts = page.locator('[data-drawn="true"]').count()
    box = figure.bounding_box()
    assert box is not None
    left, width, middle = box["x"] + 70, box["width"] - 90, box["y"] + box["height"] * 0.6
    page.mouse.move(left, middle)

    def watch(act: Any) -> list[float]:
        page.wait_for_timeout(300)
        page.evaluate(WATCH_FRAMES)
        act()
        page.wait_for_timeout(100)
        return list(page.evaluate(END_FRAMES))

    def hover() -> None:
        for at in range(120):
            page.mouse.move(left + width * (at % 60) / 60, middle + at % 7)

    def pan() -> None:
        for at in range(60):
            page.keyboard.press("." if at % 20 < 10 else ",")

    hovering = watch(hover)
    # A zoomed chart can be panned; the figure takes the keys.
    page.evaluate("location.hash = '#/curves?x=200~600'; void window.goodfit.ready")
    page.evaluate("window.goodfit.ready")
    figure.locator("[tabindex='0']").first.focus()
    panning = watch(pan)
    page.close()
    return {"hover": hovering, "pan": panning, "charts": [float(n_charts)]}


def time_filter(browser: Browser, address: str) -> list[float]:
    """Milliseconds from a typed letter to the next frame with the filtered table."""
    page = browser.new_page(viewport=DESK)
    page.goto(address)
    page.evaluate("window.goodfit.ready")
    times = []
    for text in (
        "run09",
        "loss < 0.3",
        "run0999",
        "name:/run0[1-3].*7/",
        "",
        "group05",
        "lr > 1",
        "run",
        "health:overfit",
    ):
        times.append(
            page.evaluate(
                """async text => {
                    const field = document.getElementById("filter");
                    const started = performance.now();
                    field.value = text;
                    field.dispatchEvent(new InputEvent("input", { bubbles: true }));
                    await new Promise(done => setTimeout(done, 0));
                    await new Promise(done => requestAnimationFrame(() => setTimeout(done, 0)));
                    return performance.now() - started;
                }""",
                text,
            )
        )
        page.evaluate("window.goodfit.ready")
    page.close()
    return times[1:]


def time_graph(browser: Browser, address: str) -> dict[str, float]:
    """Milliseconds to the first view of a graph, and to an opened group with its layout."""
    page = browser.new_page(viewport=DESK)
    page.goto(f"{address}#/graph")
    first_ms = page.evaluate("window.goodfit.ready.then(() => performance.now())")
    times = []
    for _ in range(3):
        group = page.get_by_role("button", name="nodes inside").first
        if not group.count():
            break
        times.append(
            group.evaluate(
                """async one => {
                    const started = performance.now();
                    one.dispatchEvent(new MouseEvent("dblclick", { bubbles: true }));
                    await window.goodfit.ready;
                    return performance.now() - started;
                }"""
            )
        )
    page.close()
    return {"first_ms": first_ms, "open_ms": max(times, default=float("nan"))}
