"""A training → a companion process that outlives it and tells how it ended.

The training holds one end of a pipe and writes short lines into it; the companion (`python -m
goodfit.watch.companion`) holds the other. When the pipe closes without a goodbye, the training was killed: that works
for SIGKILL, too.

    {"verb": "hello", "logdir": …, "run": …, "channels": […], "title": …, "kind": …, "pid": …}
    {"verb": "progress", "step": 41200}
    {"verb": "supervising", "pid": 4711}
    {"verb": "goodbye", "status": "finished" | "failed" | "killed" | "told", "reason": …, "tail": …, "unclosed": …}

Invariants: nothing here raises into training, blocks it for longer than a second, or imports anything heavy; channel
addresses travel through the pipe, never on a command line; a forked child closes its copy of the pipe, since it would
hide the death.
"""

from __future__ import annotations

import atexit
import contextlib
import json
import os
import select
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from types import TracebackType
from typing import Any

from goodfit import config
from goodfit.errors import GoodfitError
from goodfit.sdk._guard import describe
from goodfit.sdk.exit_code import EXIT
from goodfit.sdk.lifetime import OPEN as OPEN_FILES

SUPERVISED_VARIABLE = "GOODFIT_SUPERVISED"
"""Names the channels that `goodfit run` tells of the command's end, so that nobody is told twice."""
COMPANION_MODULE = "goodfit.watch.companion"
_GOODBYE_PATIENCE_S = 1.0
_ANSWER_PATIENCE_S = 5.0
_PROGRESS_INTERVAL_S = 1.0
_MAX_TAIL_CHARACTERS = 8000
_MAX_REASON_CHARACTERS = 500


def start_companion(
    logdir: str, run_name: str, channels: Sequence[str], title: str | None = None, *, kind: str = "training"
) -> Companion:
    """Starts the companion of one training and returns the training's end of the pipe.

    Args:
        logdir: the run's folder, absolute; empty for none.
        run_name: what messages call the training.
        channels: names or addresses of channels, checked by the companion.
        title: the title of the message at a clean end; None for the usual one.
        kind: `training`, or `command` for `goodfit run`.
    """
    companion = Companion()
    companion.start(
        {
            "verb": "hello", "logdir": logdir, "run": run_name, "channels": list(channels), "title": title,
            "kind": kind, "pid": os.getpid(), "started": time.time(),
        }
    )  # fmt: skip
    return companion


class Companion:
    """The training's side. Every method is safe to call at any time, from any thread, and more than once."""

    def __init__(self) -> None:
        self._process: subprocess.Popen[bytes] | None = None
        self._pipe: int | None = None
        self._progress_at = float("-inf")
        self._cell: int | None = None
        self._is_job = False
        self.problem = ""
        """Why there is no companion, empty when there is one."""

    def start(self, hello: dict[str, Any]) -> None:
        """Starts the process and says hello; a problem is told on stderr and kept in `problem`."""
        try:
            settings = config.load()
            self._is_job = settings.ends_with_us
            keywords: dict[str, Any] = {"start_new_session": True}
            if sys.platform == "win32":
                keywords = {"creationflags": subprocess.DETACHED_PROCESS | subprocess.CREATE_NEW_PROCESS_GROUP}
            command = [sys.executable, "-P", "-m", COMPANION_MODULE]
            with _own_process() as process:
                if process is not None:
                    # Opened here: by the time the companion runs, a short script has ended.
                    command += ["--process-fd", str(process)]
                    keywords["pass_fds"] = (process,)
                self._process = subprocess.Popen(
                    command,
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                    env=settings.child_environment(),
                    **keywords,
                )
        except (OSError, ValueError, GoodfitError) as error:
            self.problem = f"{type(error).__name__}: {error}"
            _say(f"goodfit: nobody will be told how this training ends: {self.problem}\n")
            return
        assert self._process.stdin is not None
        self._pipe = self._process.stdin.fileno()
        os.set_blocking(self._pipe, False)
        self._send(hello, patience_s=_GOODBYE_PATIENCE_S)
        self._cell = _cell_number()
        OPEN.add(self)

    def progress(self, step: int) -> None:
        """Says how far the training is; at most once a second, and dropped when the companion is busy."""
        now = time.monotonic()
        if self._pipe is not None and now - self._progress_at >= _PROGRESS_INTERVAL_S:
            self._progress_at = now
            self._send({"verb": "progress", "step": int(step)}, patience_s=0.0)

    def supervising(self, pid: int) -> None:
        """Says which process does the work on this one's behalf."""
        self._send({"verb": "supervising", "pid": pid}, patience_s=_GOODBYE_PATIENCE_S)

    def goodbye(self, status: str, reason: str | None = None, tail: str | None = None) -> None:
        """Says how the training ended and lets the companion go; a second call changes nothing.

        Args:
            status: `finished` or `failed`; `told` when somebody else has told it.
            reason: one line, such as the exception's; None for none.
            tail: the last lines; None takes the traceback of the exception that is being handled, if any.
        """
        if self._pipe is None:
            return
        if tail is None and status == "failed":
            tail = _current_traceback()
        is_unclosed = status == "finished" and not reason and OPEN.is_at_exit
        line = {
            "verb": "goodbye",
            "status": status,
            "reason": (reason or "")[:_MAX_REASON_CHARACTERS],
            "tail": (tail or "")[-_MAX_TAIL_CHARACTERS:],
            "unclosed": is_unclosed,
            "waits": self._is_job,
        }
        self._send(line, patience_s=_GOODBYE_PATIENCE_S)
        if self._is_job:
            # The system ends the companion with us: hold on until the message has been tried once.
            self._await_answer(_ANSWER_PATIENCE_S)
        self.close()

    def close(self) -> None:
        """Closes the pipe. Without a goodbye the companion takes it for a death."""
        if self._pipe is not None:
            self._pipe = None
            OPEN.remove(self)
            process = self._process
            assert process is not None
            for stream in (process.stdin, process.stdout):
                if stream is not None:
                    with contextlib.suppress(OSError):
                        stream.close()
            OPEN.leave(process)

    def close_in_child(self) -> None:
        """Closes a forked child's copy of the pipe, and knows nothing of the companion from then on."""
        if self._pipe is not None:
            self._pipe = None
            process, self._process = self._process, None
            assert process is not None
            for stream in (process.stdin, process.stdout):
                if stream is not None:
                    with contextlib.suppress(OSError):
                        stream.close()
            process.returncode = 0  # it is the parent's child, not ours to wait for

    def _send(self, line: dict[str, Any], *, patience_s: float) -> None:
        """Writes one line; gives up when the companion is gone, or reads nothing for so long."""
        if self._pipe is None:
            return
        view = memoryview(json.dumps(line).encode() + b"\n")
        deadline = time.monotonic() + patience_s
        is_started = False
        try:
            while view:
                try:
                    written = os.write(self._pipe, view)
                    view = view[written:]
                    is_started = True
                except BlockingIOError:
                    # A line that was begun must be ended, or the next one would be part of it.
                    wait_s = deadline - time.monotonic() if not is_started else _GOODBYE_PATIENCE_S
                    if wait_s <= 0 or not select.select([], [self._pipe], [], wait_s)[1]:
                        return
        except (OSError, ValueError):
            return

    def _await_answer(self, patience_s: float) -> None:
        process = self._process
        if process is None or process.stdout is None:
            return
        with contextlib.suppress(OSError, ValueError):
            if select.select([process.stdout], [], [], patience_s)[0]:
                process.stdout.read(1)


class OpenCompanions:
    """The companions of this process that wait for a goodbye. One instance, `OPEN`.

    It watches the ends of the process: uncaught exceptions (the earlier hook is called as well), the normal exit,
    forks, and a notebook cell that raises. Registered when the first companion starts, not at import.
    """

    def __init__(self) -> None:
        self._companions: list[Companion] = []
        self._leaving: list[subprocess.Popen[bytes]] = []
        self._is_registered = False
        self._failure: tuple[str, str] | None = None
        self.is_at_exit = False
        """Whether the process is ending; what was not closed by now, nobody has closed."""

    def add(self, companion: Companion) -> None:
        """Says goodbye for it at the end of the process."""
        if not self._is_registered:
            self._is_registered = True
            atexit.register(self._at_exit)
            if hasattr(os, "register_at_fork"):
                os.register_at_fork(after_in_child=self._in_child)
            sys.excepthook = self._chained(sys.excepthook)
            EXIT.watch()
            _watch_cells(self._after_cell)
        self._companions.append(companion)

    def remove(self, companion: Companion) -> None:
        """It has said goodbye."""
        if companion in self._companions:
            self._companions.remove(companion)

    def leave(self, process: subprocess.Popen[bytes]) -> None:
        """Reaps the process when it has ended; it is never waited for."""
        self._leaving = [one for one in [*self._leaving, process] if one.poll() is None]

    def _chained(self, previous: Callable[..., Any]) -> Callable[..., Any]:
        def hook(kind: type[BaseException], error: BaseException, traceback: TracebackType | None) -> None:
            self._failure = (_describe(error), _format(error))
            previous(kind, error, traceback)

        return hook

    def _at_exit(self) -> None:
        self.is_at_exit = True
        stopped = EXIT.uncaught()  # asked first: it is forgotten when the last file closes
        # Open runs end first: their last values are in the files before somebody reads them, and they say goodbye.
        OPEN_FILES._close_all()
        for companion in list(self._companions):
            if self._failure is not None:
                companion.goodbye("failed", *self._failure)
            elif stopped is not None:
                companion.goodbye("failed", describe(stopped), "")
            else:
                companion.goodbye("finished")
        for process in self._leaving:
            if process.poll() is None:
                process.returncode = 0  # it is meant to outlive us

    def _in_child(self) -> None:
        companions, self._companions, self._leaving = self._companions, [], []
        for companion in companions:
            companion.close_in_child()

    def _after_cell(self, result: Any) -> None:
        """A training that began in a notebook cell which raises has ended with it."""
        error = getattr(result, "error_in_exec", None)
        if error is None:
            return
        number = _cell_number()
        for companion in list(self._companions):
            if companion._cell is not None and number is not None and number - companion._cell <= 1:
                companion.goodbye("failed", _describe(error), _format(error))


OPEN = OpenCompanions()


@contextlib.contextmanager
def _own_process() -> Iterator[int | None]:
    """A file that tells its holder of this process's end (Linux 5.3); None elsewhere."""
    try:
        process = os.pidfd_open(os.getpid())
    except (AttributeError, OSError):
        yield None
        return
    try:
        yield process
    finally:
        os.close(process)


def _cell_number() -> int | None:
    """The number of the notebook cell that runs; None outside of IPython."""
    ipython = sys.modules.get("IPython")
    shell = ipython.get_ipython() if ipython is not None and hasattr(ipython, "get_ipython") else None
    return getattr(shell, "execution_count", None)


def _watch_cells(callback: Callable[[Any], None]) -> None:
    ipython = sys.modules.get("IPython")
    shell = ipython.get_ipython() if ipython is not None and hasattr(ipython, "get_ipython") else None
    if shell is not None:
        shell.events.register("post_run_cell", callback)


def _current_traceback() -> str:
    error = sys.exc_info()[1] or getattr(sys, "last_exc", None) or getattr(sys, "last_value", None)
    # A script that calls sys.exit has said all it wants to say.
    return "" if error is None or isinstance(error, SystemExit) else _format(error)


def _format(error: BaseException) -> str:
    import traceback

    return "".join(traceback.format_exception(error))


def _describe(error: BaseException) -> str:
    words = " ".join(str(error).split())
    return f"{type(error).__name__}: {words}" if words else type(error).__name__


def _say(text: str) -> None:
    if sys.stderr is not None:
        with contextlib.suppress(OSError, ValueError):
            sys.stderr.write(text)
