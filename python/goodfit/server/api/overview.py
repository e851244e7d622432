"""GET api/overview: the landing view in one answer."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from goodfit.server.context import Context
from goodfit.server.endpoint import Endpoint, bytes_answer
from goodfit.server.schema import Overview, OverviewQuery


def read_overview(context: Context, ask: OverviewQuery, _: Request) -> Response:
    body = context.overview.encode(context.watch.snapshot, context.store, since=ask.since)
    return bytes_answer(body, "application/json")


ENDPOINTS = (
    Endpoint(
        "GET",
        "api/overview",
        "The landing view: trainings, findings, progress.",
        read_overview,
        "quick",
        ask=OverviewQuery,
        answer=Overview,
    ),
)
