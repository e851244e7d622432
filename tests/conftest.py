"""Fixtures for every test: no test touches the user's home, leaves a thread or file open, or sees a token of theirs."""

from __future__ import annotations

import gc
import os
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import settings

# Read once, when numpy is imported. The matrices of the tests are small, and threads would wait for each other.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

# No folder of remembered examples: what fails becomes a test of its own. No deadline of an example: a busy machine
# passes it now and then; the test's own limit stays. The same examples at each run, so that a change is blamed for what
# it broke; GOODFIT_EXAMPLES=new looks for others.
settings.register_profile(
    "goodfit", database=None, deadline=None, derandomize=os.environ.get("GOODFIT_EXAMPLES") != "new"
)
settings.load_profile("goodfit")

GOLDEN = Path(__file__).parent / "golden"
"""Event files by other writers and by released versions of ours; see golden/README.md."""


@pytest.fixture(autouse=True)
def goodfit_home(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty home for configuration and outbox, and no setting or secret from the machine's environment."""
    for name in list(os.environ):
        if name.startswith("GOODFIT_") and name != "GOODFIT_SNAP":
            monkeypatch.delenv(name)
    for name in ("PUSHBULLET_TOKEN", "NO_COLOR", "SSH_CONNECTION", "FORCE_COLOR"):
        monkeypatch.delenv(name, raising=False)
    home = tmp_path_factory.mktemp("goodfit-home")
    monkeypatch.setenv("GOODFIT_HOME", str(home))
    return home


@pytest.fixture
def golden() -> Path:
    """The folder of golden files; read only."""
    return GOLDEN


@pytest.fixture
def no_leaks() -> Iterator[None]:
    """Fails a test that leaves a thread running or a file descriptor open."""
    gc.collect()
    threads, descriptors = set(threading.enumerate()), _open_descriptors()
    yield
    gc.collect()
    _wait_until(lambda: set(threading.enumerate()) <= threads)
    left = [thread.name for thread in threading.enumerate() if thread not in threads]
    assert not left, f"threads left running: {left}"
    # A library's own threads close theirs a moment later.
    _wait_until(lambda: _open_descriptors() <= descriptors)
    opened = _open_descriptors() - descriptors
    assert not opened, f"descriptors left open: {sorted(opened)}"


def _open_descriptors() -> set[str]:
    """What the process has open, by descriptor and target; empty where the system does not tell."""
    folder = Path("/proc/self/fd")
    if not folder.exists():
        return set()
    found = set()
    for entry in folder.iterdir():
        try:
            target = entry.readlink()
        except OSError:
            continue  # the one that listed the folder
        found.add(f"{entry.name} {target}")
    return found


def _wait_until(condition: Callable[[], bool], *, timeout_s: float = 30.0) -> None:
    """Gives threads that were told to end the time to do so."""
    deadline = time.monotonic() + timeout_s
    while not condition() and time.monotonic() < deadline:
        threading.Event().wait(0.01)
