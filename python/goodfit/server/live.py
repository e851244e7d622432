"""Updates of the loop → server-sent events, one stream a browser, at most two events a second each.

Each client has a mailbox that holds at most one event: what comes while it waits is merged into it, and beyond a few
hundred names it becomes "everything". So a slow client costs bounded memory and delays nobody; one that has not taken
its event within `SEND_TIMEOUT_S` is dropped, and its browser connects again by itself.

`post` may be called from any thread; everything else runs on the server's event loop. No locks: the loop's own queue of
calls is the only thing shared.
"""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field

from starlette.types import Receive, Scope, Send

from goodfit.server import wire
from goodfit.server.errors import ApiError
from goodfit.server.schema import Tick

MIN_INTERVAL_S = 0.5
"""Between two events to one client: a reader follows no faster, and a point stays well below its two seconds."""
HEARTBEAT_S = 15.0
"""Proxies commonly cut a connection that was silent for 30 to 60 seconds."""
SEND_TIMEOUT_S = 20.0
MAX_CLIENTS = 64
"""A browser needs one; twenty tabs that do not share need twenty."""
MAX_NAMES = 300
"""In one event; beyond, the page reads all that is on screen anyway."""


@dataclass(slots=True, eq=False)
class Mailbox:
    """The one event that waits for a client."""

    trainings: set[str] = field(default_factory=set)
    tags: set[str] = field(default_factory=set)
    is_overview: bool = False
    is_everything: bool = False
    revision: int = -1
    """Of the newest update inside; -1 when empty."""
    has_mail: asyncio.Event = field(default_factory=asyncio.Event)

    def put(self, tick: Tick) -> None:
        """Merges one more update in."""
        self.revision = max(self.revision, tick.revision)
        self.trainings.update(tick.trainings)
        self.tags.update(tick.tags)
        self.is_overview |= tick.overview
        self.is_everything |= tick.everything
        if self.is_everything or len(self.trainings) + len(self.tags) > MAX_NAMES:
            self.is_everything = True
            self.trainings.clear()
            self.tags.clear()
        self.has_mail.set()

    def take(self) -> Tick:
        """The merged update; the mailbox is empty afterwards."""
        tick = Tick(
            revision=self.revision,
            trainings=sorted(self.trainings),
            tags=sorted(self.tags),
            overview=self.is_overview,
            everything=self.is_everything,
        )
        self.trainings.clear()
        self.tags.clear()
        self.is_overview = self.is_everything = False
        self.revision = -1
        self.has_mail.clear()
        return tick


class Hub:
    """Hands every update to every connected client."""

    def __init__(
        self,
        *,
        min_interval_s: float = MIN_INTERVAL_S,
        heartbeat_s: float = HEARTBEAT_S,
        send_timeout_s: float = SEND_TIMEOUT_S,
        max_clients: int = MAX_CLIENTS,
    ) -> None:
        self.min_interval_s = min_interval_s
        self.heartbeat_s = heartbeat_s
        self.send_timeout_s = send_timeout_s
        self._max_clients = max_clients
        self._loop: asyncio.AbstractEventLoop | None = None
        self._mailboxes: set[Mailbox] = set()
        self._is_closing = False
        self._last_revision = 0
        self._instance = secrets.token_hex(4)
        """Tells a client that comes back from a server that was started again, whose revisions begin anew."""

    @property
    def n_clients(self) -> int:
        return len(self._mailboxes)

    def is_closing(self) -> bool:
        """Whether `close` was called; a method, for it changes while streams wait."""
        return self._is_closing

    def attach(self, loop: asyncio.AbstractEventLoop, *, revision: int) -> None:
        """Names the loop that the clients are served on and the revision it starts with."""
        self._loop = loop
        self._last_revision = revision

    def post(self, tick: Tick) -> None:
        """Hands an update to all clients; from any thread, at once, whatever the clients do."""
        self._call(self._distribute, tick)

    def _call(self, function: Callable[..., None], *arguments: object) -> None:
        """Runs a function on the clients' loop; nothing happens when there is none (any more)."""
        if self._loop is None:
            return
        # The loop may end between any look at it and the call.
        with suppress(RuntimeError):
            self._loop.call_soon_threadsafe(function, *arguments)

    def _distribute(self, tick: Tick) -> None:
        self._last_revision = max(self._last_revision, tick.revision)
        for mailbox in self._mailboxes:
            mailbox.put(tick)

    def close(self) -> None:
        """Ends all streams, so that the server can stop without waiting for them; from any thread."""
        self._is_closing = True
        self._call(self._wake_all)

    def _wake_all(self) -> None:
        for mailbox in self._mailboxes:
            mailbox.has_mail.set()

    def event_id(self, revision: int) -> str:
        return f"{self._instance}-{revision}"

    def enter(self, *, last_event_id: str) -> Mailbox:
        """A mailbox for a new client, holding the current revision; everything, when it missed something."""
        if len(self._mailboxes) >= self._max_clients:
            raise ApiError("too_many", f"{self._max_clients} pages are connected already.", hint="close some of them")
        mailbox = Mailbox()
        is_late = bool(last_event_id) and last_event_id != self.event_id(self._last_revision)
        mailbox.put(Tick(revision=self._last_revision, trainings=[], tags=[], overview=is_late, everything=is_late))
        self._mailboxes.add(mailbox)
        return mailbox

    def leave(self, mailbox: Mailbox) -> None:
        self._mailboxes.discard(mailbox)


class EventStream:
    """The response that carries one client's events until it leaves or the server stops."""

    def __init__(self, hub: Hub, mailbox: Mailbox) -> None:
        self._hub = hub
        self._mailbox = mailbox

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        writer = asyncio.create_task(self._write(send))
        watcher = asyncio.create_task(self._wait_for_leaving(receive))
        try:
            await asyncio.wait({writer, watcher}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            self._hub.leave(self._mailbox)
            for task in (writer, watcher):
                task.cancel()
            await asyncio.gather(writer, watcher, return_exceptions=True)

    async def _wait_for_leaving(self, receive: Receive) -> None:
        while (await receive())["type"] != "http.disconnect":
            pass

    async def _write(self, send: Send) -> None:
        headers = [
            (b"content-type", b"text/event-stream; charset=utf-8"),
            (b"cache-control", b"no-store"),
            (b"x-accel-buffering", b"no"),
        ]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await self._send(send, b"retry: 1000\n\n")
        while not self._hub.is_closing():
            try:
                await asyncio.wait_for(self._mailbox.has_mail.wait(), self._hub.heartbeat_s)
            except TimeoutError:
                await self._send(send, b": still here\n\n")
                continue
            if self._hub.is_closing():
                break
            tick = self._mailbox.take()
            event_id = self._hub.event_id(tick.revision)
            await self._send(send, b"event: tick\nid: %s\ndata: %s\n\n" % (event_id.encode(), wire.encode(tick)))
            await asyncio.sleep(self._hub.min_interval_s)
        await send({"type": "http.response.body", "body": b"", "more_body": False})

    async def _send(self, send: Send, text: bytes) -> None:
        """Sends, or gives the client up when its connection takes nothing any more."""
        await asyncio.wait_for(
            send({"type": "http.response.body", "body": text, "more_body": True}), self._hub.send_timeout_s
        )
