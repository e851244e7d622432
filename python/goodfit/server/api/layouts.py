"""GET api/layouts: the recorded layouts of charts (custom scalars).

    Layout{1 version, 2 category*: {1 title, 2 chart*: {1 title, 2 multiline: {1 tag*} | 3 margin: {1 series*: {1 value,
    2 lower, 3 upper}}}, 3 closed}}

Source: tensorboard/plugins/custom_scalar/layout.proto. Patterns of tags are handed on as they are: the page matches
them against the tags it has, so that a pattern that takes for ever costs its reader's tab and not the server.
"""

from __future__ import annotations

from collections.abc import Iterator

from starlette.requests import Request
from starlette.responses import Response

from goodfit.errors import LogFolderError, UnknownSeries
from goodfit.server import wire
from goodfit.server.context import Context
from goodfit.server.endpoint import Endpoint, json_answer
from goodfit.server.schema import LayoutCategory, LayoutChart, LayoutsView, LayoutView, MarginSeries
from goodfit.types import SeriesKey
from goodfit.wire import BYTES, Undecodable, decode_text, read_spans, read_varint

MAX_CHARTS = 500
MAX_PATTERNS = 200
MAX_CHARS = 1_000
MAX_LAYOUTS = 50


def _fields(data: bytes, start: int = 0, stop: int | None = None) -> Iterator[tuple[int, int, int]]:
    """(number, start, stop) of the fields that hold bytes."""
    for number, wire_type, begin, end in read_spans(data, start, stop):
        if wire_type == BYTES:
            yield number, begin, end


def _text(data: bytes, start: int, stop: int) -> str:
    return wire.printable(decode_text(data, start, stop)[:MAX_CHARS])


def _parse_margin(data: bytes, start: int, stop: int) -> MarginSeries:
    parts = {number: _text(data, begin, end) for number, begin, end in _fields(data, start, stop)}
    return MarginSeries(value=parts.get(1, ""), lower=parts.get(2, ""), upper=parts.get(3, ""))


def _parse_chart(data: bytes, start: int, stop: int) -> LayoutChart:
    chart = LayoutChart(title="", patterns=[], margins=[])
    for number, begin, end in _fields(data, start, stop):
        if number == 1:
            chart.title = _text(data, begin, end)
        elif number == 2:
            chart.patterns += [_text(data, a, b) for kind, a, b in _fields(data, begin, end) if kind == 1]
        elif number == 3:
            chart.margins += [_parse_margin(data, a, b) for kind, a, b in _fields(data, begin, end) if kind == 1]
    del chart.patterns[MAX_PATTERNS:], chart.margins[MAX_PATTERNS:]
    return chart


def _parse_category(data: bytes, start: int, stop: int) -> LayoutCategory:
    category = LayoutCategory(title="", is_closed=False, charts=[])
    for number, wire_type, begin, end in read_spans(data, start, stop):
        if wire_type == BYTES and number == 1:
            category.title = _text(data, begin, end)
        elif wire_type == BYTES and number == 2:
            category.charts.append(_parse_chart(data, begin, end))
        elif number == 3:
            category.is_closed = bool(read_varint(data, begin)[0])
    return category


def parse_layout(data: bytes) -> list[LayoutCategory]:
    """The categories of a layout. Raises Undecodable."""
    categories = []
    n_charts = 0
    for number, begin, end in _fields(data):
        if number != 2 or n_charts >= MAX_CHARTS:
            continue
        category = _parse_category(data, begin, end)
        del category.charts[MAX_CHARTS - n_charts :]
        n_charts += len(category.charts)
        categories.append(category)
    return categories


def read_layouts(context: Context, _: None, __: Request) -> Response:
    store = context.store
    owners: dict[bytes, list[str]] = {}
    for info in store.list_series(kind="custom_scalars"):
        try:
            blobs = store.read_blobs(SeriesKey(info.key.run, info.key.tag))
            data = b"".join(blobs.read(len(blobs.steps) - 1)[:1])
        except (UnknownSeries, LogFolderError, IndexError):
            continue  # removed since it was listed
        owners.setdefault(data, []).append(info.key.run)
    layouts = []
    for data, runs in list(owners.items())[:MAX_LAYOUTS]:
        try:
            layouts.append(LayoutView(runs=runs, categories=parse_layout(data)))
        except Undecodable:
            # A damaged layout shows no charts; its file's health is told where files are.
            layouts.append(LayoutView(runs=runs, categories=[]))
    return json_answer(LayoutsView(revision=context.watch.snapshot.revision, layouts=layouts))


ENDPOINTS = (
    Endpoint("GET", "api/layouts", "The recorded layouts of charts.", read_layouts, "heavy", answer=LayoutsView),
)
