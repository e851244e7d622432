"""Groups of series as means with bands: `api/groups`."""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta, Struct

from goodfit.server.schema.base import MAX_DENSITY, Px, SeriesRef, Smoothing


class GroupAsk(Struct):
    """One group of a GroupsRequest."""

    name: Annotated[str, Meta(max_length=500)]
    series: Annotated[list[SeriesRef], Meta(max_length=MAX_DENSITY)]


class GroupsRequest(Struct):
    """POST api/groups: groups of curves, each as one mean with a band; the series of all groups share one x range."""

    groups: Annotated[list[GroupAsk], Meta(max_length=64)]
    px: Px
    x_axis: Literal["step", "wall_time", "relative", "log_step", "epoch"] = "step"
    lo: float | None = None
    hi: float | None = None
    smoothing: Smoothing | None = 0.0
    """As in CurvesRequest; each curve is smoothed before the group is made."""
    interval: Annotated[float, Meta(gt=0.0, le=1.0)] = 0.8
    """Share of a group's curves between its columns `low` and `high`."""


class GroupHeader(Struct):
    name: str
    n_series: int
    """Curves with a value in range: the n of the mean."""
    n_asked: int


class GroupsHeader(Struct):
    """The JSON header of the answer to POST api/groups.

    The answer is a frame as that of api/curves; its columns are, for each group, those named in `columns`, each of px
    values, NaN where fewer curves have a value than it takes. A curve counts once a column, by the mean of its points
    (smoothed: by its last value), and lies on a straight line between its columns. `deviation` is that between curves,
    with n - 1; `count` is how many have a value in the column.
    """

    revision: int
    px: int
    lo: float
    hi: float
    x_axis: str
    smoothing: float
    is_smoothing_chosen: bool
    interval: float
    columns: list[str]
    groups: list[GroupHeader]
