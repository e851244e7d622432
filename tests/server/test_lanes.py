"""Work on threads: bounded, and given up when nobody waits for it any more."""

from __future__ import annotations

import asyncio
import threading
from typing import Any

import pytest
from starlette.requests import Request

from goodfit.server.errors import ApiError
from goodfit.server.lanes import ClientGone, Lane


class Client:
    """A client that leaves when told to."""

    def __init__(self) -> None:
        self.leaves = asyncio.Event()
        self.request = Request({"type": "http", "method": "GET", "path": "/", "headers": []}, self.receive)

    async def receive(self) -> Any:
        await self.leaves.wait()
        return {"type": "http.disconnect"}


def test_work_of_a_client_that_left_is_never_begun() -> None:
    async def main() -> None:
        lane = Lane(1)
        release, begun = threading.Event(), threading.Event()
        done: list[str] = []

        def slow() -> str:
            begun.set()
            release.wait(10)
            return "slow"

        first, second, third = Client(), Client(), Client()
        slow_task = asyncio.create_task(lane.run(first.request, slow))
        await asyncio.to_thread(begun.wait, 10)
        gone_task = asyncio.create_task(lane.run(second.request, lambda: done.append("second")))
        next_task = asyncio.create_task(lane.run(third.request, lambda: done.append("third")))
        await asyncio.sleep(0)
        second.leaves.set()
        with pytest.raises(ClientGone):
            await gone_task
        release.set()
        assert await slow_task == "slow"
        await next_task
        assert done == ["third"]

    asyncio.run(main())


def test_a_full_lane_says_so_at_once() -> None:
    async def main() -> None:
        lane = Lane(1, max_waiting=1)
        release, begun = threading.Event(), threading.Event()

        def slow() -> None:
            begun.set()
            release.wait(10)

        clients = [Client() for _ in range(3)]
        running = asyncio.create_task(lane.run(clients[0].request, slow))
        await asyncio.to_thread(begun.wait, 10)
        waiting = asyncio.create_task(lane.run(clients[1].request, lambda: None))
        while not lane.n_waiting:
            await asyncio.sleep(0)
        with pytest.raises(ApiError, match="waiting"):
            await lane.run(clients[2].request, lambda: None)
        release.set()
        await asyncio.gather(running, waiting)

    asyncio.run(main())


def test_an_error_of_the_work_is_raised_as_it_was() -> None:
    async def main() -> None:
        def fail() -> None:
            raise LookupError("gone")

        with pytest.raises(LookupError, match="gone"):
            await Lane(1).run(Client().request, fail)

    asyncio.run(main())
