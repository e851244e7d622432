"""What a process and a notebook know of an exception → how a training ended, where Keras does not say.

Keras calls `on_train_end` neither after an exception nor after Ctrl-C. So a training that is still open is failed
when the interpreter prints an uncaught exception (seen at exit, `lifetime.py`), when the notebook's cell ends with
an error, when the same callback starts another training, and when the process ends: whoever caught the exception, or
called `sys.exit`, said nothing of the training.
"""

from __future__ import annotations

import sys
import weakref
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from goodfit.sdk._guard import describe

if TYPE_CHECKING:
    from goodfit.sdk.hparams import Status
    from goodfit.sdk.keras_monitor.halves import Halves


@dataclass(slots=True)
class OpenTraining:
    """What has to be closed when a training ends. It knows no model: the files keep it to the end of the process, also
    when the callback itself is gone, as after `sys.exit` in the middle of `fit`.
    """

    is_open: bool = False
    """Between a training's beginning and its end."""
    halves: Halves | None = None
    """The files; None before the first value."""
    companion: Any = None
    """The process that tells of the end; None where nobody is to be told."""

    def end(self, status: Status, reason: str = "") -> None:
        """Says in the files and to the companion how it ended; nothing happens when it has ended."""
        if not self.is_open:
            return
        self.is_open = False
        if self.halves is not None:
            self.halves.close(status, reason)
        companion, self.companion = self.companion, None
        if companion is not None:
            companion.goodbye(status, reason)

    def end_at_exit(self, error: BaseException | None) -> None:
        """The same when the process ends: Keras ends a training that comes to its end, so this one was left by an
        exception or by Ctrl-C.
        """
        if self.is_open:
            self.end("failed", "the training was interrupted" if error is None else describe(error))
        elif self.halves is not None:
            self.halves.close(None)


class CellWatch:
    """Calls `on_error` when the notebook's cell that is running now ends with an error; does nothing outside
    IPython.
    """

    def __init__(self, on_error: Callable[[BaseException], None]) -> None:
        self._on_error = weakref.WeakMethod(on_error)
        self._events: Any = None
        ipython = sys.modules.get("IPython")
        shell = ipython.get_ipython() if ipython is not None else None
        if shell is not None:
            self._events = shell.events
            self._events.register("post_run_cell", self._after_cell)

    def _after_cell(self, result: Any) -> None:
        error = result.error_in_exec or result.error_before_exec
        on_error = self._on_error()
        if on_error is not None and error is not None:
            on_error(error)
        self.stop()

    def stop(self) -> None:
        """Forgets the cell; a second call changes nothing."""
        events, self._events = self._events, None
        if events is not None:
            events.unregister("post_run_cell", self._after_cell)
