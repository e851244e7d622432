"""GET api/health and POST api/session: whether the server is up, and the door for those who hold its token."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

import goodfit
from goodfit.server.context import Context
from goodfit.server.door import visitor_of
from goodfit.server.endpoint import Endpoint, json_answer
from goodfit.server.errors import ApiError
from goodfit.server.schema import Health, SessionRequest


def read_health(context: Context, _: None, __: Request) -> Response:
    return json_answer(Health(version=goodfit.__version__, needs_token=context.door.is_locked))


def open_session(context: Context, ask: SessionRequest, request: Request) -> Response:
    if context.door.is_locked and not context.door.is_token(ask.token, visitor=visitor_of(request.scope)):
        raise ApiError(
            "unauthorised", "This is not the server's token.", hint="add ?token=… to the page's address once"
        )
    response = json_answer(Health(version=goodfit.__version__, needs_token=context.door.is_locked))
    if context.door.is_locked:
        context.door.hand_out(response)
    return response


ENDPOINTS = (
    Endpoint("GET", "api/health", "Whether the server is up; needs no token.", read_health, "loop", answer=Health),
    Endpoint(
        "POST",
        "api/session",
        "Exchanges the access token for a cookie.",
        open_session,
        "loop",
        ask=SessionRequest,
        answer=Health,
    ),
)
