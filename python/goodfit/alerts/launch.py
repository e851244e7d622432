"""A queued alert → a living sender process, started where there is none.

There is one sender for each environment (tokens, proxies, addresses of services differ between shells), known by a
digest of those variables. Its lock is taken before it starts and handed down, so that a hundred calls at once start
one process.
"""

from __future__ import annotations

import atexit
import hashlib
import os
import subprocess
import sys
from pathlib import Path

from goodfit.alerts.outbox import Outbox
from goodfit.alerts.process_lock import ProcessLock
from goodfit.config import Settings

SENDER_MODULE = "goodfit.alerts.sender"


def sender_key(settings: Settings) -> str:
    """The digest of the variables that decide where and as whom a sender sends."""
    text = "\x1f".join(f"{name}={value}" for name, value in settings.outbound_environment().items())
    return hashlib.sha256(text.encode("utf-8", errors="surrogateescape")).hexdigest()[:16]


def lock_path(settings: Settings, key: str) -> Path:
    """The file that the sender of an environment locks; it holds the sender's process id."""
    return settings.state_dir / "senders" / f"{key}.lock"


def start_sender(settings: Settings) -> bool:
    """Starts the sender of this environment, detached, unless it is running; whether one was started.

    It is a process of its own session, which outlives the caller and ends by itself when nothing is left to send.
    """
    key = sender_key(settings)
    lock = ProcessLock(lock_path(settings, key))
    if not lock.acquire():
        return False
    lock.unsign()
    try:
        spawn_module(SENDER_MODULE, settings, lock=lock, stderr_path=settings.state_dir / "sender.log")
    finally:
        lock.release()
    return True


def send_left_behind(settings: Settings) -> bool:
    """Starts the sender when an earlier one ended before its work, as with its machine; whether one was started.

    Costs a look for a file where nothing was ever queued.
    """
    if not settings.outbox_path.exists():
        return False
    with Outbox(settings.outbox_path) as outbox:
        is_work_left = outbox.has_open()
    return is_work_left and start_sender(settings)


class Offspring:
    """Processes that are meant to outlive this one. One instance, `OFFSPRING`: it reaps those that have ended, and
    lets the rest go at exit without the warning that an unawaited process gives."""

    def __init__(self) -> None:
        self._processes: list[subprocess.Popen[bytes]] = []

    def add(self, process: subprocess.Popen[bytes]) -> None:
        """Keeps a process until it has ended or we end."""
        if not self._processes:
            atexit.register(self._let_go)
        self._processes = [one for one in self._processes if one.poll() is None]
        self._processes.append(process)

    def _let_go(self) -> None:
        for process in self._processes:
            if process.poll() is None:
                process.returncode = 0
        self._processes = []


OFFSPRING = Offspring()


def spawn_module(module: str, settings: Settings, *, lock: ProcessLock, stderr_path: Path) -> None:
    """Starts `python -m module` detached, handing down the lock; the process is not waited for."""
    environ = settings.child_environment()
    command = [sys.executable, "-P", "-m", module]
    keywords: dict[str, object] = {}
    if sys.platform == "win32":
        lock.release()
        keywords["creationflags"] = subprocess.DETACHED_PROCESS | subprocess.CREATE_NEW_PROCESS_GROUP
    else:
        command += ["--lock-fd", str(lock.fileno())]
        keywords.update(start_new_session=True, pass_fds=(lock.fileno(),))
    if stderr_path.exists() and stderr_path.stat().st_size > 1 << 20:
        stderr_path.replace(stderr_path.with_suffix(".log.1"))
    with os.fdopen(os.open(stderr_path, os.O_CREAT | os.O_WRONLY | os.O_APPEND, 0o600), "wb") as log:
        process = subprocess.Popen(  # type: ignore[call-overload]
            command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=log, env=environ, **keywords
        )
    # Signed for it: until it runs, a sender of another environment must not take its deliveries for left behind.
    lock.sign(process.pid)
    OFFSPRING.add(process)
