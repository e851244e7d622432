"""What changed: `api/stream`."""

from __future__ import annotations

from msgspec import Struct


class Tick(Struct):
    """Server-sent event `tick` on GET api/stream: something changed."""

    revision: int
    trainings: list[str]
    tags: list[str]
    overview: bool
    """Whether api/overview changed in more than its newest values."""
    everything: bool = False
    """Whether so much changed that the lists were left empty: read all that is on screen again."""
