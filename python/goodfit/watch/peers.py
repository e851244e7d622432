"""Best levels of every training → what the others reached, for the rules that judge a training beside its peers.

Kept up to date one training at a time, so that a new point in one of 500 does not cost looking at 500.
"""

from __future__ import annotations

import math
from collections.abc import Mapping

from goodfit.types import Direction

Levels = Mapping[str, tuple[Direction, float]]
"""Best level by metric (or by whatever key only like trainings share), with whether lower or higher is better."""

STEPS_PER_E = 20
"""A peer's best counts as changed when it moves by 1/20 of a logarithm, 5 %: finer would have every point of the best
training judge all others again."""


class PeerBests:
    """The best level of each metric among all trainings but one."""

    def __init__(self) -> None:
        self.version = 0
        """Grows whenever any level changes."""
        self._levels: dict[str, Levels] = {}
        self._leaders: dict[str, list[tuple[float, str, float]]] | None = None
        """By metric, the best two as (rank, training, level); None when it must be made anew."""

    def put(self, training: str, levels: Levels) -> None:
        """Notes the levels of one training."""
        if self._levels.get(training) != levels:
            self._levels[training] = levels
            self._forget()

    def remove(self, training: str) -> None:
        if self._levels.pop(training, None) is not None:
            self._forget()

    def _forget(self) -> None:
        self.version += 1
        self._leaders = None

    def others(self, training: str) -> dict[str, float]:
        """Best level that another training has of each metric of its own."""
        if self._leaders is None:
            self._leaders = self._rank()
        found = {}
        for metric in self._levels.get(training, ()):
            level = next((level for _, name, level in self._leaders[metric] if name != training), None)
            if level is not None:
                found[metric] = level
        return found

    def mark(self, training: str) -> object:
        """Equal as long as what the others reached is nearly the same, in the training's own metrics."""
        return tuple(
            (metric, round(math.log(abs(level)) * STEPS_PER_E) if level else None, level > 0)
            for metric, level in sorted(self.others(training).items())
        )

    def _rank(self) -> dict[str, list[tuple[float, str, float]]]:
        ranked: dict[str, list[tuple[float, str, float]]] = {}
        for training, levels in self._levels.items():
            for metric, (direction, level) in levels.items():
                ranked.setdefault(metric, []).append((level if direction == "min" else -level, training, level))
        return {metric: sorted(entries)[:2] for metric, entries in ranked.items()}
