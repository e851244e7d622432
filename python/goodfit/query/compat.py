"""Points in file order, restarts included → those that a given reader would show.

TensorBoard has two readers that disagree about a training that was stopped and went on from an earlier step:

    newest              ours: where steps go back to s, earlier points at s or later are the abandoned branch
    all                 every recorded point
    tensorboard-rust    a point at step s takes the place of all earlier points at s or later, so that points that
                        repeat a step leave only the last
    tensorboard-python  files of version 2: every start record but the run's first takes away earlier points at its
                        step or later, and nothing else does. Older files and files without a version: as `newest`

A start record stands among the points by its wall time: what was logged before that moment, it can take away.
Source: behaviour of tensorboard 2.21.0 and tensorboard-data-server 0.7.2, recorded in tests/golden/restarts.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Literal, get_args

from goodfit.errors import BadArgument
from goodfit.types import Scalars

if TYPE_CHECKING:
    from goodfit.store.series import Session
    from goodfit.types import Float64Array, Int64Array

Reading = Literal["newest", "all", "tensorboard-python", "tensorboard-rust"]
READINGS: tuple[Reading, ...] = get_args(Reading)
_NO_STEP = 2**63 - 1
"""Stands where nothing follows that could take a point's place."""


def kept_points(
    steps: Int64Array,
    wall_times: Float64Array,
    *,
    reading: Reading = "newest",
    sessions: Sequence[Session] = (),
    file_version: float = 2.0,
) -> Int64Array:
    """Indices of the points that a reader shows, ascending.

    Args:
        steps: Of one series, in file order; length n_points.
        wall_times: Seconds since the epoch; length n_points.
        reading: Whose reading.
        sessions: Session records of the run, in file order; asked by `tensorboard-python` alone.
        file_version: The number behind `brain.Event:`, 0 for a file without one; asked by `tensorboard-python` alone.

    Raises:
        BadArgument: there is no such reading.

    Example:
        >>> import numpy as np
        >>> steps = np.array([0, 1, 2, 3, 2, 3])
        >>> kept_points(steps, steps * 1.0).tolist()
        [0, 1, 4, 5]
    """
    import numpy as np

    everything = np.arange(len(steps), dtype=np.int64)
    if reading == "all" or not len(steps):
        return everything
    if reading == "tensorboard-rust":
        return everything[steps < _lowest_from(np.append(steps[1:], _NO_STEP))]
    is_old_python = reading == "tensorboard-python" and file_version < 2
    if reading == "newest" or is_old_python:
        # Old files: TensorBoard compares with the newest step of the whole run, not of the series. That differs only
        # where a series repeats its own step after another series went further.
        # Only a step that goes back preempts; one that repeats does not.
        barriers = np.where(np.diff(steps) < 0, steps[1:], _NO_STEP)
        return everything[steps < _lowest_from(np.append(barriers, _NO_STEP))]
    if reading == "tensorboard-python":
        return _kept_by_sessions(steps, wall_times, sessions)
    raise BadArgument(f"reading is {reading!r}; wanted one of {', '.join(READINGS)}.")


def read_as(
    scalars: Scalars, *, reading: Reading = "newest", sessions: Sequence[Session] = (), file_version: float = 2.0
) -> Scalars:
    """The points of a series that a reader shows; see `kept_points`.

    Every one of them is shown, so none is marked as abandoned, but by `all`.
    """
    import numpy as np

    if reading == "all":
        return scalars
    kept = kept_points(scalars.steps, scalars.wall_times, reading=reading, sessions=sessions, file_version=file_version)
    if len(kept) == len(scalars.steps):
        return replace(scalars, newest_stops=())
    steps, wall_times, values = scalars.steps[kept], scalars.wall_times[kept], scalars.values[kept]
    for column in (steps, wall_times, values):
        column.flags.writeable = False
    starts = np.flatnonzero(np.diff(steps) < 0) + 1
    return Scalars(
        steps=steps,
        wall_times=wall_times,
        values=values,
        segments=(0, *starts.tolist()) if len(steps) else (),
    )


def _lowest_from(values: Int64Array) -> Int64Array:
    """The lowest of each value and all behind it."""
    import numpy as np

    lowest: Int64Array = np.minimum.accumulate(values[::-1])[::-1]
    return lowest


def _kept_by_sessions(steps: Int64Array, wall_times: Float64Array, sessions: Sequence[Session]) -> Int64Array:
    """Without the points that a start record, the first one aside, takes away."""
    import numpy as np

    is_kept = np.ones(len(steps), dtype=bool)
    starts = [session for session in sessions if session.status == "start"]
    for start in starts[1:]:
        is_kept &= ~((steps >= start.step) & (wall_times < start.wall_time))
    return np.flatnonzero(is_kept).astype(np.int64)
