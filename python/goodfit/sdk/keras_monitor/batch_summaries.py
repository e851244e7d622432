"""`tf.summary` calls inside a model's compiled step → event files of TensorFlow in the two halves.

While Keras trains or evaluates, the half's writer is the default one of `tf.summary`. A compiled step is traced once,
with whatever numbers it sees then; so the number of the batch is a variable, which is asked each time the step runs.
(Keras's own callback hands over a number: every value then has the step of the first batch.)
"""

from __future__ import annotations

import importlib
import os
import sys
from contextlib import ExitStack
from typing import Any


def can_summarise(model: Any) -> bool:
    """Whether a model's steps can hold `tf.summary` calls: it runs on TensorFlow, and not through XLA, which has no
    operation that writes.
    """
    keras = sys.modules.get("keras")
    is_tensorflow = keras is not None and keras.backend.backend() == "tensorflow"
    return is_tensorflow and not getattr(model, "jit_compile", False)


class BatchSummaries:
    """Writers of the two halves. They stay open: a step that was traced with them writes to them in the next `fit`."""

    def __init__(self, log_dir: str, *, every: int) -> None:
        """
        Args:
            log_dir: where `train/` and `validation/` are.
            every: how many batches there are between two that are recorded.
        """
        self._log_dir = log_dir
        self._every = every
        self._tf = importlib.import_module("tensorflow")
        self._writers: dict[str, Any] = {}
        self._steps: dict[str, Any] = {}
        self._entered: list[ExitStack] = []

    def begin(self, half: str) -> None:
        """Makes this half's writer the default one, until `end`."""
        summary = self._tf.summary
        if half not in self._writers:
            self._writers[half] = summary.create_file_writer(os.path.join(self._log_dir, half))  # noqa: PTH118
            self._steps[half] = self._tf.Variable(0, dtype="int64", trainable=False)
        step = self._steps[half]
        entered = ExitStack()
        entered.enter_context(self._writers[half].as_default(step))
        entered.enter_context(summary.record_if(lambda: self._tf.equal(step % self._every, 0)))
        self._entered.append(entered)

    def count(self, half: str, step: int | None = None) -> None:
        """Says which batch comes; without a number, the one after the last."""
        counted = self._steps.get(half)
        if counted is not None:
            counted.assign_add(1) if step is None else counted.assign(step)

    def end(self) -> None:
        """Gives the default writer back that was there before, and hands what was written to the system."""
        if self._entered:
            self._entered.pop().close()

    def end_all(self) -> None:
        """The same of all that was begun, as after an exception in `fit`."""
        while self._entered:
            self.end()
