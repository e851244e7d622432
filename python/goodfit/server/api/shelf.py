"""GET and POST api/shelf: names, notes, hidden runs, pins and saved views of this log folder."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from goodfit.server.context import Context
from goodfit.server.endpoint import Endpoint, json_answer
from goodfit.server.schema import Shelf, ShelfChange


def read_shelf(context: Context, _: None, __: Request) -> Response:
    return json_answer(context.shelf.read())


def change_shelf(context: Context, ask: ShelfChange, _: Request) -> Response:
    return json_answer(context.shelf.change(ask))


ENDPOINTS = (
    Endpoint(
        "GET", "api/shelf", "Names, notes, pins and saved views of the folder.", read_shelf, "quick", answer=Shelf
    ),
    Endpoint(
        "POST",
        "api/shelf/change",
        "Changes one of them; event files are never touched.",
        change_shelf,
        "quick",
        ask=ShelfChange,
        answer=Shelf,
    ),
)
