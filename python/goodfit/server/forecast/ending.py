"""What a training has logged → the step at which it will probably end, and what says so.

In this order: steps or epochs among its hyperparameters, the end of its learning-rate schedule, the lengths of other
trainings that have ended; where nothing tells, half as long again, which is what the bands were checked for.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from statistics import median
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from goodfit.query.training import Training
    from goodfit.types import Float64Array, Int64Array, Pair

EndFrom = Literal["hparams", "schedule", "others", "share"]
SHARE = 0.5
FARTHEST_TIMES = 100
"""A plan of more than a hundred times the past is no ground for a forecast."""
STEP_NAMES = frozenset(
    {"max_steps", "total_steps", "num_steps", "n_steps", "num_training_steps", "train_steps", "training_steps", "steps"}
    | {"max_iters", "max_iterations", "num_iterations", "total_iters", "iterations"}
)
EPOCH_NAMES = frozenset(
    {"epochs", "num_epochs", "n_epochs", "max_epochs", "num_train_epochs", "total_epochs", "nb_epoch", "nepochs"}
)


@dataclass(frozen=True, slots=True)
class Ending:
    """The last step of a training as far as it can be told."""

    step: int
    end_from: EndFrom


def find_ending(
    training: Training,
    pair: Pair,
    steps: Int64Array,
    rates: Float64Array | None,
    others: Sequence[Training],
) -> Ending:
    """The end of one training.

    Args:
        training: the one that may go on.
        pair: the metric asked about.
        steps: of the curve, newest branch, ascending, at least one.
        rates: the logged learning rate at each of them; None for none.
        others: trainings of the same task that have ended.
    """
    first, last = int(steps[0]), int(steps[-1])
    farthest = last + FARTHEST_TIMES * max(1, last - first)

    def is_ahead(step: float) -> bool:
        return last < step <= farthest

    for step in planned_steps(training, pair, steps):
        if is_ahead(step):
            return Ending(step, "hparams")
    if rates is not None:
        from goodfit.curves.schedule import Schedule, read_schedule

        schedule = read_schedule(steps.astype("float64"), rates)
        if isinstance(schedule, Schedule) and schedule.end_step is not None and is_ahead(schedule.end_step):
            return Ending(round(schedule.end_step), "schedule")
    lengths = [other.last_step for other in others]
    if lengths and is_ahead(median(lengths)):
        return Ending(round(median(lengths)), "others")
    pace = max(1, (last - first) // max(1, len(steps) - 1))
    return Ending(last + max(pace, round(SHARE * (last - first))), "share")


def planned_steps(training: Training, pair: Pair, steps: Int64Array) -> list[int]:
    """Last steps that the hyperparameters name, those in steps first; epochs by the epochs logged so far."""
    found = [round(number) for number in read_numbers(training.hparams, STEP_NAMES)]
    epochs = read_numbers(training.hparams, EPOCH_NAMES)
    if epochs:
        done = epochs_done(training, pair, steps)
        if done is not None:
            found += [round(number * done[0] / done[1]) for number in epochs]
    return found


def read_numbers(hparams: Mapping[str, Any], names: frozenset[str]) -> list[float]:
    """Values of the hyperparameters of these names, at any depth of dots and slashes, that are positive numbers."""
    found = []
    for name, value in hparams.items():
        last = name.casefold().replace("/", ".").rsplit(".", 1)[-1]
        if last in names and isinstance(value, int | float) and not isinstance(value, bool) and 0 < value < 2**53:
            found.append(float(value))
    return found


def epochs_done(training: Training, pair: Pair, steps: Int64Array) -> tuple[float, float] | None:
    """A step and how many epochs had passed at it; None where that cannot be told.

    A metric named `epoch` tells it. Without one, steps that go up by one from 0 or 1, in a metric whose tag says epoch,
    are epochs.
    """
    import numpy as np

    for other in training.pairs:
        key = other.train or other.validation
        if key is not None and other.metric.casefold().rsplit("/", 1)[-1] == "epoch":
            scalars = training.scalars(key)
            if scalars.values.size and np.isfinite(scalars.values[-1]) and scalars.values[-1] > 0:
                return float(scalars.steps[-1]), float(scalars.values[-1])
    tags = [key.tag for key in (pair.train, pair.validation) if key is not None]
    is_by_epoch = int(steps[0]) in (0, 1) and len(steps) > 1 and bool((np.diff(steps) == 1).all())
    if is_by_epoch and any("epoch" in tag.casefold() for tag in tags):
        # Counted from 0, step 9 ends the tenth epoch.
        return float(steps[-1]), float(steps[-1]) + (1 - int(steps[0]))
    return None


def list_ended(training: Training, trainings: Iterable[Training], metric: str, *, most: int) -> list[Training]:
    """The newest trainings of the same folder that have ended and have the metric."""
    folder = training.name.rpartition("/")[0]
    alike = [
        other
        for other in trainings
        if other.name != training.name
        and other.state == "finished"
        and other.name.rpartition("/")[0] == folder
        and any(pair.metric == metric for pair in other.pairs)
    ]
    return sorted(alike, key=lambda other: (-other.last_wall_time, other.name))[:most]
