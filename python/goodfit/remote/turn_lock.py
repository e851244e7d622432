"""A file → the turn of one process, or of one mirror in it, to bring a folder up to date.

The system frees the lock when the process ends, however it ends.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

if sys.platform == "win32":
    import msvcrt

    def _lock(file: int) -> None:
        msvcrt.locking(file, msvcrt.LK_NBLCK, 1)

else:
    import fcntl

    def _lock(file: int) -> None:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)


def take_turn(path: Path) -> int | None:
    """An open file to close when the turn is over; None while another has it. Raises OSError."""
    file = os.open(path, os.O_CREAT | os.O_RDWR | getattr(os, "O_CLOEXEC", 0), 0o600)
    try:
        _lock(file)
        # Whoever emptied the cache meanwhile took the file that was locked with it.
        if os.path.samestat(os.fstat(file), path.stat()):
            return file
    except OSError:
        pass
    os.close(file)
    return None
