"""The ends of a process → the ends of what it was writing: exit, exception at exit, fork.

Holds the files that are open, so that they are closed at exit in the order in which they were opened, and abandoned
in a forked child, where the thread that writes them does not exist. Registered with the interpreter when the first
file opens, not at import.
"""

from __future__ import annotations

import atexit
import os
import sys
from typing import Protocol

from goodfit.sdk.exit_code import EXIT


class Closable(Protocol):
    """What must not outlive the process, nor be used in a fork of it."""

    def close_at_exit(self, error: BaseException | None) -> None: ...

    def abandon_in_child(self) -> None: ...


class OpenThings:
    """What is open in this process. One instance, `OPEN`."""

    def __init__(self) -> None:
        self._things: dict[int, Closable] = {}
        self._is_registered = False
        self._error_at_start: BaseException | None = None

    def add(self, thing: Closable) -> None:
        """Keeps `thing` alive and closes it at exit."""
        if not self._is_registered:
            self._is_registered = True
            self._error_at_start = last_uncaught()
            atexit.register(self._close_all)
            if hasattr(os, "register_at_fork"):
                os.register_at_fork(after_in_child=self._abandon_all)
        self._things[id(thing)] = thing
        EXIT.watch()
        # A child of multiprocessing ends by os._exit and runs these instead of atexit.
        util = sys.modules.get("multiprocessing.util")
        process = sys.modules.get("multiprocessing.process")
        if util is not None and process is not None and process.parent_process() is not None:
            util.Finalize(None, self._close_all, exitpriority=10)

    def remove(self, thing: Closable) -> None:
        self._things.pop(id(thing), None)
        if not self._things:
            EXIT.release()

    def __len__(self) -> int:
        return len(self._things)

    def _close_all(self) -> None:
        error = last_uncaught()
        if error is self._error_at_start:
            error = None
        error = error or EXIT.uncaught()
        for thing in list(self._things.values()):
            thing.close_at_exit(error)

    def _abandon_all(self) -> None:
        things, self._things = list(self._things.values()), {}
        for thing in things:
            thing.abandon_in_child()


def last_uncaught() -> BaseException | None:
    """The exception that the interpreter has last printed as uncaught, in this process."""
    return getattr(sys, "last_exc", None) or getattr(sys, "last_value", None)


OPEN = OpenThings()
