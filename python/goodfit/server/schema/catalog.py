"""Which tags there are: `api/catalog`."""

from __future__ import annotations

from msgspec import Struct


class TagView(Struct):
    tag: str
    kind: str
    runs: list[str]
    n_points: int
    description: str


class Catalog(Struct):
    """GET api/catalog"""

    revision: int
    tags: list[TagView]
