"""A request under a prefix (Jupyter, VS Code, a reverse proxy) → the same request without it.

Two ways to know the prefix: `--base-path`, and the `X-Forwarded-Prefix` header of the proxy. Proxies differ in whether
they strip it, so addresses without the prefix are answered as well.
"""

from __future__ import annotations

from starlette.datastructures import Headers
from starlette.responses import RedirectResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from goodfit.server.settings import clean_base_path


class Prefix:
    """Takes the prefix off the path before routing."""

    def __init__(self, app: ASGIApp, *, base_path: str) -> None:
        self._app = app
        self._base_path = clean_base_path(base_path)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        forwarded = clean_base_path(Headers(scope=scope).get("x-forwarded-prefix", ""))
        path = scope["path"]
        for prefix in (self._base_path, forwarded):
            if prefix and path == prefix:
                # The page's addresses are relative, so its own must end in a slash; a relative one survives any proxy.
                last = prefix.rsplit("/", 1)[1]
                await RedirectResponse(f"./{last}/", status_code=307)(scope, receive, send)
                return
            if prefix and path.startswith(f"{prefix}/"):
                scope = {**scope, "path": path[len(prefix) :], "raw_path": None}
                break
        await self._app(scope, receive, send)
