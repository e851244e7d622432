"""Trainings → which of them are alike enough that one shows what another could have reached, and how far they got.

A level is filed under keys; two trainings that share a key are peers in that metric. Alike means: in the same folder,
with the same metrics and names of hyperparameters, the curve from the same tag, and losses that began at most three
times apart. Anything less alike is another experiment, and says nothing.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from goodfit.findings.scope import is_judged

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from goodfit.query.training import Training
    from goodfit.types import Direction, Float64Array, Pair

START_RATIO = 3.0
"""First losses nearer than this are alike for certain, further apart than its square never. A first epoch at a good
learning rate ends at half to a third of the untrained level that a bad rate stays at."""


def best_levels(training: Training) -> dict[str, tuple[Direction, float]]:
    """Best value of each metric's main half that two neighbouring points reached, by keys that only peers share.

    Args:
        training: A training; each metric that measures its model is filed under one key or two.
    """
    levels: dict[str, tuple[Direction, float]] = {}
    for pair, values in _main_halves(training):
        assert pair.direction is not None
        # A comparison with NaN is false, and an infinite neighbour is never the better one of two.
        if pair.direction == "min":
            level = float(np.fmin.reduce(np.maximum(values[1:], values[:-1])))
        else:
            level = float(np.fmax.reduce(np.minimum(values[1:], values[:-1])))
        if math.isfinite(level):
            levels.update(dict.fromkeys(_keys(training, pair, values), (pair.direction, level)))
    return levels


def find_peer_bests(training: Training, levels: Mapping[str, float]) -> dict[str, float]:
    """Best level that the training's peers reached, by metric.

    Args:
        training: The one to be judged.
        levels: Best levels of the other trainings, by the keys of `best_levels`.
    """
    if not levels:
        return {}
    found: dict[str, float] = {}
    for pair, values in _main_halves(training):
        known = [levels[key] for key in _keys(training, pair, values) if key in levels]
        if known:
            found[pair.metric] = min(known) if pair.direction == "min" else max(known)
    return found


class Leaders:
    """The best two levels of each key, so that each training can be told the best of the others."""

    def __init__(self, trainings: Iterable[Training]) -> None:
        """Measures all trainings, which are then known by their places."""
        self._ranked: dict[str, list[tuple[float, float, int]]] = {}
        self._keys: list[tuple[str, ...]] = []
        for place, training in enumerate(trainings):
            own = best_levels(training)
            self._keys.append(tuple(own))
            for key, (direction, level) in own.items():
                ranked = self._ranked.setdefault(key, [])
                ranked.append((level if direction == "min" else -level, level, place))
                ranked.sort()
                del ranked[2:]

    def others(self, place: int) -> dict[str, float]:
        """Best level of each key of the training at `place` among all the others."""
        found = {}
        for key in self._keys[place]:
            level = next((level for _, level, owner in self._ranked[key] if owner != place), None)
            if level is not None:
                found[key] = level
        return found


def _main_halves(training: Training) -> Iterable[tuple[Pair, Float64Array]]:
    for pair in training.pairs:
        key = pair.validation or pair.train
        if pair.direction is None or key is None or not is_judged(pair.metric):
            continue
        values = training.scalars(key).values
        if values.size >= 2:
            yield pair, values


def _keys(training: Training, pair: Pair, values: Float64Array) -> list[str]:
    """Everything that peers have in common; of a loss twice, with each of the two nearest sizes of its start."""
    key = pair.validation or pair.train
    assert key is not None
    folder = training.name.rpartition("/")[0]
    metrics = sorted(f"{each.metric}{'+' if each.train and each.validation else ''}" for each in training.pairs)
    common = "\n".join((folder, pair.metric, key.tag, ",".join(metrics), ",".join(sorted(training.hparams))))
    if pair.direction == "max":
        return [common]
    first = float(values[0])
    if not math.isfinite(first) or first <= 0:
        return [common]
    size = math.floor(math.log(first) / math.log(START_RATIO))
    return [f"{common}\n{size}", f"{common}\n{size + 1}"]
