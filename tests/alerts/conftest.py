"""An outbox, a sender and a vendor for each test; time stands still unless it is moved, and nothing sleeps."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.alerts.fake_vendors import FakeVendors
from tests.alerts.posting import Machine, Post


@pytest.fixture
def vendors() -> Iterator[FakeVendors]:
    with FakeVendors() as servers:
        yield servers
    assert servers.breaches == []


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Path]:
    """A home in memory where there is room for one: a hundred attempts are a hundred waits for a disk."""
    memory = Path("/dev/shm")
    if not (memory.is_dir() and os.access(memory, os.W_OK)):
        yield tmp_path / "home"
        return
    with tempfile.TemporaryDirectory(prefix="goodfit-test-", dir=memory) as folder:
        yield Path(folder)


@pytest.fixture
def post(home: Path, vendors: FakeVendors) -> Iterator[Post]:
    whole = Post(home, vendors)
    yield whole
    whole.close()


@pytest.fixture
def machine(home: Path, vendors: FakeVendors) -> Iterator[Machine]:
    own = Machine(home, vendors)
    yield own
    import signal

    for pid in own.senders():
        os.kill(pid, signal.SIGKILL)
