"""A curve so far → where it will go, with a band, and when not to trust it: the public `goodfit.forecast`.

Of a training it also knows the learning rates that were logged, how long a step takes, and earlier trainings of its
task.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from goodfit.curves.analogs import forecast_by_analogs
from goodfit.curves.forecast import QUANTILES, PathForecast, forecast_path
from goodfit.curves.median import median
from goodfit.curves.noise import noise_scale
from goodfit.curves.schedule import Schedule, read_schedule
from goodfit.errors import BadArgument
from goodfit.findings.half import common_unit, newest_branch
from goodfit.findings.objective import curve_of
from goodfit.findings.outlook import Forecast

if TYPE_CHECKING:
    from collections.abc import Iterable

    import numpy.typing as npt

    from goodfit.types import Direction, Float64Array, Int64Array

MIN_POINTS = 5
FAR_TIMES = 10.0
"""Beyond ten times the length of the past the bands were checked on few curves."""

_LAST_STEP = 2.0**62  # steps beyond it are that: a whole number of 64 bits holds no more, with room to add


def forecast(
    values: Any,
    steps: npt.ArrayLike | None = None,
    horizon: int = 200,
    *,
    level: float = 0.8,
    direction: Direction | None = "min",
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
        direction: Whether lower (`min`) or higher (`max`) is better; None: as the curve has gone so far.
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
    curve = curve_of(values, steps, wall_times, rates, direction)
    all_values, all_steps = _check(curve.values, curve.steps, horizon, level, curve.direction)
    all_times = _same_length(curve.wall_times, all_values.size, "wall_times")
    all_rates = _same_length(curve.rates, all_values.size, "rates")
    direction = curve.direction
    kept = newest_branch(all_steps)
    if kept is not None:
        all_values, all_steps = all_values[kept], all_steps[kept]
        all_times, all_rates = (None if part is None else part[kept] for part in (all_times, all_rates))
    finite = np.isfinite(all_values)
    past, past_steps = all_values[finite], all_steps[finite]
    cautions = ["ends_in_nan"] if all_values.size and not finite[-1] else []
    n = int(past.size)
    last_step = int(all_steps[-1]) if all_steps.size else -1
    pace = _pace(past_steps)
    ahead = np.arange(1, horizon + 1)[-1 if only_end else 0 :]
    future = np.rint(np.clip(last_step + pace * ahead, -_LAST_STEP, _LAST_STEP)).astype(np.int64)
    seconds = _seconds_per_step(all_steps, all_times)
    if direction is None:
        n_end = max(1, n // 5)
        half = past / 2  # two values near the largest double have no sum
        direction = "max" if n and np.median(half[-n_end:]) > np.median(half[:n_end]) else "min"
    if n < MIN_POINTS or horizon == 0:
        nothing = np.full(ahead.size, math.nan)
        return Forecast(
            future, nothing, nothing, nothing, level, direction, last_step, float(past[-1]) if n else math.nan,
            "too_short" if n < MIN_POINTS else "", tuple(cautions), np.full((ahead.size, len(QUANTILES)), math.nan),
            best_value=float(past.min() if direction == "min" else past.max()) if n else math.nan,
            seconds_per_step=seconds, past_steps=past_steps, past_values=past, metric=curve.metric,
        )  # fmt: skip
    sign = 1.0 if direction == "min" else -1.0
    unit = common_unit(past)
    schedule = None if all_rates is None else read_schedule(all_steps.astype(np.float64), all_rates)
    schedule = schedule if isinstance(schedule, Schedule) else None
    n_alike = 0
    with np.errstate(all="ignore"):
        losses = past * (sign / unit)
        answer = forecast_path(losses, ahead.astype(np.float64))
        assert isinstance(answer, PathForecast)
        quantiles = answer.quantiles
        others = [_along(item, past_steps, pace, horizon) for item in earlier]
        analogs = forecast_by_analogs(
            losses, [other * (sign / unit) for other in others if other is not None], ahead.astype(np.float64)
        )
        if analogs is not None and analogs.weight > 0 and bool(np.isfinite(analogs.quantiles).all()):
            quantiles = (1 - analogs.weight) * quantiles + analogs.weight * analogs.quantiles
            n_alike = analogs.n_alike
        if schedule is not None:
            quantiles = _with_next_cut(quantiles, future, schedule, losses, past_steps)
            cautions += _cautions_of_schedule(schedule, past_steps, int(future[-1]))
        if float(past.min()) >= 0:  # a loss that was never negative, a share that never exceeded 1, will not begin to
            bound = 0.0 if direction == "min" else -(1.0 if float(past.max()) <= 1 else math.inf)
            quantiles = _keep_above(quantiles, bound / unit, losses)
        noise = noise_scale(losses[-min(4096, max(5, n // 2)) :]) * unit
        quantiles = quantiles * unit
    if direction == "max":
        quantiles = -quantiles[:, ::-1]
    quantiles = np.clip(quantiles, -np.finfo(np.float64).max, np.finfo(np.float64).max)
    tail = (1 - level) / 2
    cautions += _cautions(past * sign, horizon)
    return Forecast(
        steps=future,
        median=quantiles[:, len(QUANTILES) // 2].copy(),
        lower=_at_level(quantiles, tail),
        upper=_at_level(quantiles, 1 - tail),
        level=level,
        direction=direction,
        last_step=last_step,
        last_value=float(past[-1]),
        refusal="",
        cautions=tuple(cautions),
        quantiles=quantiles,
        best_value=float(past.min() if direction == "min" else past.max()),
        noise=noise,
        seconds_per_step=seconds,
        schedule=schedule,
        n_alike=n_alike,
        past_steps=past_steps,
        past_values=past,
        metric=curve.metric,
    )


_JUST_CUT_SHARE = 0.1  # of the past: a cut newer than that has not shown what it does
# Of what the last cut brought: nobody knows how much the next one brings, so from 90 % to 10 % of it, evenly.
_MOST_OF_A_CUT, _LEAST_OF_A_CUT = 0.9, 0.1


def _with_next_cut(
    quantiles: Float64Array, future: Int64Array, schedule: Schedule, losses: Float64Array, past_steps: Int64Array
) -> Float64Array:
    """The quantiles, from the next cut on lowered to where a share of what the last one brought leads."""
    if schedule.next_cut_step is None or not schedule.cut_steps:
        return quantiles
    place = int(np.searchsorted(past_steps, schedule.cut_steps[-1]))
    reach = max(3, losses.size // 20)
    if place < 3 or losses.size - place < 3:
        return quantiles
    drop = median(losses[max(0, place - reach) : place]) - median(losses[place : place + 3 * reach])
    if not drop > 0:
        return quantiles
    share = _MOST_OF_A_CUT - (_MOST_OF_A_CUT - _LEAST_OF_A_CUT) * np.array(QUANTILES)
    # Where the curve alone is expected to fall further than by the cut, part of that is cuts, too: never both.
    level, middle = median(losses[-reach:]), quantiles[:, len(QUANTILES) // 2, None]
    cut = np.minimum(middle, level - drop * share) + quantiles - middle
    return np.where((future >= schedule.next_cut_step)[:, None], cut, quantiles)


def _cautions_of_schedule(schedule: Schedule, past_steps: Int64Array, furthest: int) -> list[str]:
    found = []
    first, last = float(past_steps[0]), float(past_steps[-1])
    if schedule.cut_steps and last - schedule.cut_steps[-1] < _JUST_CUT_SHARE * (last - first):
        found.append("rate_just_cut")
    if schedule.next_cut_step is not None and schedule.next_cut_step <= furthest:
        found.append("rate_cut_ahead")
    if schedule.end_step is not None and furthest > schedule.end_step + 0.02 * (schedule.end_step - first):
        found.append("schedule_ends")
    return found


def _along(item: Any, past_steps: Int64Array, pace: float, horizon: int) -> Float64Array | None:
    """Another curve at the steps of the past and on at its pace, as far as it goes; None where it cannot be read."""
    other = curve_of(item, None, None, None, "min") if not isinstance(item, tuple) else None
    try:
        at, values = (other.steps, other.values) if other is not None else item
        values = np.asarray(values, dtype=np.float64)
        at = np.arange(values.size) if at is None else np.asarray(at, dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise BadArgument(f"forecast cannot read a curve of earlier= as numbers: {error}.") from error
    if values.ndim != 1 or at.shape != values.shape:
        raise BadArgument(f"forecast needs one step for each value of earlier=, got {at.shape} and {values.shape}.")
    good = np.isfinite(values) & np.isfinite(at)
    at, values = at[good], values[good]
    if at.size < MIN_POINTS or bool((np.diff(at) <= 0).any()):
        return None
    wanted = np.concatenate((past_steps.astype(np.float64), past_steps[-1] + pace * np.arange(1, horizon + 1)))
    wanted = wanted[wanted <= at[-1]]
    if not wanted.size or float(at[0]) > float(past_steps[0]) + 2 * pace:
        return None
    return np.asarray(np.interp(wanted, at, values))


def _check(
    values: npt.ArrayLike, steps: npt.ArrayLike | None, horizon: int, level: float, direction: Direction | None
) -> tuple[Float64Array, Int64Array]:
    try:
        array = np.asarray(values, dtype=np.float64)
        at = np.arange(array.size) if steps is None else np.asarray(steps, dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise BadArgument(f"forecast cannot read its arguments as numbers: {error}.") from error
    if array.ndim != 1 or at.shape != array.shape:
        raise BadArgument(f"forecast needs one step for each value, got shapes {array.shape} and {at.shape}.")
    if not (isinstance(horizon, (int, np.integer)) and 0 <= horizon <= 1_000_000):
        raise BadArgument(f"forecast needs a horizon of 0 to 1,000,000 points, got {horizon!r}.")
    if not 0.05 <= level <= 0.95:
        raise BadArgument(f"forecast needs a level of 0.05 to 0.95, got {level!r}.")
    if direction not in ("min", "max", None):
        raise BadArgument(f"forecast takes direction 'min', 'max' or None, got {direction!r}.")
    if not bool(np.isfinite(at).all()):
        raise BadArgument("forecast needs finite steps=.")
    whole = np.rint(np.clip(at, -(2.0**62), 2.0**62))
    if steps is not None and bool((whole != at).any()):
        whole = np.unique(at, return_inverse=True)[1].reshape(-1)  # fractions of an epoch: only their order is kept
    return array, np.asarray(whole, dtype=np.int64)


def _same_length(values: npt.ArrayLike | None, n_points: int, name: str) -> Float64Array | None:
    if values is None:
        return None
    try:
        array = np.asarray(values, dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise BadArgument(f"forecast cannot read {name}= as numbers: {error}.") from error
    if array.shape != (n_points,):
        raise BadArgument(f"forecast needs one of {name}= for each of {n_points} values, got shape {array.shape}.")
    return array


def _seconds_per_step(steps: Int64Array, wall_times: Float64Array | None) -> float:
    """Median seconds a step took over the newer half; NaN where not known."""
    if wall_times is None or steps.size < 2:
        return math.nan
    start = min(steps.size - 2, steps.size // 2)
    with np.errstate(all="ignore"):
        moved, took = np.diff(steps[start:]).astype(np.float64), np.diff(wall_times[start:])
        paces = took / moved
    # A step of more than 1e100 s was not measured by any clock.
    good = (moved > 0) & (took > 0) & np.isfinite(paces) & (paces < 1e100)
    return float(np.median(paces[good])) if bool(good.any()) else math.nan


def _pace(steps: Int64Array) -> float:
    """Steps from one point to the next, over the newer half."""
    if steps.size < 2:
        return 1.0
    newer = np.diff(steps[-max(2, steps.size // 2 + 1) :])
    return max(1.0, float(np.median(newer)))


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


def _cautions(losses: Float64Array, horizon: int) -> list[str]:
    found = []
    n = losses.size
    if n < 10:
        found.append("few_points")
    if horizon > FAR_TIMES * n:
        found.append("far_ahead")
    if float(losses[-1]) > float(losses[0]) + abs(float(losses[0])):
        found.append("diverging")
    return found
