"""POST api/density: hundreds of curves as one small picture, the grey context behind those in focus."""

from __future__ import annotations

from collections.abc import Iterator

from starlette.requests import Request
from starlette.responses import Response

from goodfit.server import wire
from goodfit.server.api.curves import FRAME_TYPE, check_range, unique_keys
from goodfit.server.context import Context
from goodfit.server.density import LEVELS, Canvas, Density, Edges, find_extent, find_levels, join_extents
from goodfit.server.endpoint import Endpoint, bytes_answer, require_finite
from goodfit.server.errors import ApiError
from goodfit.server.made_axis import sample_made
from goodfit.server.schema import DensityHeader, DensityRequest
from goodfit.store.store import Sample, Store
from goodfit.types import SeriesKey

BATCH = 256
"""Series sampled at once: 10 MB of columns at the widest."""
Drawn = tuple[tuple[float, float], Density]
"""The range of the axis, and the picture."""


def draw_straight(store: Store, keys: list[SeriesKey], ask: DensityRequest) -> Drawn:
    """By the store's own loops: a tenth of the time that columns of each curve would take."""
    assert ask.x_axis != "log_step" and ask.x_axis != "epoch"

    def edge(y: float | None) -> float | None:
        """What has no logarithm is no edge: the picture then ends where the curves do."""
        return None if y is not None and ask.is_log and y <= 0 else y

    drawn = store.density(
        keys,
        width=ask.width,
        height=ask.height,
        x_axis=ask.x_axis,
        lo=ask.lo,
        hi=ask.hi,
        y_lo=edge(ask.y_lo),
        y_hi=edge(ask.y_hi),
        is_log=ask.is_log,
        branch="newest",
    )
    max_curves = int(drawn.counts.max(initial=0))
    picture = Density(find_levels(drawn.counts), drawn.y_lo, drawn.y_hi, drawn.n_series, max_curves)
    return (drawn.lo, drawn.hi), picture


def draw_made(store: Store, keys: list[SeriesKey], ask: DensityRequest) -> Drawn:
    """Over an axis that the store does not know."""
    lo, hi, x_axis = ask.lo, ask.hi, ask.x_axis
    assert x_axis == "log_step" or x_axis == "epoch"
    if lo is None or hi is None:
        (lo, hi), _samples = sample_made(store, keys, x_axis=x_axis, px=1, lo=lo, hi=hi)

    def list_batches(px: int) -> Iterator[list[Sample]]:
        for start in range(0, len(keys), BATCH):
            yield sample_made(store, keys[start : start + BATCH], x_axis=x_axis, px=px, lo=lo, hi=hi)[1]

    found = None
    if ask.y_lo is None or ask.y_hi is None:
        # One column has the least and greatest value, but not the least above zero.
        for samples in list_batches(ask.width if ask.is_log else 1):
            found = join_extents(found, find_extent(samples, is_log=ask.is_log))
    edges = Edges.of(ask.y_lo, ask.y_hi, found=found, is_log=ask.is_log)
    canvas = Canvas(width=ask.width, height=ask.height, edges=edges)
    for samples in list_batches(ask.width):
        canvas.add(samples)
    return (lo, hi), canvas.finish()


def make_density(context: Context, ask: DensityRequest) -> bytes:
    """The frame of one chart's picture."""
    check_range(ask.lo, ask.hi)
    require_finite(ask.y_lo, "y_lo")
    require_finite(ask.y_hi, "y_hi")
    if ask.y_lo is not None and ask.y_hi is not None and not ask.y_lo < ask.y_hi:
        raise ApiError("bad_request", f"'y_lo' must be below 'y_hi', got {ask.y_lo!r} and {ask.y_hi!r}.")
    revision = context.watch.snapshot.revision
    draw = draw_made if ask.x_axis == "log_step" or ask.x_axis == "epoch" else draw_straight
    (lo, hi), picture = draw(context.store, unique_keys(ask.series), ask)
    header = DensityHeader(
        revision=revision,
        width=ask.width,
        height=ask.height,
        lo=lo,
        hi=hi,
        y_lo=picture.y_lo,
        y_hi=picture.y_hi,
        x_axis=ask.x_axis,
        is_log=ask.is_log,
        levels=LEVELS,
        n_series=picture.n_series,
        max_curves=picture.max_curves,
    )
    return wire.frame(header, picture.levels.tobytes())


def read_density(context: Context, ask: DensityRequest, _: Request) -> Response:
    return bytes_answer(make_density(context, ask), FRAME_TYPE)


ENDPOINTS = (
    Endpoint(
        "POST",
        "api/density",
        "Many curves of one chart as one picture.",
        read_density,
        "heavy",
        ask=DensityRequest,
        answer=DensityHeader,
        media_type=FRAME_TYPE,
    ),
)
