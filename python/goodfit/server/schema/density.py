"""Many series as one picture: `api/density`."""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta, Struct

from goodfit.server.schema.base import MAX_DENSITY, SeriesRef


class DensityRequest(Struct):
    """POST api/density: many series as one picture, for the grey context behind the curves in focus."""

    series: Annotated[list[SeriesRef], Meta(max_length=MAX_DENSITY)]
    width: Annotated[int, Meta(ge=1, le=2_048)]
    height: Annotated[int, Meta(ge=1, le=2_048)]
    x_axis: Literal["step", "wall_time", "relative", "log_step", "epoch"] = "step"
    lo: float | None = None
    hi: float | None = None
    y_lo: float | None = None
    """Lower edge of the picture; None: the lowest value there is."""
    y_hi: float | None = None
    is_log: bool = False
    """Rows are spaced by the logarithm of y; values at or below zero are left out."""


class DensityHeader(Struct):
    """The JSON header of the answer to POST api/density.

    The answer is `u32le header length | header JSON, space-padded to a multiple of 4 | width * height bytes`, rows from
    the top (y_hi) down, each byte a level from 0 (no curve) to `levels - 1` (as many as anywhere in the picture), in
    equal steps of log(1 + curves).
    """

    revision: int
    width: int
    height: int
    lo: float
    hi: float
    y_lo: float
    y_hi: float
    x_axis: str
    is_log: bool
    levels: int
    n_series: int
    """Series drawn: those with at least one finite point in range."""
    max_curves: int
    """Curves through the fullest pixel."""
