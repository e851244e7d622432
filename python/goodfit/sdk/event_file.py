"""Tags, steps and payloads → one event file that TensorBoard reads, named as TensorFlow names its own.

Everything above (Run, summary, SummaryWriter, Monitor) writes through this. It adds to the Rust writer what needs
Python: the name of the file, a new file in a forked child, closing at exit, and telling about a disk that does not
    take the data.
Invariant: no method raises because of the disk; `guard` counts and tells.
"""

from __future__ import annotations

import itertools
import os
import sys
import time
from typing import TYPE_CHECKING, Any, Final

from goodfit import _core
from goodfit.sdk.lifetime import OPEN

if TYPE_CHECKING:
    from collections.abc import Callable

    from goodfit.sdk._guard import Guard
    from goodfit.sdk.payload import Payload

# Answers of the Rust writer, crates/py/src/writer.rs.
TAKEN: Final = 0
ODD_VALUE: Final = 1
ATTENTION: Final = 2
DROPPED: Final = 3
CLOSED: Final = 4

# Fields of Event, tensorflow/core/util/event.proto.
GRAPH_DEF: Final = 4
SUMMARY: Final = 5
SESSION_LOG: Final = 7
TAGGED_RUN_METADATA: Final = 8

FLUSH_S: Final = 1.0
"""A page that looks once a second shows a point within two."""
MAX_PENDING_BYTES: Final = 64 * 1024 * 1024
"""More than a million scalars, or the training's memory would pay for a disk that hangs."""
LARGE_WAIT_S: Final = 10.0
"""Large records wait this long for room before they are dropped; scalars never wait."""
CLOSE_TIMEOUT_S: Final = 30.0

_WRITER_NAME: Final = "goodfit"
_numbers = itertools.count()


class EventFile:
    """An event file in `folder`, open until `close`. Safe to use from several threads."""

    def __init__(
        self,
        folder: str | os.PathLike[str],
        guard: Guard,
        *,
        suffix: str = ".v2",
        flush_s: float = FLUSH_S,
        max_pending_bytes: int = MAX_PENDING_BYTES,
        double_precision: bool = False,
        before_exit: Callable[[BaseException | None], None] | None = None,
    ) -> None:
        self.folder = os.path.abspath(os.fspath(folder))  # noqa: PTH100  pathlib costs 8 ms at import
        self.guard = guard
        self._suffix = suffix
        self._flush_s = flush_s
        self._max_pending_bytes = max_pending_bytes
        self._double_precision = double_precision
        self._before_exit = before_exit
        self._described: set[str] = set()
        self.is_closed = False
        self.is_in_child = False
        """This process is a fork of the one that made this object."""
        self._start()

    def _start(self) -> None:
        name = file_name(self._suffix)
        self._writer = _core.EventWriter(
            os.path.join(self.folder, name),  # noqa: PTH118
            writer=_WRITER_NAME,
            flush_s=self._flush_s,
            max_pending_bytes=self._max_pending_bytes,
            double_precision=self._double_precision,
        )
        self.log_numbers: Callable[[int, dict[str, float], float | None], int] = self._writer.log
        """The cheap call: (step, {tag: float or int}, wall_time or None) to one of the answers above."""
        OPEN.add(self)
        self._described.clear()
        self._n_lost_told = 0
        self._tell()

    @property
    def path(self) -> str:
        return str(self._writer.path)

    def add_scalars(self, step: int, values: dict[str, float], wall_time: float | None = None) -> bool:
        """Writes `values`, Python floats, as one event. True when they were taken."""
        return self._settle(lambda: self.log_numbers(step, values, wall_time))

    def add(
        self,
        step: int,
        tag: str,
        payload: Payload,
        *,
        description: str = "",
        wall_time: float | None = None,
    ) -> bool:
        """Writes one payload. `description` goes with the first value of a tag only, as readers keep that one."""
        is_first = tag not in self._described
        self._described.add(tag)
        return self._settle(
            lambda: self._writer.add_tensor(
                step,
                tag,
                payload.dtype,
                payload.shape,
                payload.content,
                plugin=payload.plugin,
                plugin_content=payload.plugin_content,
                display_name=payload.display_name if is_first else "",
                description=description if is_first else "",
                data_class=payload.data_class,
                wall_time=wall_time,
                wait_s=LARGE_WAIT_S,
            )
        )

    def add_field(self, field: int, content: bytes, *, step: int = 0, wall_time: float | None = None) -> bool:
        """Writes an event whose `what` is `content`, the bytes of message `field`."""
        return self._settle(
            lambda: self._writer.add_field(step, field, content, wall_time=wall_time, wait_s=LARGE_WAIT_S)
        )

    def add_event(self, event: bytes) -> bool:
        """Writes the bytes of a whole Event as they are."""
        return self._settle(lambda: self._writer.add_event(event, wait_s=LARGE_WAIT_S))

    def _settle(self, write: Callable[[], int]) -> bool:
        answer = write()
        if answer == CLOSED and self._writer.is_abandoned and not self.is_closed:
            self._start()
            answer = write()
        return answer == TAKEN or self.explain(answer)

    def explain(self, answer: int) -> bool:
        """Tells, once a cause, why a record was not taken. True when it was."""
        if answer == CLOSED:
            self.guard.report("closed", f"a value came after the end and was not written; the file is {self.path}")
        elif answer in (ATTENTION, DROPPED):
            self._tell()
        elif answer == ODD_VALUE:
            self.guard.report("odd", "scalars were not written: a tag is no text or a value no number")
        return answer in (TAKEN, ATTENTION)

    def flush(self, timeout_s: float = CLOSE_TIMEOUT_S) -> bool:
        """Waits until everything so far is handed to the system. True when it is."""
        if self.is_closed or self._writer.is_abandoned:
            return True
        is_done: bool = self._writer.flush(timeout_s)
        self._tell()
        return is_done

    def close(self, timeout_s: float = CLOSE_TIMEOUT_S) -> bool:
        """Writes the rest and ends the writing thread. True when every record is in the file; a second call changes
        nothing.
        """
        if self.is_closed:
            return True
        if self._writer.is_abandoned:
            self.is_closed = True
            return True
        is_complete: bool = self._writer.close(timeout_s)
        if is_complete or timeout_s > 0:
            self.is_closed = True
            OPEN.remove(self)
            self._tell(is_end=True)
        return is_complete

    def report(self) -> dict[str, Any]:
        """`n_records`, `n_lost`, `written_bytes`, `n_errors`, `last_error` so far."""
        report: dict[str, Any] = self._writer.report()
        return report

    def _tell(self, *, is_end: bool = False) -> None:
        report = self.report()
        if report["last_error"]:
            self.guard.report(
                "disk",
                f"cannot write for now: {report['last_error']}. Values are kept in memory (at most "
                f"{self._max_pending_bytes >> 20} MiB) and writing is tried again; "
                f"the training goes on. File: {self.path}",
            )
        n_lost = report["n_lost"]
        if n_lost and not self._n_lost_told:
            self._n_lost_told = n_lost
            self.guard.report(
                "lost records",
                f"records are lost, {n_lost} so far, because the disk did not take them "
                f"({report['last_error'] or 'too slow'}); the training goes on. "
                f"Look at the space and rights of {self.folder}",
            )
        elif is_end and n_lost > self._n_lost_told:
            self.guard.report("lost records in all", f"{n_lost} records are lost in all. File: {self.path}")

    def close_at_exit(self, error: BaseException | None) -> None:
        if self._before_exit is not None and not self.is_in_child:
            self._before_exit(error)
        self.close()

    def abandon_in_child(self) -> None:
        self._writer.abandon()
        self.is_in_child = True


def file_name(suffix: str, *, now_s: float | None = None) -> str:
    """`events.out.tfevents.<time, 10 digits>.<host>.<pid>.<number of the file in this process><suffix>`.

    The number has four digits, since readers sort files by name: TensorFlow's tenth file of a second comes before
    its ninth.
    """
    seconds = int(time.time() if now_s is None else now_s)
    return f"events.out.tfevents.{seconds:010d}.{_host()}.{os.getpid()}.{next(_numbers):04d}{suffix}"


def _host() -> str:
    if sys.platform == "win32":
        return os.environ.get("COMPUTERNAME", "localhost")
    return os.uname().nodename.replace("/", "_") or "localhost"
