"""POST api/density: hundreds of curves as one small picture, the grey context behind those in focus."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from goodfit.server import wire
from goodfit.server.api.curves import FRAME_TYPE, check_range, unique_keys
from goodfit.server.context import Context
from goodfit.server.density import LEVELS, draw_density
from goodfit.server.endpoint import Endpoint, bytes_answer, require_finite
from goodfit.server.errors import ApiError
from goodfit.server.schema import DensityHeader, DensityRequest


def read_density(context: Context, ask: DensityRequest, _: Request) -> Response:
    check_range(ask.lo, ask.hi)
    require_finite(ask.y_lo, "y_lo")
    require_finite(ask.y_hi, "y_hi")
    if ask.y_lo is not None and ask.y_hi is not None and not ask.y_lo < ask.y_hi:
        raise ApiError("bad_request", f"'y_lo' must be below 'y_hi', got {ask.y_lo!r} and {ask.y_hi!r}.")
    revision = context.watch.snapshot.revision
    (lo, hi), samples = context.store.sample(
        unique_keys(ask.series), px=ask.width, x_axis=ask.x_axis, lo=ask.lo, hi=ask.hi, smoothing=0.0
    )
    picture = draw_density(samples, width=ask.width, height=ask.height, y_lo=ask.y_lo, y_hi=ask.y_hi, is_log=ask.is_log)
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
