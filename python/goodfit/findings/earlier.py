"""Other curves of a task → their losses at the steps of a course and on at its pace, as far as they go."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from goodfit.curves.extrapolate import MIN_POINTS
from goodfit.errors import BadArgument
from goodfit.findings.objective import curve_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from goodfit.findings.course import Course
    from goodfit.types import Float64Array


def along(course: Course, earlier: Iterable[Any], horizon: int) -> list[Float64Array]:
    """The losses of those that have five points, ascending steps, and a start near that of the course.

    Args:
        course: The curve that is forecast.
        earlier: Arrays of values, (steps, values) tuples, or trainings.
        horizon: How many points beyond the newest of the course are wanted.

    Returns:
        Arrays of shape (n + horizon,), shorter where a curve ends before; in the unit of the course's losses.

    Raises:
        BadArgument: a curve that is no numbers, or has another count of steps than of values.
    """
    ahead = course.steps[-1] + course.pace * np.arange(1, horizon + 1)
    wanted = np.concatenate((course.steps.astype(np.float64), ahead))
    found = []
    for item in earlier:
        at, values = _numbers_of(item)
        good = np.isfinite(values) & np.isfinite(at)
        at, values = at[good], values[good]
        if at.size < MIN_POINTS or bool((np.diff(at) <= 0).any()) or float(at[0]) > wanted[0] + 2 * course.pace:
            continue
        reached = wanted[wanted <= at[-1]]
        if reached.size:
            found.append(np.asarray(np.interp(reached, at, values)) / course.unit)
    return found


def _numbers_of(item: Any) -> tuple[Float64Array, Float64Array]:
    curve = None if isinstance(item, tuple) else curve_of(item, None, None, None, "min")
    try:
        at, values = item if curve is None else (curve.steps, curve.values)
        values = np.asarray(values, dtype=np.float64)
        at = np.arange(values.size, dtype=np.float64) if at is None else np.asarray(at, dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise BadArgument(f"forecast cannot read a curve of earlier= as numbers: {error}.") from error
    if values.ndim != 1 or at.shape != values.shape:
        raise BadArgument(f"forecast needs one step for each value of earlier=, got {at.shape} and {values.shape}.")
    return at, values
