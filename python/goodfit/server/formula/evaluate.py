"""A formula's tree and the curves of its metrics → one curve.

Steps strictly increase. Where two curves meet they are taken at the steps that both have; nothing is interpolated. A
NaN stays NaN, and what has no value (a logarithm of a negative number, 0/0) becomes one; a division by zero is
infinite. Everything is worked out over all points, before anything is reduced.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import reduce
from typing import TYPE_CHECKING

from goodfit.curves.smooth import smooth_ema
from goodfit.server.best import surviving
from goodfit.server.formula.parse import Call, Name, Node, Number

if TYPE_CHECKING:
    from goodfit.types import Float64Array, Int64Array, Scalars

USUAL_WEIGHT = 0.9
"""Of `ema(x)`: about the last ten points."""


@dataclass(frozen=True, slots=True)
class Curve:
    """A curve by its steps; all arrays of one length."""

    steps: Int64Array
    wall_times: Float64Array
    """When the value was known: of several metrics the last."""
    values: Float64Array


def read_newest(scalars: Scalars) -> Curve:
    """The newest branch of a series, of each step the last recorded point."""
    import numpy as np

    kept = surviving(scalars)
    steps, wall_times, values = scalars.steps[kept], scalars.wall_times[kept], scalars.values[kept]
    is_last = np.append(steps[1:] != steps[:-1], True) if len(steps) else np.zeros(0, dtype=np.bool_)
    if not is_last.all():
        steps, wall_times, values = steps[is_last], wall_times[is_last], values[is_last]
    return Curve(steps, wall_times, values)


def align_curves(first: Curve, second: Curve) -> tuple[Curve, Curve]:
    """Two curves at the steps that both have."""
    import numpy as np

    if len(first.steps) == len(second.steps) and np.array_equal(first.steps, second.steps):
        wall_times = np.maximum(first.wall_times, second.wall_times)
        return Curve(first.steps, wall_times, first.values), Curve(first.steps, wall_times, second.values)
    steps, left, right = np.intersect1d(first.steps, second.steps, assume_unique=True, return_indices=True)
    wall_times = np.maximum(first.wall_times[left], second.wall_times[right])
    return Curve(steps, wall_times, first.values[left]), Curve(steps, wall_times, second.values[right])


def evaluate(tree: Node, curves: Mapping[str, Curve]) -> Curve | float:
    """The curve of a formula; a number where it names no metric.

    Raises KeyError when a metric of it is not among `curves`.
    """
    import numpy as np

    if isinstance(tree, Number):
        return tree.value
    if isinstance(tree, Name):
        return curves[tree.name]
    # What has no value becomes NaN, and is counted where the chart is drawn.
    with np.errstate(all="ignore"):
        if tree.function in _BINARY or tree.function in ("min", "max"):
            parts = [evaluate(argument, curves) for argument in tree.arguments]
            return reduce(lambda left, right: _combine(tree.function, left, right), parts)
        return _apply(tree, evaluate(tree.arguments[0], curves))


_BINARY = frozenset("+-*/^")


def _combine(function: str, left: Curve | float, right: Curve | float) -> Curve | float:
    if isinstance(left, Curve) and isinstance(right, Curve):
        left, right = align_curves(left, right)
        return Curve(left.steps, left.wall_times, _calculate(function, left.values, right.values))
    if isinstance(left, Curve):
        assert not isinstance(right, Curve)
        return Curve(left.steps, left.wall_times, _calculate(function, left.values, right))
    if isinstance(right, Curve):
        return Curve(right.steps, right.wall_times, _calculate(function, left, right.values))
    return float(_calculate(function, left, right))


def _calculate(function: str, left: Float64Array | float, right: Float64Array | float) -> Float64Array:
    import numpy as np

    one, other = np.asarray(left, dtype=np.float64), np.asarray(right, dtype=np.float64)
    result: Float64Array
    match function:
        case "+":
            result = one + other
        case "-":
            result = one - other
        case "*":
            result = one * other
        case "/":
            result = one / other
        case "^":
            result = np.power(one, other)
        case "min":
            result = np.minimum(one, other)
        case _:
            result = np.maximum(one, other)
    return result


def _apply(tree: Call, given: Curve | float) -> Curve | float:
    import numpy as np

    if tree.function == "diff":
        # A change needs a point before it: the first has none.
        if not isinstance(given, Curve):
            return 0.0
        return Curve(given.steps[1:], given.wall_times[1:], np.diff(given.values))
    values = given.values if isinstance(given, Curve) else np.array([given], dtype=np.float64)
    result: Float64Array
    match tree.function:
        case "negate":
            result = -values
        case "log":
            result = np.log(values)
        case "log2":
            result = np.log2(values)
        case "log10":
            result = np.log10(values)
        case "exp":
            result = np.exp(values)
        case "sqrt":
            result = np.sqrt(values)
        case "abs":
            result = np.abs(values)
        case "ema":
            weight = tree.arguments[1] if len(tree.arguments) == 2 else Number(USUAL_WEIGHT)
            assert isinstance(weight, Number)
            result = smooth_ema(values, weight=weight.value)
        case "cummin":
            result = np.fmin.accumulate(values)
        case "cummax":
            result = np.fmax.accumulate(values)
        case _:
            result = np.cumsum(np.where(np.isfinite(values), values, 0.0))
    if not isinstance(given, Curve):
        return float(result[0])
    return Curve(given.steps, given.wall_times, result)
