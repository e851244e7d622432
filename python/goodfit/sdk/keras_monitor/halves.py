"""The two runs of one Keras training, `train` and `validation`, each with an event file that its first value opens."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from goodfit.sdk._guard import Guard
from goodfit.sdk.event_file import CLOSE_TIMEOUT_S, SESSION_LOG, EventFile
from goodfit.sdk.hparams import END_TAG, session_end
from goodfit.sdk.session import session_running, session_stopped

if TYPE_CHECKING:
    from goodfit.sdk.hparams import Status
    from goodfit.sdk.payload import Payload


class Halves:
    """Writes into `log_dir/train` and `log_dir/validation` until `close`."""

    def __init__(self, log_dir: str, guard: Guard, before_exit: Callable[[BaseException | None], None]) -> None:
        self.log_dir = log_dir
        self.guard = guard
        self._before_exit = before_exit
        self._files: dict[str, EventFile] = {}
        self.is_closed = False

    def folder(self, half: str) -> str:
        return os.path.join(self.log_dir, half)  # noqa: PTH118

    def _file(self, half: str) -> EventFile:
        if half not in self._files:
            # The end is written before whichever file closes first at exit.
            file = EventFile(self.folder(half), self.guard, before_exit=self._before_exit)
            file.add_field(SESSION_LOG, session_running())
            self._files[half] = file
        return self._files[half]

    def add(self, half: str, step: int, tag: str, payload: Payload) -> None:
        if not self.is_closed:
            self._file(half).add(step, tag, payload)

    def add_graph(self, content: bytes) -> None:
        """Writes a GraphDef into the train half."""
        from goodfit.sdk.event_file import GRAPH_DEF

        self._file("train").add_field(GRAPH_DEF, content)

    def add_scalars(self, half: str, step: int, values: dict[str, Any]) -> None:
        """Writes one number a tag, each as TensorFlow writes it; what is not a number is told with its tag."""
        from goodfit.sdk.scalar import scalar
        from goodfit.sdk.values import number_of

        for tag, value in values.items():
            if isinstance(value, dict):
                self.add_scalars(half, step, {f"{tag}/{key}": item for key, item in value.items()})
                continue
            number = self.guard.call(f"{half} {tag!r}", lambda value=value: number_of(value))  # type: ignore[misc]
            if number is not None:
                self.add(half, step, tag, scalar(number))

    def flush(self) -> None:
        """Waits, for a few seconds at most, until all that was given is in the files."""
        for file in self._files.values():
            file.flush(CLOSE_TIMEOUT_S)

    def close(self, status: Status | None, reason: str = "") -> None:
        """Says how the training ended, if that is known, and closes the files. A second call changes nothing."""
        if self.is_closed:
            return
        self.is_closed = True
        for file in self._files.values():
            if status is not None:
                file.add(0, END_TAG, session_end(status, end_time_s=time.time()))
                file.add_field(SESSION_LOG, session_stopped(status, reason))
            file.close()
