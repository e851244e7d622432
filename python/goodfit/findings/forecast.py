"""A curve so far → where it will go, with a band, and when not to trust it: the public `goodfit.forecast`.

Of a training it also knows the learning rates that were logged, how long a step takes, and earlier trainings of its
task.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from goodfit.curves.analogs import forecast_by_analogs
from goodfit.curves.extrapolate import MIN_POINTS
from goodfit.curves.forecast import QUANTILES, PathForecast, forecast_path
from goodfit.curves.median import median
from goodfit.errors import BadArgument
from goodfit.findings.course import Course, read_course
from goodfit.findings.earlier import along
from goodfit.findings.objective import curve_of
from goodfit.findings.outlook import Forecast
from goodfit.findings.rate_ahead import cautions_of_schedule, with_next_cut

if TYPE_CHECKING:
    from collections.abc import Iterable

    import numpy.typing as npt

    from goodfit.types import Direction, Float64Array, Int64Array

FAR_TIMES = 10.0
"""Beyond ten times the length of the past the bands were checked on few curves."""


def forecast(
    values: Any,
    steps: npt.ArrayLike | None = None,
    horizon: int = 200,
    *,
    level: float = 0.8,
    direction: Direction | None = None,
    only_end: bool = False,
    wall_times: npt.ArrayLike | None = None,
    rates: npt.ArrayLike | None = None,
    earlier: Iterable[Any] = (),
) -> Forecast:
    """Forecasts a learning curve.

    Args:
        values: The curve so far, shape (n,); NaN and infinities are left out. Or a training of a LogDir: then its
            objective is forecast, with its steps, times, direction and learning rates.
        steps: Their steps, shape (n,); of a restarted run the newest branch counts. None: positions.
        horizon: How many more points, at the pace of the newer half, at least 0.
        level: Probability that a future value lies in the band, 0.05 to 0.95.
        direction: Whether lower (`min`) or higher (`max`) is better; None: by the shape and range of the curve so far.
        only_end: Work out the last step of the horizon alone, at a third of the cost; the arrays then hold one step.
        wall_times: Seconds, shape (n,), for what a step costs; None: not known.
        rates: Learning rates at the same steps, shape (n,); None: not known.
        earlier: Other curves of the same task, each an array of values at the same steps, a (steps, values) tuple, or a
            training. Those that went the same way so far have a say, as much as they would have foretold the newer
            half.

    Returns:
        Median and band at each future step. Below five finite points it is refused: NaN, and a reason.

    Raises:
        BadArgument: values that are no one-dimensional numbers, steps of another length, a horizon or level out of
            range.

    Example:
        >>> losses = 1 + 2 * np.exp(-np.arange(50) / 10)
        >>> answer = forecast(losses, horizon=50)
        >>> bool(answer.lower[-1] < 1.0 < answer.upper[-1]), int(answer.steps[-1])
        (True, 99)
    """
    if not (isinstance(horizon, (int, np.integer)) and 0 <= horizon <= 1_000_000):
        raise BadArgument(f"forecast needs a horizon of 0 to 1,000,000 points, got {horizon!r}.")
    if not 0.05 <= level <= 0.95:
        raise BadArgument(f"forecast needs a level of 0.05 to 0.95, got {level!r}.")
    if direction not in ("min", "max", None):
        raise BadArgument(f"forecast takes direction 'min', 'max' or None, got {direction!r}.")
    course = read_course(curve_of(values, steps, wall_times, rates, direction))
    ahead = np.arange(1, horizon + 1)[-1 if only_end else 0 :]
    future = course.steps_ahead(ahead)
    refusal = "too_short" if course.values.size < MIN_POINTS else ""
    quantiles, n_alike = np.full((ahead.size, len(QUANTILES)), math.nan), 0
    is_told = not refusal and horizon > 0
    if is_told:
        quantiles, n_alike = _quantiles(course, ahead, future, along(course, earlier, horizon))
    tail = (1 - level) / 2
    return Forecast(
        steps=future,
        median=quantiles[:, len(QUANTILES) // 2].copy(),
        lower=_at_level(quantiles, tail),
        upper=_at_level(quantiles, 1 - tail),
        level=level,
        direction=course.direction,
        last_step=course.last_step,
        last_value=course.last_value,
        refusal=refusal,
        cautions=_cautions(course, horizon, future) if is_told else _cautions_of_end(course),
        quantiles=quantiles,
        best_value=course.best_value,
        noise=course.noise if is_told else math.nan,
        seconds_per_step=course.seconds_per_step,
        schedule=course.schedule if is_told else None,
        n_alike=n_alike,
        past_steps=course.steps,
        past_values=course.values,
        metric=course.metric,
    )


def _quantiles(
    course: Course, ahead: Int64Array, future: Int64Array, others: list[Float64Array]
) -> tuple[Float64Array, int]:
    """Quantiles of the values at the points ahead, shape (n_ahead, 11), and how many earlier curves had a say."""
    losses, n_ahead, n_alike = course.values / course.unit, ahead.astype(np.float64), 0
    with np.errstate(all="ignore"):
        answer = forecast_path(losses, n_ahead)
        assert isinstance(answer, PathForecast)
        quantiles = answer.quantiles
        analogs = forecast_by_analogs(losses, others, n_ahead)
        if analogs is not None and analogs.weight > 0 and bool(np.isfinite(analogs.quantiles).all()):
            quantiles = (1 - analogs.weight) * quantiles + analogs.weight * analogs.quantiles
            n_alike = analogs.n_alike
        if course.schedule is not None:
            quantiles = with_next_cut(quantiles, future, course.schedule, losses, course.steps)
        quantiles = _keep_above(quantiles, _bound(course) / course.unit, losses) * course.unit
    if course.direction == "max":
        quantiles = quantiles[:, ::-1]
    return np.clip(quantiles, -np.finfo(np.float64).max, np.finfo(np.float64).max), n_alike


def _bound(course: Course) -> float:
    """What the values will not reach: a loss that was never negative, a share that never exceeded 1, will not begin to.

    Minus infinity times the unit where nothing bounds them.
    """
    none = -math.inf if course.direction == "min" else math.inf
    if float(course.values.min()) < 0:
        return none
    if course.direction == "min":
        return 0.0
    return 1.0 if float(course.values.max()) <= 1 else none


def _keep_above(quantiles: Float64Array, bound: float, losses: Float64Array) -> Float64Array:
    """The quantiles with what lies below half the newest distance from a bound drawn out to never reach it.

    A curve that falls by powers of ten goes on falling: it does not end at nought.
    """
    if math.isinf(bound):
        return quantiles
    half = (median(losses[-max(1, losses.size // 8) :]) - bound) / 2
    if not half > 0:
        return np.maximum(quantiles, bound)
    above = quantiles - bound
    return np.asarray(bound + np.where(above < half, half * np.exp(np.minimum(above / half - 1, 0)), above))


def _at_level(quantiles: Float64Array, level: float) -> Float64Array:
    """The quantile of any level, between those worked out."""
    place = float(np.interp(level, QUANTILES, np.arange(len(QUANTILES))))
    low = min(int(place), len(QUANTILES) - 2)
    share = place - low
    below, above = quantiles[:, low], quantiles[:, low + 1]
    return np.clip(below * (1 - share) + above * share, below, above)  # rounding must not carry it across either


def _cautions(course: Course, horizon: int, future: Int64Array) -> tuple[str, ...]:
    found = list(_cautions_of_end(course))
    if course.schedule is not None:
        found += cautions_of_schedule(course.schedule, course.steps, int(future[-1]))
    n = course.values.size
    if n < 10:
        found.append("few_points")
    if horizon > FAR_TIMES * n:
        found.append("far_ahead")
    losses = course.values if course.direction == "min" else -course.values
    if float(losses[-1]) > float(losses[0]) + abs(float(losses[0])):
        found.append("diverging")
    return tuple(found)


def _cautions_of_end(course: Course) -> tuple[str, ...]:
    return () if course.ends_finite else ("ends_in_nan",)
