"""Custom-scalars layouts: `api/layouts`."""

from __future__ import annotations

from msgspec import Struct


class LayoutChart(Struct):
    """One chart of a layout: lines of all tags that match a pattern, or values between two bounds."""

    title: str
    patterns: list[str]
    """Regular expressions, each matched at the beginning of a tag, as Python's `re.match` does."""
    margins: list[MarginSeries]


class MarginSeries(Struct):
    """Tags of a line and of the two bounds around it."""

    value: str
    lower: str
    upper: str


class LayoutCategory(Struct):
    title: str
    is_closed: bool
    charts: list[LayoutChart]


class LayoutsView(Struct):
    """GET api/layouts: the custom-scalars layouts, equal ones of several runs as one."""

    revision: int
    layouts: list[LayoutView]


class LayoutView(Struct):
    runs: list[str]
    """That recorded it."""
    categories: list[LayoutCategory]
