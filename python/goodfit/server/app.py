"""A loop and settings → the ASGI application: rings of checks around a table of endpoints and the page's files."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from goodfit.query.board.book import Board
from goodfit.server.api import ENDPOINTS
from goodfit.server.assets import Assets
from goodfit.server.context import Context
from goodfit.server.door import Door
from goodfit.server.endpoint import Endpoint, parse_ask
from goodfit.server.errors import HANDLERS, LastResort
from goodfit.server.following import Following
from goodfit.server.lanes import ClientGone, Lane
from goodfit.server.live import Hub
from goodfit.server.overview import OverviewBook
from goodfit.server.prefix import Prefix
from goodfit.server.security import BodyLimit, Headers, HostCheck, OriginCheck, TokenCheck
from goodfit.server.settings import Settings
from goodfit.server.shelf import ShelfBook
from goodfit.server.tensorboard_api import PATHS
from goodfit.server.tensorboard_api.ask import Ask, Handler, is_json, parse_parameters
from goodfit.watch.loop import Watch

METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]
Lanes = dict[str, Lane]
Answer = Callable[[Request], Awaitable[ASGIApp]]


async def _gone(_: Scope, __: Receive, ___: Send) -> None:
    """The answer to a client that has left: none."""


def _route(endpoint: Endpoint, context: Context, lanes: Lanes) -> Route:
    methods = ["GET", "HEAD"] if endpoint.method == "GET" and endpoint.lane != "loop" else [endpoint.method]

    async def respond(request: Request) -> ASGIApp:
        # Not left to the router, which would take the page's files for the next best match.
        if request.method not in methods:
            raise HTTPException(405, headers={"allow": ", ".join(methods)})
        body = await request.body() if endpoint.method == "POST" else b""
        ask = parse_ask(endpoint, dict(request.query_params), body)
        if endpoint.lane == "loop":
            return endpoint.handle(context, ask, request)
        try:
            return await lanes[endpoint.lane].run(request, lambda: endpoint.handle(context, ask, request))
        except ClientGone:
            return _gone

    return Route(f"/{endpoint.path}", respond, methods=METHODS, name=endpoint.path)


def _board_route(path: str, handle: Handler, board: Board, settings: Settings, lanes: Lanes) -> Route:
    """An address of TensorBoard's: asked by GET, or by a form that only reads."""
    methods = ["GET", "HEAD", "POST"]

    async def respond(request: Request) -> ASGIApp:
        if request.method not in methods:
            raise HTTPException(405, headers={"allow": ", ".join(methods)})
        body = await request.body() if request.method == "POST" else b""
        ask = Ask(board, settings, parse_parameters(request.url.query, body), body if is_json(body) else b"")
        try:
            return await lanes["heavy"].run(request, lambda: handle(ask))
        except ClientGone:
            return _gone

    return Route(f"/{path}", respond, methods=METHODS, name=path)


def make_context(
    watch: Watch, settings: Settings, *, hub: Hub | None = None, clock: Callable[[], float] = time.time
) -> Context:
    """What the endpoints work with."""
    return Context(
        watch=watch,
        settings=settings,
        hub=hub or Hub(),
        overview=OverviewBook(logdir=settings.logdir, window_title=settings.window_title, clock=clock),
        door=Door(settings),
        shelf=ShelfBook(settings.shelf_path),
    )


def create_app(
    watch: Watch, settings: Settings, *, hub: Hub | None = None, clock: Callable[[], float] = time.time
) -> Starlette:
    """The application. The loop is the caller's to start and to close; its updates are followed while the app lives."""
    context = make_context(watch, settings, hub=hub, clock=clock)
    lanes = {"quick": Lane(2), "heavy": Lane(4)}
    assets = Assets(settings.static)
    board = Board(watch.store)

    async def page(request: Request) -> Response:
        return await assets.serve(request)

    return Starlette(
        routes=[
            *(_route(endpoint, context, lanes) for endpoint in ENDPOINTS),
            *(_board_route(path, handle, board, settings, lanes) for path, handle in PATHS.items()),
            Route("/{path:path}", page, methods=["GET", "HEAD"]),
        ],
        middleware=[
            Middleware(Headers, settings=settings),
            Middleware(LastResort),
            Middleware(HostCheck, settings=settings),
            Middleware(Prefix, base_path=settings.base_path),
            Middleware(OriginCheck, settings=settings),
            Middleware(BodyLimit),
            Middleware(TokenCheck, door=context.door),
        ],
        exception_handlers=HANDLERS,
        lifespan=Following(context).life,
    )
