"""A coroutine → a thread that runs it to its end, or until it is cancelled."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Coroutine
from contextlib import ExitStack, suppress
from typing import Any


class Turn(threading.Thread):
    """A coroutine on a thread of its own."""

    def __init__(self, work: Coroutine[Any, Any, None], *, ended: threading.Event | None = None) -> None:
        super().__init__(name="goodfit-remote", daemon=True)
        self._work = work
        self._ended = ended
        self._error: BaseException | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._task: asyncio.Task[None] | None = None
        self._is_cancelled = False
        self._lock = threading.Lock()
        self.cost_s = 0.0
        self.start()

    def run(self) -> None:
        start_s = time.monotonic()
        try:
            self._error = asyncio.run(self._main())
        except OSError as error:  # there is no loop to be had: too many open files
            self._error = error
        finally:
            self.cost_s = time.monotonic() - start_s
            if self._ended is not None:
                self._ended.set()

    async def _main(self) -> BaseException | None:
        """What the coroutine raised, for `wait` to raise in the thread that asked."""
        with self._lock:
            self._loop = asyncio.get_running_loop()
            self._task = asyncio.ensure_future(self._work)
            if self._is_cancelled:
                self._task.cancel()
        (outcome,) = await asyncio.gather(self._task, return_exceptions=True)
        return outcome

    def wait(self) -> None:
        """Waits for the end; raises what the coroutine raised. An interrupt ends it."""
        with ExitStack() as undo:
            undo.callback(self.cancel)
            while self.is_alive():
                self.join(0.2)  # so that Ctrl-C is heard
            undo.pop_all()
        if self._error is not None:
            raise self._error

    def cancel(self) -> None:
        """Ends it and waits for that."""
        with self._lock:
            self._is_cancelled = True
            if self._loop is not None and self._task is not None:
                with suppress(RuntimeError):  # the loop is closed
                    self._loop.call_soon_threadsafe(self._task.cancel)
        self.join()
