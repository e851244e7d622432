"""Which kinds of data there are: `api/kinds`."""

from __future__ import annotations

from msgspec import Struct


class KindsView(Struct):
    """GET api/kinds: what kinds of data there are, so that the page offers the views for them."""

    revision: int
    kinds: list[str]
    """Sorted; `embedding` where projector files name one."""
