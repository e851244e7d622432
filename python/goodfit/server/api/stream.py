"""GET api/stream: server-sent events that say what changed; the page then asks for what it shows."""

from __future__ import annotations

from starlette.requests import Request

from goodfit.server.context import Context
from goodfit.server.endpoint import Endpoint
from goodfit.server.live import EventStream
from goodfit.server.schema import Tick


def open_stream(context: Context, _: None, request: Request) -> EventStream:
    mailbox = context.hub.enter(last_event_id=request.headers.get("last-event-id", ""))
    return EventStream(context.hub, mailbox)


ENDPOINTS = (
    Endpoint(
        "GET",
        "api/stream",
        "Server-sent events named `tick`.",
        open_stream,
        "loop",
        answer=Tick,
        media_type="text/event-stream",
    ),
)
