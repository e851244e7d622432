"""GET api/overview: the landing view in one answer."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from goodfit.server.context import Context
from goodfit.server.endpoint import Endpoint, bytes_answer
from goodfit.server.schema import Overview, OverviewQuery
from goodfit.server.settings import is_loopback

MIN_COMPRESSED_BYTES = 64_000
MAX_COMPRESSED_BYTES = 8_000_000
"""Beyond, a reader on this machine waits longer for the compression than for the bytes."""


def read_overview(context: Context, ask: OverviewQuery, request: Request | None) -> Response:
    body = context.overview.encode(
        context.watch.snapshot, context.store, since=ask.since, instance=ask.instance, form=ask.form
    )
    takes_gzip = request is not None and "gzip" in request.headers.get("accept-encoding", "")
    most = MAX_COMPRESSED_BYTES if is_loopback(context.settings.host) else len(body)
    if not takes_gzip or not MIN_COMPRESSED_BYTES <= len(body) <= most:
        return bytes_answer(body, "application/json")
    headers = {"content-encoding": "gzip", "vary": "accept-encoding"}
    return Response(context.overview.compress(body), media_type="application/json", headers=headers)


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
