"""The process that works the outbox off (`python -m goodfit.alerts.sender`): its lock, its loop, its sleep.

Between attempts it sleeps as long as `dispatch.py` asks for; it ends by itself when nothing is left that it could
send.
"""

from __future__ import annotations

import argparse
import random
import sys
import time
import traceback
from collections.abc import Callable, Sequence
from concurrent.futures import FIRST_COMPLETED, ThreadPoolExecutor, wait
from datetime import datetime
from functools import partial
from types import TracebackType

from goodfit import config
from goodfit.alerts.channels.http import Http
from goodfit.alerts.dispatch import Sender
from goodfit.alerts.launch import lock_path, sender_key
from goodfit.alerts.outbox import Outbox
from goodfit.alerts.process_lock import ProcessLock
from goodfit.alerts.redaction import Redactor, find_secrets
from goodfit.errors import GoodfitError

_LINGER_S = 0.5  # a loop that tells every step keeps one sender instead of starting many
_POLL_S = 0.25  # how soon a running sender sees what another process has queued
_SETTINGS_S = 5.0  # how soon a token that was added or removed meanwhile is noticed
_MAX_PARALLEL = 4


def run_sender(load_settings: Callable[[], config.Settings], lock: ProcessLock, *, linger_s: float = _LINGER_S) -> None:
    """Works the outbox off until nothing is left that can be sent, then frees the lock."""
    settings = load_settings()
    with (
        Outbox(settings.outbox_path) as outbox,
        Http(settings) as http,
        ThreadPoolExecutor(_MAX_PARALLEL, thread_name_prefix="goodfit-send") as executor,
    ):
        sender = Sender(outbox, load_settings, http=http, executor=executor, rng=random.Random())  # noqa: S311 - jitter
        idle_since = time.monotonic()
        while True:
            lock.sign()
            sender.step()
            due = sender.next_due()
            if sender.futures or due is not None:
                idle_since = time.monotonic()
            elif time.monotonic() - idle_since > linger_s:
                # Freed first, looked at again after: who queues something now either sees the lock free or is seen
                # here.
                lock.release()
                if sender.next_due() is None or not lock.acquire():
                    return
            _sleep(outbox, sender, due)


def _sleep(outbox: Outbox, sender: Sender, due: float | None) -> None:
    """Waits until a request ends, a delivery is due, somebody has queued one, or the settings may have changed."""
    version = outbox.data_version
    deadline = time.monotonic() + _SETTINGS_S
    while time.monotonic() < deadline:
        if sender.futures:
            done, _ = wait(sender.futures, timeout=_POLL_S, return_when=FIRST_COMPLETED)
            if done:
                return
        else:
            pause = _POLL_S if due is None else min(_POLL_S, max(0.0, due - outbox.clock()))
            time.sleep(pause)
            if due is None or outbox.clock() >= due:
                return
        if outbox.data_version != version:
            return


def _write_last_words(
    redact: Redactor, kind: type[BaseException], error: BaseException, trace: TracebackType | None
) -> None:
    """What ends the process goes to sender.log, where a traceback must not carry a token."""
    sys.stderr.write(redact("".join(traceback.format_exception(kind, error, trace))))


def main(arguments: Sequence[str] | None = None) -> int:
    """The process: takes the lock over, works the outbox off, ends."""
    parser = argparse.ArgumentParser(prog="goodfit.alerts.sender", description="Sends what waits in Goodfit's outbox.")
    parser.add_argument("--lock-fd", type=int, help="an open file that holds the sender's lock already")
    options = parser.parse_args(arguments)
    settings = config.load()
    path = lock_path(settings, sender_key(settings))
    if options.lock_fd is not None:
        lock = ProcessLock.inherited(path, options.lock_fd)
    else:
        lock = ProcessLock(path)
        if not lock.acquire():
            return 0
    redact = Redactor(find_secrets(settings))
    sys.excepthook = partial(_write_last_words, redact)
    try:
        run_sender(config.load, lock)
    except GoodfitError as error:
        sys.stderr.write(f"{datetime.now().isoformat(timespec='seconds')} {redact(str(error))}\n")
        return 1
    finally:
        lock.release()
    return 0


if __name__ == "__main__":
    sys.exit(main())
