"""Server-sent events: merged, paced, and no client delays another."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from goodfit.server.errors import ApiError
from goodfit.server.live import MAX_NAMES, EventStream, Hub, Mailbox
from goodfit.server.schema import Tick


def tick(revision: int, *, trainings: tuple[str, ...] = (), tags: tuple[str, ...] = (), overview: bool = False) -> Tick:
    return Tick(revision=revision, trainings=list(trainings), tags=list(tags), overview=overview)


class Client:
    """One connection, seen from the ASGI side: what was sent to it, and when it leaves."""

    def __init__(self, *, takes_nothing_after: int | None = None) -> None:
        self.text = ""
        self.ended = False
        self.leaves = asyncio.Event()
        self.got_more = asyncio.Event()
        self._room = takes_nothing_after

    async def receive(self) -> dict[str, Any]:
        await self.leaves.wait()
        return {"type": "http.disconnect"}

    async def send(self, message: Any) -> None:
        if self._room is not None:
            if self._room <= 0:
                await asyncio.Event().wait()
            self._room -= 1
        self.text += message.get("body", b"").decode()
        self.ended = message["type"] == "http.response.body" and not message.get("more_body", False)
        self.got_more.set()

    @property
    def ticks(self) -> list[dict[str, Any]]:
        return [json.loads(line[6:]) for line in self.text.split("\n") if line.startswith("data: ")]

    async def until(self, condition: Callable[[], bool]) -> None:
        async with asyncio.timeout(10):
            while not condition():
                self.got_more.clear()
                await self.got_more.wait()

    def connect(self, hub: Hub, *, last_event_id: str = "") -> asyncio.Task[None]:
        stream = EventStream(hub, hub.enter(last_event_id=last_event_id))
        return asyncio.create_task(stream({"type": "http"}, self.receive, self.send))


def run(test: Callable[[Hub], Awaitable[None]], **options: Any) -> None:
    """Runs a test on an event loop with a hub attached to it."""

    async def main() -> None:
        hub = Hub(**{"min_interval_s": 0.01, **options})
        hub.attach(asyncio.get_running_loop(), revision=7)
        await test(hub)
        hub.close()
        assert hub.n_clients == 0

    asyncio.run(main())


def test_a_mailbox_merges_what_comes_while_it_waits() -> None:
    mailbox = Mailbox()
    mailbox.put(tick(1, trainings=("b",), tags=("loss",)))
    mailbox.put(tick(3, trainings=("a", "b"), overview=True))
    merged = mailbox.take()
    assert merged == Tick(revision=3, trainings=["a", "b"], tags=["loss"], overview=True)
    assert not mailbox.has_mail.is_set()


def test_a_mailbox_never_holds_more_than_its_limit() -> None:
    mailbox = Mailbox()
    for index in range(10 * MAX_NAMES):
        mailbox.put(tick(index, trainings=(f"t{index}",)))
    merged = mailbox.take()
    assert merged.everything
    assert merged.trainings == []
    assert merged.revision == 10 * MAX_NAMES - 1


def test_a_client_hears_the_revision_at_once_and_then_each_change() -> None:
    async def scenario(hub: Hub) -> None:
        client = Client()
        task = client.connect(hub)
        await client.until(lambda: len(client.ticks) == 1)
        assert client.ticks[0] == {
            "revision": 7, "trainings": [], "tags": [], "overview": False, "everything": False,
        }  # fmt: skip
        assert client.text.startswith("retry: ")
        hub.post(tick(8, tags=("loss",)))
        await client.until(lambda: len(client.ticks) == 2)
        assert client.ticks[1]["tags"] == ["loss"]
        client.leaves.set()
        await task
        assert hub.n_clients == 0

    run(scenario)


def test_a_burst_is_one_event() -> None:
    async def scenario(hub: Hub) -> None:
        client = Client()
        task = client.connect(hub)
        await client.until(lambda: len(client.ticks) == 1)
        for revision in range(8, 1_008):
            hub.post(tick(revision))
        await client.until(lambda: client.ticks[-1]["revision"] == 1_007)
        assert len(client.ticks) <= 3
        client.leaves.set()
        await task

    run(scenario, min_interval_s=0.05)


def test_a_client_that_takes_nothing_is_dropped_and_delays_nobody() -> None:
    async def scenario(hub: Hub) -> None:
        stuck, good = Client(takes_nothing_after=2), Client()
        stuck_task, good_task = stuck.connect(hub), good.connect(hub)
        await good.until(lambda: len(good.ticks) == 1)
        for revision in (8, 9, 10):
            hub.post(tick(revision))
            await good.until(lambda revision=revision: good.ticks[-1]["revision"] == revision)
        async with asyncio.timeout(10):
            await stuck_task
        assert hub.n_clients == 1
        good.leaves.set()
        await good_task

    run(scenario, send_timeout_s=0.2)


def test_a_silent_stream_has_a_heartbeat() -> None:
    async def scenario(hub: Hub) -> None:
        client = Client()
        task = client.connect(hub)
        await client.until(lambda: client.text.count(": still here") >= 2)
        client.leaves.set()
        await task

    run(scenario, heartbeat_s=0.02)


def test_a_client_that_comes_back_late_reads_everything_again() -> None:
    async def scenario(hub: Hub) -> None:
        for last_event_id, is_late in ((hub.event_id(7), False), (hub.event_id(5), True), ("other-7", True)):
            client = Client()
            task = client.connect(hub, last_event_id=last_event_id)
            await client.until(lambda client=client: len(client.ticks) == 1)
            assert client.ticks[0]["everything"] is is_late
            client.leaves.set()
            await task

    run(scenario)


def test_closing_ends_every_stream() -> None:
    async def scenario(hub: Hub) -> None:
        clients = [Client() for _ in range(3)]
        tasks = [client.connect(hub) for client in clients]
        for client in clients:
            await client.until(lambda client=client: len(client.ticks) == 1)
        hub.close()
        async with asyncio.timeout(10):
            await asyncio.gather(*tasks)
        assert all(client.ended for client in clients)

    run(scenario)


def test_beyond_the_limit_of_clients_the_answer_is_too_many() -> None:
    async def scenario(hub: Hub) -> None:
        mailboxes = [hub.enter(last_event_id="") for _ in range(2)]
        with pytest.raises(ApiError) as refusal:
            hub.enter(last_event_id="")
        assert refusal.value.code == "too_many"
        for mailbox in mailboxes:
            hub.leave(mailbox)

    run(scenario, max_clients=2)


def test_posting_before_and_after_the_server_lives_is_harmless() -> None:
    hub = Hub()
    hub.post(tick(1))

    async def attach() -> None:
        hub.attach(asyncio.get_running_loop(), revision=0)

    asyncio.run(attach())
    hub.post(tick(2))
    hub.close()
