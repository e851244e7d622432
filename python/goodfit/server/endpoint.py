"""One row of the interface: an address, what it asks, what it answers and the function between.

The rows together are the router's table and the OpenAPI document; there is no second list to keep in step.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp

from goodfit.server import wire
from goodfit.server.errors import ApiError

if TYPE_CHECKING:
    from goodfit.server.context import Context

Lane = Literal["loop", "quick", "heavy"]


@dataclass(frozen=True, slots=True)
class Endpoint:
    """An address of the interface."""

    method: Literal["GET", "POST"]
    path: str
    """Below the prefix, without a leading slash: `api/overview`."""
    summary: str
    handle: Callable[[Context, Any, Request], ASGIApp]
    """Takes the context, the parsed question (None when there is none) and the request."""
    lane: Lane
    """Where it runs: on the event loop (must not block), or on the threads for quick or for heavy work."""
    ask: type[msgspec.Struct] | None = None
    """What is asked: the query's parameters of a GET, the body of a POST."""
    answer: type[msgspec.Struct] | None = None
    """The JSON of the answer, or the header of a frame."""
    media_type: str = "application/json"


def parse_ask(endpoint: Endpoint, query: dict[str, str], body: bytes) -> Any:
    """The question as a checked value. Raises msgspec.ValidationError, which becomes bad_request."""
    if endpoint.ask is None:
        return None
    if endpoint.method == "POST":
        return msgspec.json.decode(body, type=endpoint.ask)
    return msgspec.convert(query, endpoint.ask, strict=False)


def json_answer(value: Any) -> Response:
    return Response(wire.encode(value), media_type="application/json")


def bytes_answer(body: bytes, media_type: str = "application/octet-stream") -> Response:
    return Response(body, media_type=media_type)


def require_finite(value: float | None, name: str) -> None:
    """Raises ApiError for NaN and infinities, which JSON numbers such as 1e999 become."""
    import math

    if value is not None and not math.isfinite(value):
        raise ApiError("bad_request", f"{name!r} must be a finite number, got {value!r}.")
