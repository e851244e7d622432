"""POST api/charts: the questions of all charts that change together, in one request."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta, Struct

from goodfit.server.schema.curves import CurvesRequest
from goodfit.server.schema.density import DensityRequest
from goodfit.server.schema.error import ErrorBody

MAX_CHARTS = 64
"""A wall of screens shows fewer at once."""


class ChartsRequest(Struct):
    """POST api/charts: what api/curves and api/density would be asked one by one."""

    curves: Annotated[list[CurvesRequest], Meta(max_length=MAX_CHARTS)] = []
    density: Annotated[list[DensityRequest], Meta(max_length=MAX_CHARTS)] = []


class ChartPart(Struct):
    """One chart's answer."""

    size_bytes: int
    """Of its frame, which is the one that its own address would answer; 0 with an error."""
    error: ErrorBody | None = None


class ChartsHeader(Struct):
    """Header of the frame; the charts' frames follow each other, each padded to a multiple of 4 bytes."""

    curves: list[ChartPart]
    density: list[ChartPart]
