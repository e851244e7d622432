"""What the topics share: references to series, and bounds of what may be asked."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta, Struct

MAX_DENSITY = 10_000
"""Series that may be drawn as one picture or as groups."""
Px = Annotated[int, Meta(ge=1, le=8_192)]
"""Pixel columns: up to an 8k screen's width."""
Smoothing = Annotated[float, Meta(ge=0.0, lt=1.0)]
MaxSteps = Annotated[int, Meta(ge=1, le=500)]
Index = Annotated[int, Meta(ge=0, le=2**53)]


class SeriesRef(Struct):
    run: str
    tag: str
