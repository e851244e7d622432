"""POST api/formula and GET api/formula/check: curves worked out from others, over any axis."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from starlette.requests import Request
from starlette.responses import Response

from goodfit.curves.smooth import smooth_ema
from goodfit.errors import UnknownSeries
from goodfit.query.training import Training
from goodfit.server import wire
from goodfit.server.api.curves import COLUMNS, FRAME_TYPE, SHORT_POINTS, USUAL_SMOOTHING, check_range, find_other
from goodfit.server.context import Context
from goodfit.server.endpoint import Endpoint, bytes_answer, json_answer
from goodfit.server.errors import ApiError
from goodfit.server.formula.evaluate import Curve, align_curves, evaluate, read_newest
from goodfit.server.formula.names import list_names
from goodfit.server.formula.parse import Formula, FormulaError, parse_formula
from goodfit.server.formula.reduce import reduce_points
from goodfit.server.log_axis import LOG_STEP
from goodfit.server.schema import (
    CurveHeader,
    FormulaCheck,
    FormulaCheckQuery,
    FormulaHeader,
    FormulaRequest,
    LeftOut,
)
from goodfit.server.times import Knots
from goodfit.store.store import Sample, Store
from goodfit.types import SeriesKey

if TYPE_CHECKING:
    from goodfit.types import Float64Array

MAX_POINTS = 40_000_000
"""Read for one chart: about a gigabyte while it is worked out."""


@dataclass(frozen=True, slots=True)
class Drawn:
    """One training's curve, with its place on the axis asked for."""

    training: str
    curve: Curve
    x: Float64Array
    n_without_x: int


def find_trainings(context: Context, names: list[str]) -> list[Training]:
    """Those of the trainings that are there, in the order asked for, each once."""
    known = {judged.training.name: judged.training for judged in context.watch.snapshot.trainings}
    return [known[name] for name in dict.fromkeys(names) if name in known]


def parse(text: str, known: set[str]) -> Formula:
    """Raises ApiError for what is no formula."""
    try:
        return parse_formula(text, known)
    except FormulaError as error:
        raise ApiError(
            "bad_request", str(error), hint="names with spaces or signs in them stand in `backquotes`"
        ) from None


def draw(
    store: Store, training: Training, names: Mapping[str, SeriesKey], y: Formula, x: Formula | None, x_axis: str
) -> Drawn | LeftOut:
    """One training's curve, or why it has none."""
    import numpy as np

    wanted = dict.fromkeys([*y.names, *(x.names if x else ())])
    missing = [name for name in wanted if name not in names]
    if missing:
        return LeftOut(training=training.name, reason="no_metric", names=missing)
    try:
        curves = {name: read_newest(store.read_scalars(names[name])) for name in wanted}
    except UnknownSeries:
        return LeftOut(training=training.name, reason="no_metric", names=list(wanted))
    curve = evaluate(y.tree, curves)
    assert isinstance(curve, Curve), "a formula names at least one metric"
    if x is None:
        places = curve.steps.astype(np.float64) if x_axis == "step" else curve.wall_times
        if x_axis == LOG_STEP:
            # A step of 0 or below has no place there, and is counted as such below.
            with np.errstate(divide="ignore", invalid="ignore"):
                places = np.log10(curve.steps.astype(np.float64))
        elif x_axis == "relative":
            places = places - (places[0] if len(places) else 0.0)
    else:
        across = evaluate(x.tree, curves)
        assert isinstance(across, Curve)
        curve, across = align_curves(curve, across)
        places = across.values
    if len(curve.steps) == 0:
        return LeftOut(training=training.name, reason="no_common_step", names=list(wanted))
    is_placed = np.isfinite(places)
    n_without_x = int(np.count_nonzero(~is_placed))
    if n_without_x:
        curve = Curve(curve.steps[is_placed], curve.wall_times[is_placed], curve.values[is_placed])
        places = places[is_placed]
        if len(places) == 0:
            return LeftOut(training=training.name, reason="no_finite_x", names=list(wanted))
    return Drawn(training.name, curve, places, n_without_x)


def read_formula(context: Context, ask: FormulaRequest, _: Request) -> Response:
    check_range(ask.lo, ask.hi)
    revision = context.watch.snapshot.revision
    trainings = find_trainings(context, ask.trainings)
    names = [list_names(training) for training in trainings]
    known = {name for one in names for name in one}
    y = parse(ask.y, known)
    x = parse(ask.x, known) if ask.x_axis == "formula" else None
    store = context.store
    _check_size(store, names, [*y.names, *(x.names if x else ())])
    drawn: list[Drawn] = []
    left_out: list[LeftOut] = []
    for training, called in zip(trainings, names, strict=True):
        found = draw(store, training, called, y, x, ask.x_axis)
        if isinstance(found, Drawn):
            drawn.append(found)
        else:
            left_out.append(found)
    lo, hi = _range(drawn, ask.lo, ask.hi)
    longest = max((len(one.x) for one in drawn), default=0)
    smoothing = (USUAL_SMOOTHING if longest > SHORT_POINTS else 0.0) if ask.smoothing is None else ask.smoothing
    samples = []
    for one in drawn:
        smooth = smooth_ema(one.curve.values, weight=smoothing) if smoothing else one.curve.values
        key = SeriesKey(one.training, ask.y)
        samples.append(reduce_points(key, one.x, one.curve.values, smooth, lo=lo, hi=hi, px=ask.px))
    header, body = _frame(drawn, samples, lo=lo, hi=hi, ask=ask)
    answer = FormulaHeader(
        revision=revision,
        px=ask.px,
        lo=lo,
        hi=hi,
        x_axis=ask.x_axis,
        smoothing=smoothing,
        is_smoothing_chosen=ask.smoothing is not None,
        columns=COLUMNS,
        series=header,
        names=list(dict.fromkeys([*y.names, *(x.names if x else ())])),
        left_out=left_out,
        n_without_x=sum(one.n_without_x for one in drawn),
    )
    return bytes_answer(wire.frame(answer, body), FRAME_TYPE)


def _check_size(store: Store, names: list[dict[str, SeriesKey]], wanted: list[str]) -> None:
    keys = {one[name] for one in names for name in wanted if name in one}
    n_points = 0
    for run in {key.run for key in keys}:
        try:
            n_points += sum(info.n_points for info in store.list_series(run) if info.key in keys)
        except UnknownSeries:
            continue  # removed since it was listed
    if n_points > MAX_POINTS:
        raise ApiError(
            "too_large", f"The formula reads {n_points} points; at most {MAX_POINTS} can be.", hint="select fewer runs"
        )


def _range(drawn: list[Drawn], lo: float | None, hi: float | None) -> tuple[float, float]:
    """The range of the axis: as asked, else that of all points together."""
    first = min((float(one.x.min()) for one in drawn), default=0.0) if lo is None else lo
    last = max((float(one.x.max()) for one in drawn), default=1.0) if hi is None else hi
    return first, max(first, last)


def _frame(
    drawn: list[Drawn], samples: list[Sample], *, lo: float, hi: float, ask: FormulaRequest
) -> tuple[list[CurveHeader], bytes]:
    """The header of each curve, and the columns of all."""
    import numpy as np

    shares = (np.arange(ask.px) + 0.5) / ask.px
    centres = lo * (1 - shares) + hi * shares
    largest = np.finfo(np.float32).max
    columns = [centres.clip(-largest, largest).astype("<f4")]
    headers = []
    for one, sample in zip(drawn, samples, strict=True):
        origin, other = 0.0, np.full(ask.px, np.nan)
        if ask.x_axis != "formula":
            steps, wall_times = one.curve.steps.astype(np.float64), one.curve.wall_times
            knots = Knots(steps, wall_times, len(steps), float(steps[0]), float(wall_times[0]))
            origin, other = find_other(centres, knots, ask.x_axis)
        headers.append(
            CurveHeader(
                run=one.training,
                tag=ask.y,
                n_points=sample.n_points,
                n_nonfinite=sample.n_nonfinite,
                nonfinite_x=sample.nonfinite_x.tolist(),
                n_recorded=len(one.x),
                origin=origin if math.isfinite(origin) else 0.0,
            )
        )
        columns += [sample.minimum, sample.maximum, sample.mean, sample.last, sample.smooth]
        columns.append(other.clip(-largest, largest).astype("<f4"))
    return headers, b"".join(column.astype("<f4", copy=False).tobytes() for column in columns)


def check_formula(context: Context, ask: FormulaCheckQuery, _: Request) -> Response:
    known = {name for judged in context.watch.snapshot.trainings for name in list_names(judged.training)}
    try:
        formula = parse_formula(ask.text, known)
    except FormulaError as error:
        return json_answer(
            FormulaCheck(
                reason=error.reason, position=error.position, detail=error.detail, message=str(error), names=[]
            )
        )
    return json_answer(FormulaCheck(reason="", position=0, detail="", message="", names=list(formula.names)))


ENDPOINTS = (
    Endpoint(
        "POST",
        "api/formula",
        "Curves worked out from others, over any axis.",
        read_formula,
        "heavy",
        ask=FormulaRequest,
        answer=FormulaHeader,
        media_type=FRAME_TYPE,
    ),
    Endpoint(
        "GET",
        "api/formula/check",
        "Whether a formula can be read, and where it cannot.",
        check_formula,
        "quick",
        ask=FormulaCheckQuery,
        answer=FormulaCheck,
    ),
)
