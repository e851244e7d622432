"""POST api/density: hundreds of curves as one small picture, the grey context behind those in focus."""

from __future__ import annotations

from collections.abc import Iterator

from starlette.requests import Request
from starlette.responses import Response

from goodfit.server import wire
from goodfit.server.api.curves import FRAME_TYPE, check_range, unique_keys
from goodfit.server.context import Context
from goodfit.server.density import LEVELS, Canvas, Edges, find_extent, join_extents
from goodfit.server.endpoint import Endpoint, bytes_answer, require_finite
from goodfit.server.errors import ApiError
from goodfit.server.log_axis import LOG_STEP, sample_log
from goodfit.server.schema import DensityHeader, DensityRequest
from goodfit.store.store import Sample, Store
from goodfit.types import SeriesKey

BATCH = 256
"""Series sampled at once: 10 MB of columns at the widest."""


def sample(
    store: Store, keys: list[SeriesKey], px: int, ask: DensityRequest, lo: float | None, hi: float | None
) -> tuple[tuple[float, float], list[Sample]]:
    """Ends and columns of some series on the axis asked for."""
    if ask.x_axis == LOG_STEP:
        return sample_log(store, keys, px=px, lo=lo, hi=hi)
    return store.sample(keys, px=px, x_axis=ask.x_axis, lo=lo, hi=hi)


def read_density(context: Context, ask: DensityRequest, _: Request) -> Response:
    check_range(ask.lo, ask.hi)
    require_finite(ask.y_lo, "y_lo")
    require_finite(ask.y_hi, "y_hi")
    if ask.y_lo is not None and ask.y_hi is not None and not ask.y_lo < ask.y_hi:
        raise ApiError("bad_request", f"'y_lo' must be below 'y_hi', got {ask.y_lo!r} and {ask.y_hi!r}.")
    revision = context.watch.snapshot.revision
    keys = unique_keys(ask.series)
    lo, hi = ask.lo, ask.hi
    if lo is None or hi is None:
        (lo, hi), _samples = sample(context.store, keys, 1, ask, lo, hi)

    def list_batches(px: int) -> Iterator[list[Sample]]:
        for start in range(0, len(keys), BATCH):
            yield sample(context.store, keys[start : start + BATCH], px, ask, lo, hi)[1]

    found = None
    if ask.y_lo is None or ask.y_hi is None:
        # One column has the least and greatest value, but not the least above zero.
        for samples in list_batches(ask.width if ask.is_log else 1):
            found = join_extents(found, find_extent(samples, is_log=ask.is_log))
    edges = Edges.of(ask.y_lo, ask.y_hi, found=found, is_log=ask.is_log)
    canvas = Canvas(width=ask.width, height=ask.height, edges=edges)
    for samples in list_batches(ask.width):
        canvas.add(samples)
    picture = canvas.finish()
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
    return bytes_answer(wire.frame(header, picture.levels.tobytes()), FRAME_TYPE)


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
