"""Work that blocks → threads, few enough for the machine, given up when the client that asked has gone.

Two lanes, so that a queue of large charts never delays the first view. A lane's queue is bounded: beyond it the
answer is `too_many`, at once, instead of a wait without end.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TypeVar

import anyio
from anyio import to_thread
from starlette.requests import Request

from goodfit.server.errors import ApiError

T = TypeVar("T")
MAX_WAITING = 256
"""Of one lane; a page with every chart visible asks for some thirty at once."""


class ClientGone(Exception):
    """Whoever asked is not there any more; nobody reads the answer."""


class Lane:
    """A bounded queue in front of a few threads."""

    def __init__(self, n_threads: int, *, max_waiting: int = MAX_WAITING) -> None:
        self._n_threads = n_threads
        self._max_waiting = max_waiting
        self._limiter: anyio.CapacityLimiter | None = None

    @property
    def n_waiting(self) -> int:
        """Questions that have no thread yet."""
        return 0 if self._limiter is None else self._limiter.statistics().tasks_waiting

    async def run(self, request: Request, work: Callable[[], T]) -> T:
        """The result of `work`. Raises ClientGone when the client left before its turn came."""
        if self._limiter is None:  # Made here because it belongs to the running event loop.
            self._limiter = anyio.CapacityLimiter(self._n_threads)
        limiter = self._limiter
        if self.n_waiting >= self._max_waiting:
            raise ApiError("too_many", "The server has too many questions waiting.", hint="ask again in a moment")
        # Cancelled while it waits for a thread; a thread at work is waited for, so that threads stay counted.
        working = asyncio.ensure_future(to_thread.run_sync(work, limiter=limiter))
        leaving = asyncio.ensure_future(_wait_for_leaving(request))
        try:
            await asyncio.wait({working, leaving}, return_when=asyncio.FIRST_COMPLETED)
            if not working.done():
                raise ClientGone
            return working.result()
        finally:
            for task in (working, leaving):
                task.cancel()
            await asyncio.gather(working, leaving, return_exceptions=True)


async def _wait_for_leaving(request: Request) -> None:
    while (await request.receive())["type"] != "http.disconnect":
        pass
