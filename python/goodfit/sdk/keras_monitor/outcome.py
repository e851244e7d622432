"""What a process and a notebook know of an exception → how a training ended, where Keras does not say.

Keras calls `on_train_end` neither after an exception nor after Ctrl-C. So a training that is still open is failed
when the interpreter prints an uncaught exception (seen at exit, `lifetime.py`), when the notebook's cell ends with
an error, and when the same callback starts another training; a training that is open at a clean exit was stopped by
someone who caught the exception, and its end is not known.
"""

from __future__ import annotations

import sys
import weakref
from collections.abc import Callable
from typing import Any


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
