"""POST api/curves: all curves of one chart, reduced to its pixel columns, as one frame of float32 columns."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING

from starlette.requests import Request
from starlette.responses import Response

from goodfit.errors import UnknownSeries
from goodfit.server import wire
from goodfit.server.context import Context
from goodfit.server.endpoint import Endpoint, bytes_answer, require_finite
from goodfit.server.epoch_axis import EPOCH, Epochs, find_epochs
from goodfit.server.errors import ApiError
from goodfit.server.log_axis import LOG_STEP, steps_at
from goodfit.server.made_axis import sample_made
from goodfit.server.schema import CurveHeader, CurvesHeader, CurvesRequest, SeriesRef
from goodfit.server.times import Knots
from goodfit.store.store import Sample, Store
from goodfit.types import SeriesKey

if TYPE_CHECKING:
    from goodfit.types import Float64Array

COLUMNS = ["minimum", "maximum", "mean", "last", "smooth", "other"]
ABANDONED = "abandoned"
"""Mean of what a restart wrote over; there only when a series in range has such points."""
MAX_CELLS = 1_000_000
"""Series times pixel columns: 24 MB of answer, beyond what a page can draw; density is for more."""
FRAME_TYPE = "application/octet-stream"
SHORT_POINTS = 200
"""A series of so many points or fewer fits a chart's columns: smoothing it shows a lag and no more."""
USUAL_SMOOTHING = 0.6
"""TensorBoard's, which readers are used to."""
MAX_TIMED = 64
"""Series of one chart whose other axis is looked up; a chart of more is context, which has no readout."""


def unique_keys(series: Sequence[SeriesRef]) -> list[SeriesKey]:
    """The keys asked for, in order, each once."""
    return list(dict.fromkeys(SeriesKey(ref.run, ref.tag) for ref in series))


def check_range(lo: float | None, hi: float | None) -> None:
    """Raises ApiError unless lo < hi and both are finite, where given."""
    require_finite(lo, "lo")
    require_finite(hi, "hi")
    if lo is not None and hi is not None and not lo < hi:
        raise ApiError("bad_request", f"'lo' must be below 'hi', got {lo!r} and {hi!r}.")


def count_points(store: Store, keys: Sequence[SeriesKey]) -> dict[SeriesKey, int]:
    """Recorded points of each series that is there."""
    wanted = set(keys)
    runs = dict.fromkeys(key.run for key in keys)
    counts: dict[SeriesKey, int] = {}
    for run in runs:
        with suppress(UnknownSeries):
            counts |= {info.key: info.n_points for info in store.list_series(run) if info.key in wanted}
    return counts


def choose_smoothing(asked: float | None, counts: Mapping[SeriesKey, int]) -> float:
    """The weight asked for; when none was, what suits the longest series.

    Recorded points count, not those in range, so that zooming never changes it.
    """
    if asked is not None:
        return asked
    return USUAL_SMOOTHING if max(counts.values(), default=0) > SHORT_POINTS else 0.0


def find_other(centres: Float64Array, knots: Knots, x_axis: str) -> tuple[float, Float64Array]:
    """What the other axis counts from, and its values at the column centres."""
    if x_axis == LOG_STEP:
        centres, x_axis = steps_at(centres), "step"
    if x_axis == "step":
        return knots.first_wall_time, knots.wall_times_at(centres) - knots.first_wall_time
    wall_times = centres if x_axis == "wall_time" else centres + knots.first_wall_time
    return knots.first_step, knots.steps_at(wall_times) - knots.first_step


def build_frame(
    samples: Sequence[Sample],
    ghosts: Sequence[Sample] = (),
    *,
    lo: float,
    hi: float,
    ask: CurvesRequest,
    smoothing: float,
    counts: Mapping[SeriesKey, int],
    knots: Mapping[SeriesKey, Knots],
    epochs: Mapping[SeriesKey, Epochs],
    revision: int,
) -> bytes:
    """Header and columns as `CurvesHeader` describes them."""
    import numpy as np

    # Shares of the ends do not overflow as their difference may; what a float32 cannot hold stays at its largest.
    shares = (np.arange(ask.px) + 0.5) / ask.px
    centres = lo * (1 - shares) + hi * shares
    largest = np.finfo(np.float32).max
    columns = [centres.clip(-largest, largest).astype("<f4")]
    headers = []
    left_behind = {ghost.key: ghost.mean for ghost in ghosts if np.isfinite(ghost.mean).any()}
    for sample in samples:
        origin, other = 0.0, np.full(ask.px, np.nan)
        if sample.key in knots:
            own = epochs.get(sample.key)
            if own is None:
                origin, other = find_other(centres, knots[sample.key], ask.x_axis)
            else:
                origin = knots[sample.key].first_step
                other = own.steps_at(centres) - origin
        headers.append(
            CurveHeader(
                run=sample.key.run,
                tag=sample.key.tag,
                n_points=sample.n_points,
                n_nonfinite=sample.n_nonfinite,
                nonfinite_x=sample.nonfinite_x.tolist(),
                n_recorded=counts.get(sample.key, sample.n_points),
                origin=origin,
            )
        )
        columns += [sample.minimum, sample.maximum, sample.mean, sample.last, sample.smooth]
        columns.append(other.clip(-largest, largest).astype("<f4"))
        if left_behind:
            columns.append(left_behind.get(sample.key, np.full(ask.px, np.nan, dtype="<f4")))
    header = CurvesHeader(
        revision=revision,
        px=ask.px,
        lo=lo,
        hi=hi,
        x_axis=ask.x_axis,
        smoothing=smoothing,
        is_smoothing_chosen=ask.smoothing is not None,
        columns=[*COLUMNS, ABANDONED] if left_behind else COLUMNS,
        series=headers,
    )
    return wire.frame(header, b"".join(column.astype("<f4", copy=False).tobytes() for column in columns))


def make_curves(context: Context, ask: CurvesRequest) -> bytes:
    """The frame of one chart's curves."""
    check_range(ask.lo, ask.hi)
    keys = unique_keys(ask.series)
    if len(keys) * ask.px > MAX_CELLS:
        raise ApiError(
            "too_large",
            f"{len(keys)} series of {ask.px} columns are more than {MAX_CELLS} values a column.",
            hint="ask for fewer columns, or for api/density",
        )
    store = context.store
    revision = context.watch.snapshot.revision
    counts = count_points(store, keys)
    smoothing = choose_smoothing(ask.smoothing, counts)
    ghosts: Sequence[Sample] = ()
    if ask.x_axis == "log_step" or ask.x_axis == "epoch":
        (lo, hi), samples = sample_made(
            store, keys, x_axis=ask.x_axis, px=ask.px, lo=ask.lo, hi=ask.hi, smoothing=smoothing
        )
        if len(samples) <= MAX_TIMED and hi > lo:
            ghosts = sample_made(store, keys, x_axis=ask.x_axis, px=ask.px, lo=lo, hi=hi, is_abandoned=True)[1]
    else:
        (lo, hi), samples = store.sample(
            keys, px=ask.px, x_axis=ask.x_axis, lo=ask.lo, hi=ask.hi, smoothing=smoothing, branch="newest"
        )
        if len(samples) <= MAX_TIMED and hi > lo:
            ghosts = store.sample(keys, px=ask.px, x_axis=ask.x_axis, lo=lo, hi=hi, branch="abandoned")[1]
    knots: dict[SeriesKey, Knots] = {}
    if len(samples) <= MAX_TIMED:
        for sample in samples:
            found = context.times.find(store, sample.key, n_points=counts.get(sample.key, 0))
            if found is not None:
                knots[sample.key] = found
    places = {key: find_epochs(store, key) for key in knots} if ask.x_axis == EPOCH else {}
    epochs = {key: place for key, place in places.items() if place is not None}
    return build_frame(
        samples,
        ghosts,
        lo=lo,
        hi=hi,
        ask=ask,
        smoothing=smoothing,
        counts=counts,
        knots=knots,
        epochs=epochs,
        revision=revision,
    )


def read_curves(context: Context, ask: CurvesRequest, _: Request) -> Response:
    return bytes_answer(make_curves(context, ask), FRAME_TYPE)


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
