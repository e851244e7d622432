"""GET api/overview: the landing view in one answer."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from goodfit.server.context import Context
from goodfit.server.endpoint import Endpoint, bytes_answer
from goodfit.server.schema import Overview


def read_overview(context: Context, _: None, __: Request) -> Response:
    body = context.overview.encode(context.watch.snapshot, context.store)
    return bytes_answer(body, "application/json")


ENDPOINTS = (
    Endpoint(
        "GET",
        "api/overview",
        "The landing view: trainings, findings, progress.",
        read_overview,
        "quick",
        answer=Overview,
    ),
)
