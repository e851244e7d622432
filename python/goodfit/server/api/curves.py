"""POST api/curves: all curves of one chart, reduced to its pixel columns, as one frame of float32 columns."""

from __future__ import annotations

from collections.abc import Sequence

from starlette.requests import Request
from starlette.responses import Response

from goodfit.server import wire
from goodfit.server.context import Context
from goodfit.server.endpoint import Endpoint, bytes_answer, require_finite
from goodfit.server.errors import ApiError
from goodfit.server.schema import CurveHeader, CurvesHeader, CurvesRequest, SeriesRef
from goodfit.store.store import Sample
from goodfit.types import SeriesKey

COLUMNS = ["minimum", "maximum", "mean", "last", "smooth"]
MAX_CELLS = 1_000_000
"""Series times pixel columns: 20 MB of answer, beyond what a page can draw; density is for more."""
FRAME_TYPE = "application/octet-stream"


def unique_keys(series: Sequence[SeriesRef]) -> list[SeriesKey]:
    """The keys asked for, in order, each once."""
    return list(dict.fromkeys(SeriesKey(ref.run, ref.tag) for ref in series))


def check_range(lo: float | None, hi: float | None) -> None:
    """Raises ApiError unless lo < hi and both are finite, where given."""
    require_finite(lo, "lo")
    require_finite(hi, "hi")
    if lo is not None and hi is not None and not lo < hi:
        raise ApiError("bad_request", f"'lo' must be below 'hi', got {lo!r} and {hi!r}.")


def build_frame(samples: Sequence[Sample], *, lo: float, hi: float, ask: CurvesRequest, revision: int) -> bytes:
    """Header and columns as `CurvesHeader` describes them."""
    import numpy as np

    header = CurvesHeader(
        revision=revision,
        px=ask.px,
        lo=lo,
        hi=hi,
        x_axis=ask.x_axis,
        smoothing=ask.smoothing,
        columns=COLUMNS,
        series=[
            CurveHeader(
                run=sample.key.run,
                tag=sample.key.tag,
                n_points=sample.n_points,
                n_nonfinite=sample.n_nonfinite,
                nonfinite_x=sample.nonfinite_x.tolist(),
            )
            for sample in samples
        ],
    )
    # Shares of the ends do not overflow as their difference may; what a float32 cannot hold stays at its largest.
    shares = (np.arange(ask.px) + 0.5) / ask.px
    largest = np.finfo(np.float32).max
    centres = (lo * (1 - shares) + hi * shares).clip(-largest, largest).astype("<f4")
    columns = [centres]
    for sample in samples:
        columns += [sample.minimum, sample.maximum, sample.mean, sample.last, sample.smooth]
    return wire.frame(header, b"".join(column.astype("<f4", copy=False).tobytes() for column in columns))


def read_curves(context: Context, ask: CurvesRequest, _: Request) -> Response:
    check_range(ask.lo, ask.hi)
    keys = unique_keys(ask.series)
    if len(keys) * ask.px > MAX_CELLS:
        raise ApiError(
            "too_large",
            f"{len(keys)} series of {ask.px} columns are more than {MAX_CELLS} values a column.",
            hint="ask for fewer columns, or for api/density",
        )
    revision = context.watch.snapshot.revision
    (lo, hi), samples = context.store.sample(
        keys, px=ask.px, x_axis=ask.x_axis, lo=ask.lo, hi=ask.hi, smoothing=ask.smoothing
    )
    return bytes_answer(build_frame(samples, lo=lo, hi=hi, ask=ask, revision=revision), FRAME_TYPE)


ENDPOINTS = (
    Endpoint(
        "POST",
        "api/curves",
        "All curves of one chart as columns.",
        read_curves,
        "heavy",
        ask=CurvesRequest,
        answer=CurvesHeader,
        media_type=FRAME_TYPE,
    ),
)
