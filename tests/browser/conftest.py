"""A real server over real event files, and Chromium on its page; each page fails its test on a console error."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, sync_playwright
from served import OpenPage, painted

CHROMIUM = os.environ.get("CHROMIUM", "/usr/bin/chromium")
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
# A test ends its server before its page; that the page says so is right.
SERVER_GONE = (
    "ERR_CONNECTION_REFUSED",
    "ERR_INCOMPLETE_CHUNKED_ENCODING",
    "ERR_CONNECTION_RESET",
    "ERR_EMPTY_RESPONSE",
)
# Answers beyond these would hide a page that hangs behind the test's own limit.
STEP_MS = 8_000


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    here = Path(__file__).parent
    for item in items:
        if here in Path(item.fspath).parents:
            item.add_marker(pytest.mark.browser)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    if not Path(CHROMIUM).exists():
        pytest.skip("needs Chromium (make system, or CHROMIUM=path)")
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield chromium
        chromium.close()


def is_of(url: str, host: str) -> bool:
    """Whether an address stays on a host (empty: in a file) or holds its data itself."""
    return url.startswith(("data:", "blob:")) or url.split("/")[2] == host


@pytest.fixture
def open_page(browser: Browser) -> Iterator[OpenPage]:
    """Opens an address in a context of its own and waits until the page is painted.

    The test fails when the page wrote an error to its console, threw, or asked another host for anything. Texts that a
    test provokes on purpose are named in `allow`.
    """
    contexts = []
    problems: list[str] = []
    allowed: list[str] = [*SERVER_GONE]

    def open_address(
        url: str,
        *,
        width: int = 1360,
        height: int = 900,
        locale: str = "en-US",
        theme: str = "light",
        allow: tuple[str, ...] = (),
        **options: Any,
    ) -> Page:
        context = browser.new_context(
            viewport={"width": width, "height": height}, locale=locale, color_scheme=theme, **options
        )
        contexts.append(context)
        allowed.extend(allow)
        page = context.new_page()
        page.set_default_timeout(STEP_MS)
        host = url.split("/")[2]
        page.on("console", lambda said: problems.append(said.text) if said.type in ("error", "warning") else None)
        page.on("pageerror", lambda error: problems.append(str(error)))
        page.on("request", lambda asked: None if is_of(asked.url, host) else problems.append(asked.url))
        page.goto(url)
        painted(page)
        return page

    yield open_address
    for context in contexts:
        context.close()
    left = [problem for problem in problems if not any(text in problem for text in allowed)]
    assert not left, f"the page's console: {left}"
