"""Series of a store → trainings: what the user started, with its pairs, hyperparameters and state."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from goodfit.store.store import Store
from goodfit.types import Pair, Scalars, SeriesKey, State


@dataclass(frozen=True, slots=True)
class Training:
    """One training: its runs and how their curves belong together. A snapshot; make a new one after a refresh."""

    name: str
    """The runs' common folder: `exp1` for `exp1/train` and `exp1/validation`; `.` for the log folder itself."""
    runs: tuple[str, ...]
    pairs: tuple[Pair, ...]
    """Every scalar metric, objective first; a metric with one half only is a pair with the other None."""
    hparams: Mapping[str, Any]
    state: State
    state_from: str
    """What the state rests on: `goodbye` (a status record), `quiet` (silent for longer than its pace), `recent`."""
    first_step: int
    last_step: int
    n_points: int
    last_wall_time: float
    store: Store

    def scalars(self, key: SeriesKey) -> Scalars:
        """Every point of one of the training's series. Raises UnknownSeries."""
        return self.store.read_scalars(key)
