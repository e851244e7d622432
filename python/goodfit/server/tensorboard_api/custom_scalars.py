"""`/data/plugin/custom_scalars/…`: the layouts of all runs as one, and the scalars whose tags a pattern finds."""

from __future__ import annotations

from typing import Any

from starlette.responses import Response

from goodfit.query.board.tensor import decode_tensor
from goodfit.server.api.layouts import parse_layout
from goodfit.server.schema import LayoutCategory, LayoutChart
from goodfit.server.tensorboard_api import scalars
from goodfit.server.tensorboard_api.ask import Ask, Handler, answer
from goodfit.server.tensorboard_api.patterns import find_texts
from goodfit.wire import Undecodable, read_integer

LAYOUT_TAG = "custom_scalars__config__"


def read_layout(ask: Ask) -> Response:
    """Charts by category; of categories of one title, the charts follow one another, each once."""
    categories: dict[str, dict[str, Any]] = {}
    version = None
    for series in sorted(ask.board.list_series("custom_scalars", tags={LAYOUT_TAG}), key=lambda one: one.run):
        tensors = ask.board.read_tensors(series, 1)
        try:
            layout = bytes(decode_tensor(tensors.values[-1]).item()) if tensors.values else b""
            found = parse_layout(layout)
            version = read_integer(layout, 1) if version is None else version
        except (Undecodable, ValueError, TypeError):
            continue  # the page of files tells of damage
        for category in found:
            merged = categories.setdefault(category.title, _as_category(category))
            merged["chart"] += [chart for chart in map(_as_chart, category.charts) if chart not in merged["chart"]]
    if version is None:
        return answer({})
    return answer({"category": list(categories.values()), "version": version})


def _as_category(category: LayoutCategory) -> dict[str, Any]:
    return {"title": category.title, "chart": [], "closed": category.is_closed}


def _as_chart(chart: LayoutChart) -> dict[str, Any]:
    described: dict[str, Any] = {"title": chart.title}
    if chart.margins:
        described["margin"] = {
            "series": [{"value": one.value, "lower": one.lower, "upper": one.upper} for one in chart.margins]
        }
    elif chart.patterns:
        described["multiline"] = {"tag": chart.patterns}
    return described


def read_matching(ask: Ask) -> Response:
    """`{regex_valid, tag_to_events}` of one run, by a pattern that is matched at the start of tags."""
    series = ask.board.list_series("scalars", runs={ask.text("run")})
    found = find_texts(ask.text("tag", ""), [one.tag for one in series])
    if found is None:
        return answer({"regex_valid": False, "tag_to_events": {}})
    wanted = set(found)
    rows = {one.tag: scalars.read_rows(ask, one) for one in series if one.tag in wanted}
    return answer({"regex_valid": True, "tag_to_events": rows})


PATHS: dict[str, Handler] = {
    "data/plugin/custom_scalars/layout": read_layout,
    "data/plugin/custom_scalars/scalars": read_matching,
    "data/plugin/custom_scalars/download_data": scalars.read_one,
}
