"""A training, or plain arrays → the one curve that a forecast is about, with its times and learning rates."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from goodfit.types import Direction, Float64Array

RATE_NAMES = frozenset({"lr", "learning_rate", "learning rate", "learning-rate", "lr0"})
"""Last parts of metric names under which learning rates are logged."""


@dataclass(frozen=True, slots=True)
class Objective:
    """A curve as the caller gave it, unchecked; what is not known is None."""

    values: Any
    steps: Any
    wall_times: Any
    rates: Any
    direction: Direction | None
    metric: str = ""


def curve_of(subject: Any, steps: Any, wall_times: Any, rates: Any, direction: Direction | None) -> Objective:
    """The curve of the arrays, or of a training its objective: the first pair's validation, else its train half.

    Example:
        >>> curve_of([1.0, 0.5], None, None, None, "min").values
        [1.0, 0.5]
    """
    if not (hasattr(subject, "pairs") and hasattr(subject, "scalars")):
        return Objective(subject, steps, wall_times, rates, direction)
    pair = subject.pairs[0] if subject.pairs else None
    key = None if pair is None else pair.validation or pair.train
    if pair is None or key is None:
        return Objective((), None, None, None, direction)
    scalars = subject.scalars(key)
    return Objective(
        scalars.values,
        scalars.steps,
        scalars.wall_times,
        _rates_of(subject, scalars.steps),
        pair.direction,
        pair.metric,
    )


def is_rate(metric: str) -> bool:
    """Whether a metric's name is that of a learning rate.

    Example:
        >>> is_rate("optim/lr"), is_rate("loss")
        (True, False)
    """
    return metric.casefold().rsplit("/", 1)[-1] in RATE_NAMES


def _rates_of(training: Any, steps: Any) -> Float64Array | None:
    """The logged learning rate at the given steps: of each the newest before it."""
    for pair in training.pairs:
        key = pair.train or pair.validation
        if key is not None and is_rate(pair.metric):
            scalars = training.scalars(key)
            if scalars.values.size:
                place = np.searchsorted(scalars.steps, steps, side="right") - 1
                return np.asarray(scalars.values[np.clip(place, 0, scalars.values.size - 1)], dtype=np.float64)
    return None
