"""A scalar series → the axis that a chart does not show: wall time where it shows steps, steps where it shows time.

The points themselves are read once and thinned to at most `MAX_KNOTS`, evenly by index, first and last kept; between
knots the other axis runs straight. A series of up to `MAX_KNOTS` points is exact. Reading a million points takes 20 ms,
so the knots are kept until the series has grown by a tenth; the newest point is looked up each time.

Lock: `_lock` is held while one series is read (20 ms for each million points), so that two charts do not read it twice.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from goodfit.errors import UnknownSeries
from goodfit.server.best import surviving
from goodfit.types import SeriesKey

if TYPE_CHECKING:
    from goodfit.store.store import Store
    from goodfit.types import Float64Array

MAX_KNOTS = 4_096
"""Beyond what a screen has columns; 64 kB a series."""
MAX_KEPT = 1_024
"""Series; 64 MB at the worst."""
REGROWN_SHARE = 1.1


@dataclass(frozen=True, slots=True)
class Knots:
    """Steps and wall times of some points of one series, both of one length, steps ascending."""

    steps: Float64Array
    wall_times: Float64Array
    n_points: int
    """Of the series when it was read."""
    first_step: float
    first_wall_time: float
    """Of the first recorded point."""

    def wall_times_at(self, steps: Float64Array) -> Float64Array:
        """Wall time at each step; beyond the ends, that of the end."""
        import numpy as np

        return np.interp(steps, self.steps, self.wall_times)

    def steps_at(self, wall_times: Float64Array) -> Float64Array:
        """Step at each wall time; a clock that jumped back keeps the step reached before."""
        import numpy as np

        # A clock set back for a while would leave times out of order.
        return np.interp(wall_times, np.maximum.accumulate(self.wall_times), self.steps)


class TimeBook:
    """The knots of series that charts asked for lately."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._kept: OrderedDict[SeriesKey, Knots] = OrderedDict()

    def find(self, store: Store, key: SeriesKey, *, n_points: int) -> Knots | None:
        """Knots of a series of so many points; None when it has gone or none of its points is left."""
        with self._lock:
            knots = self._kept.get(key)
            is_fresh = knots is not None and knots.n_points <= n_points < max(
                knots.n_points + 1, REGROWN_SHARE * knots.n_points
            )
            if not is_fresh:
                knots = self._read(store, key)
                if knots is None:
                    self._kept.pop(key, None)
                    return None
                self._kept[key] = knots
            self._kept.move_to_end(key)
            while len(self._kept) > MAX_KEPT:
                self._kept.popitem(last=False)
        assert knots is not None
        return knots if knots.n_points == n_points else self._extend(store, key, knots)

    def _read(self, store: Store, key: SeriesKey) -> Knots | None:
        import numpy as np

        try:
            scalars = store.read_scalars(key)
        except UnknownSeries:
            return None
        steps, wall_times = scalars.steps, scalars.wall_times
        keep = np.isfinite(wall_times)
        if len(scalars.segments) > 1:
            keep &= surviving(scalars)
        kept = np.flatnonzero(keep)
        if not len(kept):
            return None
        chosen = kept
        if len(kept) > MAX_KNOTS:
            chosen = kept[np.rint(np.linspace(0, len(kept) - 1, MAX_KNOTS)).astype(np.int64)]
        return Knots(
            steps=steps[chosen].astype(np.float64),
            wall_times=wall_times[chosen].astype(np.float64),
            n_points=len(steps),
            first_step=float(steps[kept[0]]),
            first_wall_time=float(wall_times[kept[0]]),
        )

    def _extend(self, store: Store, key: SeriesKey, knots: Knots) -> Knots:
        """The knots and the newest point, which was written after they were read."""
        import numpy as np

        latest = store.latest([key])
        if not latest.keys or not latest.steps[0] > knots.steps[-1] or not np.isfinite(latest.wall_times[0]):
            return knots
        return Knots(
            steps=np.append(knots.steps, float(latest.steps[0])),
            wall_times=np.append(knots.wall_times, float(latest.wall_times[0])),
            n_points=knots.n_points,
            first_step=knots.first_step,
            first_wall_time=knots.first_wall_time,
        )
