"""An outbox, a sender and a vendor for each test; time stands still unless it is moved, and nothing sleeps."""

from __future__ import annotations

import os
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
def post(tmp_path: Path, vendors: FakeVendors) -> Iterator[Post]:
    whole = Post(tmp_path / "home", vendors)
    yield whole
    whole.close()


@pytest.fixture
def machine(tmp_path: Path, vendors: FakeVendors) -> Iterator[Machine]:
    own = Machine(tmp_path / "home", vendors)
    yield own
    import signal

    for pid in own.senders():
        os.kill(pid, signal.SIGKILL)
