"""A series → its best value so far and where, looking only at points that were not looked at before.

Points that a restart wrote over are not the training's any more; a series that went back is therefore read whole again,
and only points that survive count.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from goodfit.errors import UnknownSeries
from goodfit.types import Direction, Scalars, SeriesKey

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from goodfit.store.store import Store


@dataclass(frozen=True, slots=True)
class Best:
    """The best finite value of a series and the first step that reached it."""

    value: float
    step: int


@dataclass(frozen=True, slots=True)
class _Known:
    best: Best | None
    n_points: int
    n_segments: int
    direction: Direction


def surviving(scalars: Scalars) -> npt.NDArray[np.bool_]:
    """Which points no later segment wrote over: a segment that starts at step s takes the place of earlier steps >=
    s."""
    import numpy as np

    keep = np.ones(len(scalars.steps), dtype=np.bool_)
    for start_idx in scalars.segments[1:]:
        keep[:start_idx] &= scalars.steps[:start_idx] < scalars.steps[start_idx]
    return keep


class BestValues:
    """Remembers the best value of each series asked for. Not safe for several threads at once."""

    def __init__(self) -> None:
        self._known: dict[SeriesKey, _Known] = {}

    def find(self, store: Store, key: SeriesKey, *, direction: Direction | None) -> Best | None:
        """The best value; None when lower or higher is not known to be better, or no value is finite."""
        if direction is None:
            return None
        try:
            scalars = store.read_scalars(key)
        except UnknownSeries:
            self._known.pop(key, None)
            return None
        known = self._known.get(key)
        n_points, n_segments = len(scalars.steps), len(scalars.segments)
        if known is None or known.direction != direction or known.n_segments != n_segments or known.n_points > n_points:
            best = self._scan(scalars, 0, direction)
        else:
            best = known.best
            if n_points > known.n_points:
                newer = self._scan(scalars, known.n_points, direction)
                if best is None or (newer is not None and is_better(newer.value, best.value, direction)):
                    best = newer
        self._known[key] = _Known(best, n_points, n_segments, direction)
        return best

    def _scan(self, scalars: Scalars, start_idx: int, direction: Direction) -> Best | None:
        """The best of the points from `start_idx` on."""
        import numpy as np

        values = scalars.values[start_idx:]
        is_candidate = np.isfinite(values)
        if start_idx == 0 and len(scalars.segments) > 1:
            is_candidate &= surviving(scalars)
        if not is_candidate.any():
            return None
        worst = np.inf if direction == "min" else -np.inf
        masked = np.where(is_candidate, values, worst)
        index = int(masked.argmin() if direction == "min" else masked.argmax())
        return Best(float(values[index]), int(scalars.steps[start_idx + index]))


def is_better(value: float, than: float, direction: Direction) -> bool:
    """Whether a value is strictly better."""
    return value < than if direction == "min" else value > than
