"""The writer of tf.summary: a folder, and an event file in it that is opened by the first value."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from goodfit.sdk._guard import Guard
from goodfit.sdk.event_file import FLUSH_S, EventFile
from goodfit.sdk.tf_summary.context import CONTEXT

if TYPE_CHECKING:
    from types import TracebackType
    from typing import Self


class SummaryWriter:
    """Writes summaries below `logdir`. Made by `create_file_writer`; safe to use from several threads."""

    def __init__(self, logdir: str | os.PathLike[str], *, suffix: str, flush_s: float = FLUSH_S) -> None:
        self.logdir = os.fspath(logdir)
        self.guard = Guard(f"summary writer {self.logdir!r}")
        self._suffix = suffix
        self._flush_s = flush_s
        self._file: EventFile | None = None
        self._is_closed = False
        # Held while the file opens: milliseconds.
        self._lock = threading.Lock()

    @property
    def file(self) -> EventFile | None:
        """The event file, opened now if need be; None after `close`."""
        if self._file is None and not self._is_closed:
            with self._lock:
                if self._file is None:
                    self._file = EventFile(self.logdir, self.guard, suffix=self._suffix, flush_s=self._flush_s)
        if self._is_closed:
            self.guard.report("closed", "a value came after close() and was not written")
            return None
        return self._file

    def init(self) -> None:
        """Opens the file now."""
        _ = self.file

    @contextmanager
    def as_default(self, step: Any = None) -> Iterator[Self]:
        """Makes this the thread's writer (and `step` its step, if given) inside a `with`; what was written then goes
        to disk.
        """
        changes = {"writer": self} if step is None else {"writer": self, "step": step}
        try:
            with CONTEXT.replaced(**changes):
                yield self
        finally:
            self._request_flush()

    def set_as_default(self, step: Any = None) -> None:
        """Makes this the thread's writer (and `step` its step, if given) from now on."""
        CONTEXT.writer = self
        if step is not None:
            CONTEXT.step = step

    def _request_flush(self) -> None:
        # Without waiting: leaving `as_default` once a batch must not cost a disk's time.
        if self._file is not None:
            self._file.flush(0.0)

    def flush(self) -> None:
        """Waits until everything so far is in the file."""
        if self._file is not None:
            self._file.flush()

    def close(self) -> None:
        """Writes the rest and closes the file; later values are refused."""
        self._is_closed = True
        if self._file is not None:
            self._file.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()


class NoopWriter(SummaryWriter):
    """Takes everything and writes nothing."""

    def __init__(self) -> None:
        super().__init__("", suffix="")

    @property
    def file(self) -> None:
        return None
