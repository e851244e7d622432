"""A file → a lock that one process holds, and that the system frees when the process ends, however it ends."""

from __future__ import annotations

import os
import sys
from pathlib import Path


class ProcessLock:
    """An exclusive lock on a file. Programs that are started do not inherit it unless its file is passed down; it is
    freed by `release` in every process that has it, or by their end."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file: int | None = None

    @classmethod
    def inherited(cls, path: Path, file: int) -> ProcessLock:
        """The lock that the process which started this one holds in `file`."""
        lock = cls(path)
        os.set_inheritable(file, False)
        lock._file = file
        return lock

    def acquire(self) -> bool:
        """Takes the lock; False when another process holds it."""
        self._path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        file = os.open(self._path, os.O_CREAT | os.O_RDWR, 0o600)
        try:
            _lock_file(file)
        except OSError:
            os.close(file)
            return False
        self._file = file
        return True

    def sign(self, pid: int | None = None) -> None:
        """Writes into the file which process (None: this one) holds the lock, so that others can ask without touching
        it."""
        if self._file is not None and sys.platform != "win32":
            os.ftruncate(self._file, 0)
            pid = os.getpid() if pid is None else pid
            os.pwrite(self._file, f"{pid} {process_start(pid)}\n".encode(), 0)

    def unsign(self) -> None:
        """Takes out who held it before: until the next holder signs, nobody is known to be dead."""
        if self._file is not None and sys.platform != "win32":
            os.ftruncate(self._file, 0)

    def fileno(self) -> int:
        """The open file, to be passed to a process that is to hold the lock."""
        assert self._file is not None, "the lock is not held"
        return self._file

    def release(self) -> None:
        """Gives the lock up; nothing happens when it is not held."""
        if self._file is not None:
            os.close(self._file)
            self._file = None


def is_abandoned(path: Path) -> bool:
    """Whether a process signed this lock and has died since; False while one starts that has not signed yet."""
    if sys.platform == "win32":
        return False
    try:
        pid, start = path.read_text(encoding="ascii").split()
        return not is_process_alive(int(pid), start)
    except (OSError, ValueError):
        return False


def is_held(path: Path) -> bool:
    """Whether the process that signed this lock lives.

    Reads the signature instead of trying the lock: trying would keep a starting process from it for that moment.
    """
    if sys.platform == "win32":
        lock = ProcessLock(path)
        if not path.exists():
            return False
        is_free = lock.acquire()
        lock.release()
        return not is_free
    try:
        pid, start = path.read_text(encoding="ascii").split()
        return is_process_alive(int(pid), start)
    except (OSError, ValueError):
        return False


def is_process_alive(pid: int, start: str) -> bool:
    """Whether the process with this id and start still runs; a later process of the same id is another one."""
    if start not in ("", "?"):
        return process_start(pid) == start
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except OSError:
        return True
    return True


def process_start(pid: int) -> str:
    """When a process started, in the kernel's ticks since boot; `?` where the system does not tell, `` when it is
    gone or dead.

    Linux: field 22 of /proc/PID/stat, proc_pid_stat(5).
    """
    try:
        text = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
    except FileNotFoundError:
        return "" if Path("/proc/self/stat").exists() else "?"
    except OSError:
        return ""
    # The command name stands in parentheses and may itself hold spaces and parentheses.
    fields = text.rpartition(")")[2].split()
    return "" if fields[0] in ("Z", "X") else fields[19]


if sys.platform == "win32":
    import msvcrt

    def _lock_file(file: int) -> None:
        msvcrt.locking(file, msvcrt.LK_NBLCK, 1)

else:
    import fcntl

    def _lock_file(file: int) -> None:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
