"""What `forecast` was given → the course of a curve so far, checked: the newest branch, its pace, its learning rates.

Invariants: `steps` strictly ascend and belong to `values`, which are finite; `rates` belong to `rate_steps`.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from goodfit.curves.direction import read_direction
from goodfit.curves.noise import noise_scale
from goodfit.curves.schedule import Schedule, read_schedule
from goodfit.errors import BadArgument
from goodfit.findings.half import common_unit, newest_branch

if TYPE_CHECKING:
    import numpy.typing as npt

    from goodfit.findings.objective import Objective
    from goodfit.types import Direction, Float64Array, Int64Array

_LAST_STEP = 2.0**62  # steps beyond it are that: a whole number of 64 bits holds no more, with room to add


@dataclass(frozen=True, slots=True)
class Course:
    """A curve so far."""

    steps: Int64Array
    """Of the finite values, shape (n,)."""
    values: Float64Array
    direction: Direction
    metric: str
    """Empty for plain arrays."""
    last_step: int
    """Newest step, also where its value is not finite; -1 without points."""
    ends_finite: bool
    pace: float
    """Steps from one point to the next, over the newer half; at least 1."""
    seconds_per_step: float
    """Over the newer half; NaN where no times are known."""
    schedule: Schedule | None
    """What the learning rates tell; None where there are none, or too few."""

    @property
    def best_value(self) -> float:
        """NaN without a finite value."""
        if not self.values.size:
            return math.nan
        return float(self.values.min() if self.direction == "min" else self.values.max())

    @property
    def last_value(self) -> float:
        """NaN without a finite value."""
        return float(self.values[-1]) if self.values.size else math.nan

    @property
    def unit(self) -> float:
        """Values over it are losses, lower is better: a power of two near the largest, negative for direction `max`."""
        return common_unit(self.values) * (1.0 if self.direction == "min" else -1.0)

    @property
    def noise(self) -> float:
        """Scale of the values from point to point over the newer half."""
        n_newest = min(4096, max(5, self.values.size // 2))
        unit = abs(self.unit)
        return noise_scale(self.values[-n_newest:] / unit) * unit

    def steps_ahead(self, ahead: Int64Array) -> Int64Array:
        """Steps of the points so many after the newest."""
        at = np.clip(self.last_step + self.pace * ahead, -_LAST_STEP, _LAST_STEP)
        return np.asarray(np.rint(at), dtype=np.int64)


def read_course(curve: Objective) -> Course:
    """Checks a curve and keeps of it what counts: the newest branch of a restarted run, and finite values.

    Raises:
        BadArgument: values that are no one-dimensional numbers, or steps, times or rates of another length.
    """
    values, steps = _numbers_at_steps(curve)
    times = _same_length(curve.wall_times, values.size, "wall_times")
    rates = _same_length(curve.rates, values.size, "rates")
    kept = newest_branch(steps)
    if kept is not None:
        values, steps = values[kept], steps[kept]
        times, rates = (None if part is None else part[kept] for part in (times, rates))
    finite = np.isfinite(values)
    schedule = None if rates is None else read_schedule(steps.astype(np.float64), rates)
    return Course(
        steps=steps[finite],
        values=values[finite],
        direction=curve.direction or read_direction(values[finite]),
        metric=curve.metric,
        last_step=int(steps[-1]) if steps.size else -1,
        ends_finite=bool(finite[-1]) if finite.size else True,
        pace=_pace(steps[finite]),
        seconds_per_step=_seconds_per_step(steps, times),
        schedule=schedule if isinstance(schedule, Schedule) else None,
    )


def _numbers_at_steps(curve: Objective) -> tuple[Float64Array, Int64Array]:
    try:
        values = np.asarray(curve.values, dtype=np.float64)
        at = np.arange(values.size) if curve.steps is None else np.asarray(curve.steps, dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise BadArgument(f"forecast cannot read its arguments as numbers: {error}.") from error
    if values.ndim != 1 or at.shape != values.shape:
        raise BadArgument(f"forecast needs one step for each value, got shapes {values.shape} and {at.shape}.")
    if not bool(np.isfinite(at).all()):
        raise BadArgument("forecast needs finite steps=.")
    whole = np.rint(np.clip(at, -_LAST_STEP, _LAST_STEP))
    if curve.steps is not None and bool((whole != at).any()):
        whole = np.unique(at, return_inverse=True)[1].reshape(-1)  # fractions of an epoch: only their order is kept
    return values, np.asarray(whole, dtype=np.int64)


def _same_length(given: Any, n_points: int, name: str) -> Float64Array | None:
    if given is None:
        return None
    try:
        array: npt.NDArray[np.float64] = np.asarray(given, dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise BadArgument(f"forecast cannot read {name}= as numbers: {error}.") from error
    if array.shape != (n_points,):
        raise BadArgument(f"forecast needs one of {name}= for each of {n_points} values, got shape {array.shape}.")
    return array


def _seconds_per_step(steps: Int64Array, wall_times: Float64Array | None) -> float:
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
    if steps.size < 2:
        return 1.0
    newer = np.diff(steps[-max(2, steps.size // 2 + 1) :])
    return max(1.0, float(np.median(newer)))
