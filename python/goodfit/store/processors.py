"""The system → how many processors this process may use."""

from __future__ import annotations

import os


def count_processors() -> int:
    """Of this process where the system tells, else of the machine; at least 1."""
    try:
        return len(os.sched_getaffinity(0))
    except AttributeError:  # not on every system
        return os.cpu_count() or 1
