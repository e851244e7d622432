"""Steps → epochs, where a run logged a metric named `epoch` or calls its tags `epoch_…`, as Keras does.

A counter (0 0 0 1 1 1, as Lightning writes it) tells only which epoch a step lies in: an epoch begins halfway between
the last step of the one before and its own first, steps within one lie evenly, and the last one is as long as the one
before. An epoch with fractions (as Hugging Face writes it) is taken as it is.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from goodfit.errors import UnknownSeries
from goodfit.server.best import surviving
from goodfit.types import SeriesKey

if TYPE_CHECKING:
    from goodfit.store.store import Store
    from goodfit.types import Float64Array

EPOCH: Final = "epoch"
BY_EPOCH = "epoch_"
"""Beginning of tags whose steps are epochs."""


@dataclass(frozen=True, slots=True)
class Epochs:
    """Knots between which epochs go evenly, and on beyond the ends; both ascend strictly, length at least 2."""

    steps: Float64Array
    epochs: Float64Array

    def at_steps(self, steps: Float64Array) -> Float64Array:
        return _along(steps, self.steps, self.epochs)

    def steps_at(self, epochs: Float64Array) -> Float64Array:
        return _along(epochs, self.epochs, self.steps)


def find_epochs(store: Store, key: SeriesKey) -> Epochs | None:
    """The epochs of a series' steps; None where its run does not tell them."""
    import numpy as np

    if key.tag.casefold().rsplit("/", 1)[-1].startswith(BY_EPOCH):
        return Epochs(np.array([0.0, 1.0]), np.array([0.0, 1.0]))
    with suppress(UnknownSeries):
        for info in store.list_series(key.run):
            if info.kind == "scalar" and info.key.tag.casefold().rsplit("/", 1)[-1] == EPOCH:
                scalars = store.read_scalars(info.key)
                kept = surviving(scalars) & np.isfinite(scalars.values)
                return knots_of(scalars.steps[kept].astype(np.float64), scalars.values[kept].astype(np.float64))
    return None


def knots_of(steps: Float64Array, epochs: Float64Array) -> Epochs | None:
    """Knots of logged epochs at ascending steps; None where they tell nothing.

    >>> import numpy as np
    >>> found = knots_of(np.arange(6.0), np.array([0.0, 0.0, 0.0, 1.0, 1.0, 1.0]))
    >>> found.at_steps(np.array([2.5, 5.5])).tolist()
    [1.0, 2.0]
    """
    import numpy as np

    if len(steps) < 2:
        return None
    epochs = np.maximum.accumulate(epochs)
    rises = np.flatnonzero(np.diff(epochs) > 0)
    if not len(rises):
        return None
    if bool((epochs != np.rint(epochs)).any()):
        # Of equal values only the first is a knot, for the way back has to be known.
        first = np.concatenate(([0], rises + 1))
        return Epochs(steps[first], epochs[first])
    starts = (steps[rises] + steps[rises + 1]) / 2
    counts = epochs[rises + 1]
    if len(starts) == 1:
        # One border between two epochs: the first began half a step before its first.
        begin = steps[0] - np.median(np.diff(steps)) / 2
        return Epochs(np.array([begin, starts[0]]), np.array([epochs[0], counts[0]]))
    return Epochs(starts, counts)


def _along(at: Float64Array, x: Float64Array, y: Float64Array) -> Float64Array:
    """Straight between knots, and on beyond the ends as between the nearest two; not below zero."""
    import numpy as np

    place = np.clip(np.searchsorted(x, at) - 1, 0, len(x) - 2)
    slope = (y[place + 1] - y[place]) / (x[place + 1] - x[place])
    return np.maximum(0.0, y[place] + slope * (at - x[place]))
