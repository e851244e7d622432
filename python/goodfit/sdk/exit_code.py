"""`sys.exit(3)` → the exception that ended the process, for those who close at exit what the script left open.

The interpreter prints no traceback for SystemExit, calls no hook for it, and has dropped it when the exit functions
run: without more, a script that gives up by `sys.exit(1)` could not be told from one that finished. While something is
open, `sys.exit` is therefore wrapped: it does what it did and remembers what it raised. `exit(3)` and `raise
SystemExit(3)` go past it; the companion process learns of those from the system.
"""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable
from types import FrameType
from typing import Any, NoReturn


class ExitCode:
    """What `sys.exit` has raised in the main thread. One instance, `EXIT`."""

    def __init__(self) -> None:
        self._original: Callable[..., NoReturn] | None = None
        self._wrapped: Callable[..., NoReturn] | None = None
        self._code: Any = None
        self._script: FrameType | None = None

    def watch(self) -> None:
        """Wraps `sys.exit`; a second call changes nothing."""
        if self._wrapped is not None:
            return
        original = self._original = sys.exit

        def exit(*status: Any) -> NoReturn:
            try:
                original(*status)
            except SystemExit as error:
                self._remember(error.code)
                raise

        exit.__doc__ = original.__doc__
        sys.exit = self._wrapped = exit

    def _remember(self, code: Any) -> None:
        if threading.current_thread() is threading.main_thread():
            frame = sys._getframe()
            while frame.f_back is not None:
                frame = frame.f_back
            self._code, self._script = code, frame

    def release(self) -> None:
        """Puts the original back, unless somebody else has wrapped it again since."""
        if self._wrapped is not None and sys.exit is self._wrapped:
            assert self._original is not None
            sys.exit = self._original
            self._original = self._wrapped = self._script = self._code = None

    def uncaught(self) -> SystemExit | None:
        """The SystemExit of a status other than 0 that ended the script; None where it was caught, or there is none.

        A script that caught it went on to its end: the last thing that its outermost frame did was to return.
        """
        script, code = self._script, self._code
        if script is None or code is None or code == 0:
            return None
        import opcode

        last = opcode.opname[script.f_code.co_code[script.f_lasti]] if script.f_lasti >= 0 else ""
        return None if last.startswith("RETURN") else SystemExit(code)


EXIT = ExitCode()
