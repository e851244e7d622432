"""A learning-rate schedule → what it changes in a forecast: a cut that is due, and reasons to trust it less."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from goodfit.curves.forecast import QUANTILES
from goodfit.curves.median import median

if TYPE_CHECKING:
    from goodfit.curves.schedule import Schedule
    from goodfit.types import Float64Array, Int64Array

_JUST_CUT_SHARE = 0.1  # of the past: a cut newer than that has not shown what it does
# Of what the last cut brought: nobody knows how much the next one brings, so from 90 % to 10 % of it, evenly.
_MOST_OF_A_CUT, _LEAST_OF_A_CUT = 0.9, 0.1


def with_next_cut(
    quantiles: Float64Array, future: Int64Array, schedule: Schedule, losses: Float64Array, past_steps: Int64Array
) -> Float64Array:
    """The quantiles, from the next cut on lowered to where a share of what the last one brought leads.

    Args:
        quantiles: Of the losses, shape (n_future, 11).
        future: Steps, shape (n_future,).
        schedule: With or without a date of the next cut.
        losses: The past, lower is better, shape (n,).
        past_steps: Shape (n,).
    """
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


def cautions_of_schedule(schedule: Schedule, past_steps: Int64Array, furthest_step: int) -> list[str]:
    """`rate_just_cut`, `rate_cut_ahead` and `schedule_ends`, where they are true up to the furthest step."""
    found = []
    first, last = float(past_steps[0]), float(past_steps[-1])
    if schedule.cut_steps and last - schedule.cut_steps[-1] < _JUST_CUT_SHARE * (last - first):
        found.append("rate_just_cut")
    if schedule.next_cut_step is not None and schedule.next_cut_step <= furthest_step:
        found.append("rate_cut_ahead")
    if schedule.end_step is not None and furthest_step > schedule.end_step + 0.02 * (schedule.end_step - first):
        found.append("schedule_ends")
    return found
