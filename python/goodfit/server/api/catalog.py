"""GET api/catalog: every tag of the log folder and the runs that have it."""

from __future__ import annotations

from collections.abc import Iterable

from starlette.requests import Request
from starlette.responses import Response

from goodfit.server.context import Context
from goodfit.server.endpoint import Endpoint, json_answer
from goodfit.server.schema import Catalog, TagView
from goodfit.types import SeriesInfo


def list_tags(series: Iterable[SeriesInfo]) -> list[TagView]:
    """Series grouped by tag and kind, sorted by tag."""
    groups: dict[tuple[str, str], list[SeriesInfo]] = {}
    for info in series:
        groups.setdefault((info.key.tag, info.kind), []).append(info)
    return [
        TagView(
            tag=tag,
            kind=kind,
            runs=sorted({info.key.run for info in group}),
            n_points=sum(info.n_points for info in group),
            description=next((info.description for info in group if info.description), ""),
        )
        for (tag, kind), group in sorted(groups.items())
    ]


def read_catalog(context: Context, _: None, __: Request) -> Response:
    revision = context.watch.snapshot.revision
    return json_answer(Catalog(revision=revision, tags=list_tags(context.store.list_series())))


ENDPOINTS = (Endpoint("GET", "api/catalog", "Every tag and its runs.", read_catalog, "quick", answer=Catalog),)
