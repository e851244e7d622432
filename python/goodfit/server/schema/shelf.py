"""Names, notes, pins and views that people keep: `api/shelf`."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta, Struct

MAX_LABELS = 20_000
"""Trainings with a name, a note or hidden; beyond, the oldest labels go."""
MAX_VIEWS = 200
MAX_GROUP_COLOURS = 500
Colour = Annotated[str, Meta(pattern=r"^([0-7]|#[0-9a-f]{6})?$")]
"""The number of one of the page's eight colours, which differ by theme, or `#rrggbb` for any; empty for the usual."""

Slot = Annotated[int, Meta(ge=0, le=7)]
"""One of the page's eight colours."""


class RunLabel(Struct):
    """What people call a training and say of it."""

    name: str = ""
    """Shown in place of the folder's name; empty shows that."""
    note: str = ""
    is_hidden: bool = False
    colour: Colour = ""


class SavedView(Struct):
    name: Annotated[str, Meta(min_length=1, max_length=100)]
    address: Annotated[str, Meta(pattern=r"^#/", max_length=4_000)]
    """The part of the page's address after its folder."""


class Shelf(Struct):
    """GET api/shelf: what people put on this log folder, kept outside of it."""

    runs: dict[str, RunLabel] = {}
    """By training."""
    pinned: list[str] = []
    """Metrics that the Curves view begins with."""
    views: list[SavedView] = []
    group_colours: dict[str, Colour] = {}
    """By the group's name, as `optimizer=adam`."""
    slots: dict[str, Slot] = {}
    """By training, the colour that the page first gave it: the same in every browser. The eldest first."""


class ShelfChange(Struct):
    """POST api/shelf/change: one change; what is absent stays as it is."""

    training: Annotated[str, Meta(max_length=4_000)] | None = None
    name: Annotated[str, Meta(max_length=200)] | None = None
    note: Annotated[str, Meta(max_length=20_000)] | None = None
    is_hidden: bool | None = None
    group: Annotated[str, Meta(max_length=500)] | None = None
    colour: Colour | None = None
    """Of the training, and of the group."""
    pinned: Annotated[list[Annotated[str, Meta(max_length=4_000)]], Meta(max_length=100)] | None = None
    view: SavedView | None = None
    """Kept under its name, in place of another of that name."""
    slots: Annotated[dict[Annotated[str, Meta(max_length=4_000)], Slot], Meta(max_length=100)] | None = None
    """Colours that the page gave; a training that has one keeps it."""
    forget_view: Annotated[str, Meta(max_length=100)] | None = None
