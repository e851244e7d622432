"""The curves of a training that is too young to be judged → what its review rests on: their lengths, and nothing else.

Below `SHORT` points every rule of learning is silent or says that it needs more, and what it says depends on how many
points there are, not on their values. So one answer serves every training of the same outline; the first points of a
hundred thousand trainings are judged at the price of looking at them. What is not finite, or goes back in its steps,
has no outline and is judged in full.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

from goodfit.findings.scope import believed_direction

if TYPE_CHECKING:
    from collections.abc import Iterable

    from goodfit.findings.engine import Points
    from goodfit.types import Direction, Pair

SHORT = 5
"""The fewest points of which any rule but `nonfinite` says anything: those that `diverged` needs."""


class Curve(NamedTuple):
    """One metric of an outline."""

    metric: str
    direction: Direction | None
    n_train: int
    n_validation: int


class Outline(NamedTuple):
    """All that the review of a short training depends on; hashable."""

    curves: tuple[Curve, ...]
    has_ended: bool


def find_outline(halves: Iterable[tuple[Pair, Points | None, Points | None]], *, has_ended: bool) -> Outline | None:
    """The outline of a training's curves; None where one of them has to be looked at.

    Args:
        halves: Each pair with the points of train and validation, None where there is no such half.
        has_ended: False while points are still being written.
    """
    curves = []
    for pair, train, validation in halves:
        if not (_is_plain(train) and _is_plain(validation)):
            return None
        values = (None if train is None else train.values, None if validation is None else validation.values)
        direction = believed_direction(pair.metric, pair.direction, values)
        n_train, n_validation = (0 if part is None else part.size for part in values)
        if n_train or n_validation:
            curves.append(Curve(pair.metric, direction, n_train, n_validation))
    return Outline(tuple(curves), has_ended)


def _is_plain(points: Points | None) -> bool:
    """Whether the points are few, finite, and in the order of their steps."""
    if points is None:
        return True
    if points.values.size >= SHORT:
        return False
    steps = points.steps.tolist()
    return all(map(math.isfinite, points.values.tolist())) and all(map(int.__lt__, steps, steps[1:]))
