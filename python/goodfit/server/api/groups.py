"""POST api/groups: what groups of runs have in common, a mean and a band for each, as one frame of float32 columns."""

from __future__ import annotations

from typing import Literal

from starlette.requests import Request
from starlette.responses import Response

from goodfit.server import wire
from goodfit.server.api.curves import FRAME_TYPE, check_range, choose_smoothing, count_points, unique_keys
from goodfit.server.context import Context
from goodfit.server.endpoint import Endpoint, bytes_answer
from goodfit.server.errors import ApiError
from goodfit.server.made_axis import sample_made
from goodfit.server.schema import MAX_DENSITY, GroupHeader, GroupsHeader, GroupsRequest
from goodfit.store.group import Group, group_samples
from goodfit.store.store import Store
from goodfit.types import SeriesKey

COLUMNS = ["mean", "low", "high", "minimum", "maximum", "deviation", "count"]
MAX_CELLS = 8_000_000
"""Series of one group times pixel columns: 64 MB of float64 while their quantiles are found."""


def find_group(
    store: Store, keys: list[SeriesKey], ask: GroupsRequest, *, lo: float, hi: float, smoothing: float
) -> Group:
    """Mean and band of one group on the axis asked for."""
    if ask.x_axis == "log_step" or ask.x_axis == "epoch":
        _range, samples = sample_made(store, keys, x_axis=ask.x_axis, px=ask.px, lo=lo, hi=hi, smoothing=smoothing)
        column: Literal["smooth", "mean"] = "smooth" if smoothing else "mean"
        return group_samples(samples, px=ask.px, column=column, interval=ask.interval)
    return store.group(
        keys,
        px=ask.px,
        x_axis=ask.x_axis,
        lo=lo,
        hi=hi,
        smoothing=smoothing,
        branch="newest",
        interval=ask.interval,
    )[1]


def read_groups(context: Context, ask: GroupsRequest, _: Request) -> Response:
    import numpy as np

    check_range(ask.lo, ask.hi)
    groups = [unique_keys(group.series) for group in ask.groups]
    n_series = sum(len(keys) for keys in groups)
    if n_series > MAX_DENSITY:
        raise ApiError("too_large", f"{n_series} series are more than {MAX_DENSITY}.", hint="filter the runs")
    if max((len(keys) for keys in groups), default=0) * ask.px > MAX_CELLS:
        raise ApiError(
            "too_large",
            f"A group of more than {MAX_CELLS // ask.px} series does not fit {ask.px} columns.",
            hint="ask for fewer columns",
        )
    store = context.store
    revision = context.watch.snapshot.revision
    # Of one series of each group, for the weight is to be one for all and counting ten thousand takes its time.
    smoothing = choose_smoothing(ask.smoothing, count_points(store, [keys[0] for keys in groups if keys]))
    lo, hi = ask.lo, ask.hi
    if lo is None or hi is None:
        every = [key for keys in groups for key in keys]
        if ask.x_axis == "log_step" or ask.x_axis == "epoch":
            (lo, hi), _samples = sample_made(store, every, x_axis=ask.x_axis, px=1, lo=lo, hi=hi)
        else:
            (lo, hi), _samples = store.sample(every, px=1, x_axis=ask.x_axis, lo=lo, hi=hi, branch="newest")
    columns: list[bytes] = []
    headers = []
    for asked, keys in zip(ask.groups, groups, strict=True):
        group = find_group(store, keys, ask, lo=lo, hi=hi, smoothing=smoothing)
        headers.append(GroupHeader(name=asked.name, n_series=group.n_series, n_asked=len(keys)))
        with np.errstate(over="ignore"):  # what a float32 cannot hold is infinite, as it is for curves
            columns += [np.asarray(getattr(group, name)).astype("<f4").tobytes() for name in COLUMNS]
    header = GroupsHeader(
        revision=revision,
        px=ask.px,
        lo=lo,
        hi=hi,
        x_axis=ask.x_axis,
        smoothing=smoothing,
        is_smoothing_chosen=ask.smoothing is not None,
        interval=ask.interval,
        columns=COLUMNS,
        groups=headers,
    )
    return bytes_answer(wire.frame(header, b"".join(columns)), FRAME_TYPE)


ENDPOINTS = (
    Endpoint(
        "POST",
        "api/groups",
        "Mean and band of groups of curves as columns.",
        read_groups,
        "heavy",
        ask=GroupsRequest,
        answer=GroupsHeader,
        media_type=FRAME_TYPE,
    ),
)
