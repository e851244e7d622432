"""Getting in, and whether the server is up: `api/session` and `api/health`."""

from __future__ import annotations

from msgspec import Struct


class SessionRequest(Struct):
    """POST api/session: exchanges the access token for a cookie."""

    token: str


class Health(Struct):
    """GET api/health: whether the server is up; needs no token."""

    version: str
    needs_token: bool
