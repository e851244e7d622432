"""A process → the moment when it has nothing left to do, as far as its use of the processor tells."""

from __future__ import annotations

import time
from contextlib import suppress
from pathlib import Path

QUIET_S = 2.0
"""A loader that tells nobody when it is done is done when its processes have used no processor for so long."""


def wait_until_quiet(pid: int, *, longest_s: float) -> None:
    """Returns when a process and its children rest, or after the longest."""
    end_s = time.monotonic() + longest_s
    used, since = -1.0, time.monotonic()
    while time.monotonic() - since < QUIET_S and time.monotonic() < end_s:
        now = used_cpu_s(pid)
        if now - used > 0.05:
            used, since = now, time.monotonic()
        time.sleep(0.2)


def used_cpu_s(pid: int) -> float:
    """Of a process and its children, in seconds."""
    total = 0.0
    for status in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):
            text = status.read_text()
            fields = text.rsplit(")", 1)[1].split()
            if int(status.parent.name) == pid or int(fields[1]) == pid:
                total += (int(fields[11]) + int(fields[12])) / 100
    return total
