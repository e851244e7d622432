"""A request → the same request, or a refusal: who may ask, by which name, from which page, with how much.

Rings, outermost first: `Headers` (what the browser may do with our answers), `HostCheck` (DNS rebinding), `OriginCheck`
(another site's page asking us), `BodyLimit`, `TokenCheck`.

Rebinding: a page at evil.example whose name is pointed at 127.0.0.1 reaches us with `Host: evil.example`. Names are
therefore compared with a list. Addresses are safe, for no one else can serve a page under them, but they are taken only
when the server listens beyond loopback.
"""

from __future__ import annotations

import ipaddress
import socket
from urllib.parse import parse_qsl, urlencode, urlsplit

from starlette.datastructures import Headers as RequestHeaders
from starlette.datastructures import MutableHeaders
from starlette.responses import RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from goodfit.server.door import Door, visitor_of
from goodfit.server.errors import ApiError, answer
from goodfit.server.settings import LOOPBACK_NAMES, Settings, is_loopback

MAX_BODY_BYTES = 4 * 2**20
"""10,000 series of 400 bytes each fit, the most that any endpoint takes."""
TOKEN_PARAMETER = "token"  # noqa: S105 - a name, not a secret
DATA_PATHS = ("/api/", "/data/")
"""Addresses below these answer with data: ours, and those that TensorBoard has too."""
FORM_PATHS = "/data/"
"""Addresses that scripts ask by a form, as TensorBoard's; they only read."""
OPEN_PATHS = frozenset({"/api/health", "/api/session"})
"""Data addresses that answer without a token; the page's own files do too, for they hold no data."""


def host_name(header: str) -> str:
    """The name of a Host header, without the port, lower case; empty when it is malformed.

    >>> host_name("LocalHost:6006"), host_name("[::1]:6006"), host_name("a@b")
    ('localhost', '::1', '')
    """
    try:
        parts = urlsplit(f"//{header}")
        _ = parts.port
    except ValueError:
        return ""
    if parts.path or parts.query or parts.fragment or "@" in header:
        return ""
    return (parts.hostname or "").rstrip(".")


def _is_address(name: str) -> bool:
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True


def known_hosts(settings: Settings) -> frozenset[str]:
    """Names by which this server may be addressed."""
    names = set(LOOPBACK_NAMES) | {settings.host.strip("[]").lower()}
    names.update(host_name(name) or name.lower() for name in settings.allowed_hosts)
    if not is_loopback(settings.host):
        machine = socket.gethostname().lower()
        names.update({machine, f"{machine}.local"})
    return frozenset(names)


class Headers:
    """Sets the headers that limit what a browser does with our answers."""

    def __init__(self, app: ASGIApp, *, settings: Settings) -> None:
        self._app = app
        ancestors = " ".join(settings.frame_ancestors) or "'none'"
        policy = (
            "default-src 'none'; script-src 'self'; style-src 'self'; style-src-attr 'unsafe-inline'; "
            "connect-src 'self'; img-src 'self' data: blob:; media-src 'self' blob:; font-src 'self'; "
            "worker-src 'self' blob:; "
            f"base-uri 'none'; form-action 'none'; object-src 'none'; frame-ancestors {ancestors}"
        )
        self._always = {
            "content-security-policy": policy,
            "x-content-type-options": "nosniff",
            "referrer-policy": "no-referrer",
            "cross-origin-resource-policy": "same-origin",
            "permissions-policy": "camera=(), microphone=(), geolocation=()",
        }
        if is_loopback(settings.host):
            # Elsewhere the page comes without TLS, and browsers complain of this header instead of heeding it.
            self._always["cross-origin-opener-policy"] = "same-origin"

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in self._always.items():
                    headers.setdefault(name, value)
                headers.setdefault("cache-control", "no-store")
            await send(message)

        await self._app(scope, receive, send_with_headers if scope["type"] == "http" else send)


class HostCheck:
    """Refuses requests addressed by a name that is not ours."""

    def __init__(self, app: ASGIApp, *, settings: Settings) -> None:
        self._app = app
        self._names = known_hosts(settings)
        self._takes_addresses = not is_loopback(settings.host)

    def _is_ours(self, header: str) -> bool:
        name = host_name(header)
        return name in self._names or (self._takes_addresses and _is_address(name))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            hosts = RequestHeaders(scope=scope).getlist("host")
            if len(hosts) != 1 or not self._is_ours(hosts[0]):
                error = ApiError(
                    "forbidden",
                    "This server does not answer to the name in the Host header.",
                    hint="open it as localhost, or start it with --allow-host NAME",
                )
                await answer(error)(scope, receive, send)
                return
        await self._app(scope, receive, send)


class OriginCheck:
    """Refuses what another site's page asks of us: any change, and any data."""

    def __init__(self, app: ASGIApp, *, settings: Settings) -> None:
        self._app = app
        self._names = frozenset(host_name(name) or name.lower() for name in settings.allowed_hosts)

    def _is_ours(self, scope: Scope, headers: RequestHeaders) -> bool:
        only_reads = scope["method"] in ("GET", "HEAD")
        # No page can forge this header. Behind a proxy that changes the Host it is the only one that tells.
        fetch_site = headers.get("sec-fetch-site")
        if fetch_site is not None:
            # Another site's picture or script of our data would not be shown to it, but it would make us work, and how
            # long that takes tells what there is. A link to it that somebody follows is fine.
            is_followed = only_reads and headers.get("sec-fetch-dest") == "document"
            is_page = only_reads and not scope["path"].startswith(DATA_PATHS)
            return fetch_site in ("same-origin", "none") or is_followed or is_page
        origin = headers.get("origin")
        if origin is None or only_reads:
            return True  # a program, or a browser too old to tell
        try:
            parts = urlsplit(origin)
            name = parts.hostname or ""
        except ValueError:
            return False
        return bool(parts.netloc) and (parts.netloc.lower() == headers.get("host", "").lower() or name in self._names)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = RequestHeaders(scope=scope)
        if not self._is_ours(scope, headers):
            error = ApiError("forbidden", "The request comes from a page of another site.")
            await answer(error)(scope, receive, send)
            return
        if scope["method"] not in ("GET", "HEAD"):
            media_type = headers.get("content-type", "application/json").split(";")[0].strip()
            takes_forms = scope["path"].startswith(FORM_PATHS)
            if media_type != "application/json" and not (
                takes_forms and media_type == "application/x-www-form-urlencoded"
            ):
                await answer(ApiError("bad_request", "The body must be application/json."))(scope, receive, send)
                return
        await self._app(scope, receive, send)


class BodyLimit:
    """Refuses bodies beyond `MAX_BODY_BYTES`, announced or not, before they are held."""

    def __init__(self, app: ASGIApp, *, max_bytes: int = MAX_BODY_BYTES) -> None:
        self._app = app
        self._max_bytes = max_bytes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        error = ApiError("too_large", f"The body is larger than {self._max_bytes} bytes.")
        announced = RequestHeaders(scope=scope).get("content-length", "0")
        if not announced.isdecimal() or int(announced) > self._max_bytes:
            await answer(error)(scope, receive, send)
            return
        n_bytes = 0

        async def counted_receive() -> Message:
            nonlocal n_bytes
            message = await receive()
            n_bytes += len(message.get("body", b""))
            if n_bytes > self._max_bytes:
                raise error
            return message

        await self._app(scope, counted_receive, send)


class TokenCheck:
    """Asks every request for data for the token: by header, by cookie, or once in the page's address."""

    def __init__(self, app: ASGIApp, *, door: Door) -> None:
        self._app = app
        self._door = door

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or not self._door.is_locked:
            await self._app(scope, receive, send)
            return
        path = scope["path"]
        is_data = path.startswith(DATA_PATHS) and path not in OPEN_PATHS
        if is_data and not self._door.lets_in(RequestHeaders(scope=scope), visitor=visitor_of(scope)):
            error = ApiError(
                "unauthorised", "This server asks for its token.", hint="add ?token=… to the page's address once"
            )
            await answer(error)(scope, receive, send)
            return
        exchange = None if path.startswith(DATA_PATHS) else self._exchange(scope)
        await (exchange or self._app)(scope, receive, send)

    def _exchange(self, scope: Scope) -> Response | None:
        """`/?token=…` → the cookie and the same address without the token; None when there is no token in it."""
        pairs = parse_qsl(scope["query_string"].decode("latin-1"), keep_blank_values=True)
        given = [value for name, value in pairs if name == TOKEN_PARAMETER]
        if not given:
            return None
        rest = urlencode([(name, value) for name, value in pairs if name != TOKEN_PARAMETER])
        response = RedirectResponse(f"?{rest}" if rest else ".", status_code=303)
        if self._door.is_token(given[0], visitor=visitor_of(scope)):
            self._door.hand_out(response)
        return response
