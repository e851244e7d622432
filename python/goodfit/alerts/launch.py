"""A queued alert → a living sender process, started where there is none.

There is one sender for each environment (tokens, proxies, addresses of services differ between shells), known by a digest of
those variables. Its lock is taken before it starts and handed down, so that a hundred calls at once start one process.
"""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from pathlib import Path

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
    try:
        spawn_module(SENDER_MODULE, settings, lock=lock, stderr_path=settings.state_dir / "sender.log")
    finally:
        lock.release()
    return True


def spawn_module(module: str, settings: Settings, *, lock: ProcessLock, stderr_path: Path) -> None:
    """Starts `python -m module` detached, handing down the lock; the process is not waited for."""
    environ = child_environment(settings)
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
    # It is meant to outlive us: not waiting for it is no mistake that a warning should report.
    process.returncode = 0


def child_environment(settings: Settings) -> dict[str, str]:
    """The environment for a process of ours: the same, and the package found where it was found here.

    `-P` keeps the current folder out of the module path: a user's `queue.py` must not shadow the standard library's.
    """
    environ = dict(settings.environ)
    if environ.get("GOODFIT_HOME"):
        environ["GOODFIT_HOME"] = str(settings.config_dir)
    root = str(Path(__file__).resolve().parents[2])
    if Path(root).name not in ("site-packages", "dist-packages"):
        environ["PYTHONPATH"] = os.pathsep.join(filter(None, (environ.get("PYTHONPATH"), root)))
    return environ
