"""A range of batches → a trace by the backend's own profiler, as keras.callbacks.TensorBoard makes it.

Only TensorFlow and JAX have one; elsewhere this says so once and profiles nothing. The trace goes to
`<train>/plugins/profile`.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import Any

from goodfit.errors import BadArgument
from goodfit.sdk._guard import Guard


def batch_range(profile_batch: int | str | Sequence[int]) -> tuple[int, int]:
    """First and last batch to profile, both inclusive, counted from 1; (0, 0) for none.

    Raises:
        BadArgument: It is neither a number nor two that ascend.

    >>> batch_range("5,8")
    (5, 8)
    """
    try:
        if isinstance(profile_batch, str):
            numbers = [int(part) for part in profile_batch.split(",")]
        elif isinstance(profile_batch, int):
            numbers = [profile_batch]
        else:
            numbers = [int(part) for part in profile_batch]
    except (TypeError, ValueError):
        numbers = []
    first, last = (numbers[0], numbers[-1]) if len(numbers) in (1, 2) else (-1, -1)
    if first < 0 or last < first:
        raise BadArgument(f"profile_batch is {profile_batch!r}, wanted a number of a batch or two that ascend")
    return first, last


class Profiler:
    """Traces the batches of `batches`, once."""

    def __init__(self, batches: tuple[int, int], guard: Guard) -> None:
        self._first, self._last = batches
        self._guard = guard
        self._stop: Any = None

    def begin_batch(self, batch: int, folder: str) -> None:
        if self._first and batch == self._first and self._stop is None:
            self._stop = self._start(folder)

    def end_batch(self, batch: int) -> None:
        if self._stop is not None and batch >= self._last:
            self.stop()

    def stop(self) -> None:
        stop, self._stop = self._stop, None
        if stop is not None:
            self._guard.call("profile", stop)

    def _start(self, folder: str) -> Any:
        keras = sys.modules.get("keras")
        backend = keras.backend.backend() if keras is not None else ""
        if backend == "tensorflow":
            profiler = sys.modules["tensorflow"].profiler.experimental
            self._guard.call("profile", lambda: profiler.start(folder))
            return profiler.stop
        if backend == "jax":
            profiler = sys.modules["jax"].profiler
            self._guard.call("profile", lambda: profiler.start_trace(folder))
            return profiler.stop_trace
        self._guard.report("profile", f"the {backend or 'unknown'} backend has no profiler; batches are not profiled")
        return None
