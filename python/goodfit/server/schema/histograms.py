"""Distributions by step: `api/histograms`."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta, Struct

from goodfit.server.schema.base import MaxSteps


class HistogramsQuery(Struct):
    """GET api/histograms"""

    run: str
    tag: str
    max_steps: MaxSteps = 50
    n_bins: Annotated[int, Meta(ge=1, le=500)] = 80


class HistogramStep(Struct):
    step: int
    wall_time: float
    counts: list[float]
    """On the common bins."""
    percentiles: list[float | str]
    """At the nine basis points of HistogramView.basis_points."""
    minimum: float | str
    maximum: float | str
    total: float
    n_below: float = 0.0
    """Values left of the common bins, in none of them."""
    n_above: float = 0.0


class HistogramView(Struct):
    """GET api/histograms?run=&tag=&max_steps="""

    run: str
    tag: str
    n_recorded: int
    """Recorded steps; `steps` is an even choice of them, first and last always in."""
    edges: list[float]
    """Common bins of all steps, n+1 ascending; they hold the middle 99 % of the values, and all where these are not far
    out."""
    basis_points: list[int]
    steps: list[HistogramStep]
