"""The points of one series → the newest branch of it, oriented so that lower is better, ready to be asked.

Invariants: `steps` strictly increase (where the log's own do not tell an order, positions stand in for them);
`losses` are finite, of the same length as `loss_idx`, and at most 1 in size.
"""

from __future__ import annotations

import math
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from goodfit.curves.blocks import condense
from goodfit.curves.median import median
from goodfit.curves.noise import estimate_noise, noise_scale
from goodfit.curves.smooth import box_mean, median_of_three

if TYPE_CHECKING:
    from goodfit.curves.blocks import Blocks
    from goodfit.curves.noise import Noise
    from goodfit.curves.refusal import Refusal
    from goodfit.types import Direction, Float64Array, Int64Array

_UNSORTED_SHARE = 0.1  # more backward steps than this, and the array is in no order rather than restarted


class Half:
    """One curve of a pair. Facts about it are computed once, when first asked for."""

    def __init__(
        self,
        steps: Int64Array,
        values: Float64Array,
        *,
        direction: Direction,
        unit: float,
        wall_times: Float64Array | None = None,
    ) -> None:
        """Takes points in file order, restarts included.

        Args:
            steps: Shape (n,).
            values: Shape (n,); NaN and infinities stay.
            direction: Whether lower or higher is better.
            unit: Positive; losses are values divided by it, so that squares neither overflow nor vanish.
            wall_times: Shape (n,), seconds; None where there are none.
        """
        self.all_steps, self.all_values = steps, values
        kept = newest_branch(steps)
        self._goes_back = kept is not None
        if kept is not None:
            steps, values = steps[kept], values[kept]
            wall_times = None if wall_times is None else wall_times[kept]
        self.steps, self.values, self.wall_times = steps, values, wall_times
        self.direction, self.unit = direction, unit
        finite = np.isfinite(values)
        self.n_nonfinite = int(values.size - np.count_nonzero(finite))
        sign = 1.0 if direction == "min" else -1.0
        if self.n_nonfinite:
            self.loss_idx: Int64Array | None = np.flatnonzero(finite)
            self.losses: Float64Array = values[self.loss_idx] * (sign / unit)
            self.loss_steps: Int64Array = steps[self.loss_idx]
        else:
            self.loss_idx = None
            self.losses = values * (sign / unit)
            self.loss_steps = steps

    @property
    def n_points(self) -> int:
        return int(self.values.size)

    @cached_property
    def blocks(self) -> Blocks:
        return condense(self.losses)

    @cached_property
    def smooth(self) -> Float64Array:
        """Block levels after a running median of three and a short running mean."""
        levels = self.blocks.levels
        return box_mean(median_of_three(levels), width=max(3, levels.size // 20) | 1)

    @cached_property
    def block_steps(self) -> Float64Array:
        """Step of each block's centre."""
        if self.blocks.size == 1:
            return self.loss_steps.astype(np.float64)
        # As np.interp over all positions would, which of ten million takes a fifth of a second.
        below = self.blocks.centres.astype(np.intp)
        share = self.blocks.centres - below
        above = np.minimum(below + 1, self.losses.size - 1)
        return np.asarray(self.loss_steps[below] * (1 - share) + self.loss_steps[above] * share)

    @cached_property
    def sigma(self) -> float:
        """Noise from point to point over the newer half of the curve; 0 below five points."""
        n = min(4096, max(5, self.losses.size // 2))
        return noise_scale(self.losses[-n:])

    @cached_property
    def noise(self) -> Noise | Refusal:
        """Noise of single points over the newer half of the curve (at most 4,096 of them)."""
        n = min(4096, max(5, self.losses.size // 2))
        return estimate_noise(self.losses[-n:])

    @cached_property
    def gain(self) -> float:
        """First level minus the best, at least 0; of the losses."""
        if not self.losses.size:
            return 0.0
        levels = self.blocks.levels
        return max(0.0, median(levels[: max(1, min(3, levels.size // 10))]) - float(self.smooth.min()))

    @cached_property
    def tail_level(self) -> float:
        """Median of the last tenth of the block levels."""
        levels = self.blocks.levels
        return median(levels[-max(2, levels.size // 10) :])

    def value_of(self, loss: float) -> float:
        """A level of `losses` in the curve's own units and direction."""
        return (loss if self.direction == "min" else -loss) * self.unit

    def step_at(self, idx: int) -> int:
        """Step of the finite point `idx`."""
        return int(self.loss_steps[min(max(idx, 0), self.loss_steps.size - 1)])

    def value_at(self, idx: int) -> float:
        """Value of the finite point `idx`."""
        place = idx if self.loss_idx is None else int(self.loss_idx[idx])
        return float(self.values[place])

    @property
    def last_step(self) -> int:
        return int(self.steps[-1])

    @property
    def restart_idxs(self) -> Int64Array:
        """Points of `all_steps` at which the steps went back."""
        if not self._goes_back:
            return np.zeros(0, dtype=np.int64)
        return np.flatnonzero(self.all_steps[1:] < self.all_steps[:-1]) + 1


def newest_branch(steps: Int64Array) -> Int64Array | None:
    """Indices of the points that no later point wrote over, in ascending order of steps; None for all of them.

    A point survives unless a later one has the same or a smaller step. Steps without any order are sorted instead,
    the last of equal ones kept.

    Example:
        >>> newest_branch(np.array([0, 1, 2, 1, 2, 3]))
        array([0, 3, 4, 5])
        >>> newest_branch(np.array([0, 1, 2])) is None
        True
    """
    if steps.size < 2:
        return None
    if bool((steps[1:] > steps[:-1]).all()):
        return None
    n_back = int(np.count_nonzero(steps[1:] < steps[:-1]))
    if n_back > max(3, _UNSORTED_SHARE * steps.size):
        order = np.argsort(steps, kind="stable")
        ordered = steps[order]
        last_of_equals = np.append(ordered[1:] > ordered[:-1], True)
        return np.asarray(order[last_of_equals], dtype=np.int64)
    lowest_later = np.minimum.accumulate(steps[::-1])[::-1]
    survives = np.append(steps[:-1] < lowest_later[1:], True)
    return np.flatnonzero(survives)


def common_unit(*arrays: Float64Array | None) -> float:
    """A power of two near the largest finite size in the arrays, 1 where there is none."""
    largest = 0.0
    for values in arrays:
        if values is not None and values.size:
            top = max(float(values.max()), -float(values.min()))  # NaN where any value is
            if not math.isfinite(top):
                finite = np.abs(values[np.isfinite(values)])
                top = float(finite.max()) if finite.size else 0.0
            largest = max(largest, top)
    if largest == 0.0:
        return 1.0
    return 2.0 ** min(1023, max(-1021, math.frexp(largest)[1]))
