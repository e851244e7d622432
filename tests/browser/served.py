"""`goodfit serve` as a user starts it, and the wait for its page."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Page

from goodfit.alerts.process_lock import is_held

OpenPage = Callable[..., Page]
"""The fixture `open_page`: opens an address and waits until the page is painted."""


class Served:
    """A running server: its address, and a way to end it."""

    def __init__(self, process: subprocess.Popen[str], url: str) -> None:
        self.url = url
        self._process = process

    def stop(self) -> None:
        self._process.terminate()
        self._process.wait(60)
        for stream in (self._process.stdout, self._process.stderr):
            if stream is not None:
                stream.close()


@contextmanager
def serving(logdir: Path, *arguments: str, home: Path) -> Iterator[Served]:
    """`goodfit serve` on a free port, until the block ends."""
    process = subprocess.Popen(
        [sys.executable, "-m", "goodfit", "serve", str(logdir), "--port", "0", "--poll", "0.1", *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        env={**os.environ, "GOODFIT_HOME": str(home), "PYTHONUNBUFFERED": "1"},
    )
    assert process.stdout is not None
    said = []
    url = None
    for line in process.stdout:
        said.append(line)
        found = re.search(r"http://[^\s]+", line)
        if found:
            url = found[0]
            break
    served = Served(process, url or "")
    try:
        assert url, "".join(said)
        yield served
    finally:
        served.stop()
        _end_senders(home)


def _end_senders(home: Path) -> None:
    """A sender outlives the server that started it, for a day where a message is held back so long."""
    for path in home.glob("senders/*.lock"):
        words = path.read_text().split()
        if words and is_held(path):
            os.kill(int(words[0]), signal.SIGKILL)


def painted(page: Page) -> None:
    """Waits until every visible chart shows what was asked."""
    page.evaluate(
        """Promise.race([
            window.goodfit.ready,
            new Promise((_, no) => setTimeout(() => no(new Error("not painted")), 8000)),
        ])"""
    )
