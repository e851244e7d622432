"""The one place of the writing side that catches everything: what goes wrong here must not end a training.

What is caught is counted by cause and told once per cause on stderr, with the tag and what to do; the training goes on.
`Guard(on_error="raise")` lets errors through, for tests and for those who want to know at once.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any, Concatenate, Literal, ParamSpec, Protocol, TextIO, TypeVar

P = ParamSpec("P")
OnError = Literal["report", "raise"]


class Guard:
    """Counts and reports problems of one writer.

    Safe to use from several threads: at worst a message is printed twice.
    """

    __slots__ = ("counts", "name", "on_error", "stream")

    def __init__(self, name: str, *, on_error: OnError = "report", stream: TextIO | None = None) -> None:
        self.name = name
        self.on_error = on_error
        self.stream = stream
        self.counts: dict[str, int] = {}
        """How often each cause came up."""

    @property
    def n_problems(self) -> int:
        return sum(self.counts.values())

    def report(self, cause: str, message: str) -> None:
        """Counts a problem and prints `message` if it is the first with this `cause`."""
        n_before = self.counts.get(cause, 0)
        self.counts[cause] = n_before + 1
        if n_before:
            return
        stream = self.stream or sys.stderr
        try:
            stream.write(f"goodfit: {self.name}: {_shorten(message)}\n")
            stream.flush()
        except Exception:  # noqa: BLE001
            # stderr may be closed or missing (daemons, pythonw); the count above stays readable.
            return

    def call(self, cause: str, function: Callable[[], Any]) -> Any:
        """The result of `function()`; None after an exception, which is counted under `cause`."""
        if self.on_error == "raise":
            return function()
        try:
            return function()
        except Exception as error:  # noqa: BLE001
            self.report(f"{cause}: {type(error).__name__}", f"{cause} was not written: {describe(error)}")
            return None

    def summarize(self) -> str:
        """One line with the counts, empty when nothing was caught."""
        if not self.counts:
            return ""
        parts = ", ".join(f"{cause} ({n}×)" if n > 1 else cause for cause, n in sorted(self.counts.items()))
        return f"problems while writing: {parts}"


class Guarded(Protocol):
    """What has a guard of its own."""

    guard: Guard


G = TypeVar("G", bound=Guarded)


def guarded(method: Callable[Concatenate[G, P], None]) -> Callable[Concatenate[G, P], None]:
    """The method, with its mistakes (also in its arguments) counted and told under its name and the tag."""

    def call(self: G, /, *args: P.args, **kwargs: P.kwargs) -> None:
        tag = args[0] if args else kwargs.get("tag")
        cause = f"{method.__name__} {tag!r}" if isinstance(tag, str) else method.__name__
        self.guard.call(cause, lambda: method(self, *args, **kwargs))

    call.__name__ = method.__name__
    call.__qualname__ = method.__qualname__
    call.__doc__ = method.__doc__
    call.__wrapped__ = method  # type: ignore[attr-defined]
    return call


def _shorten(message: str) -> str:
    """A tag of a megabyte must not fill the terminal; the paths and hints at the end stay."""
    return message if len(message) <= 1000 else f"{message[:600]} … {message[-300:]}"


def describe(error: BaseException) -> str:
    """`TypeError: message`, one line, at most 300 characters; `exit status 3` for `sys.exit(3)`."""
    if isinstance(error, SystemExit) and isinstance(error.code, int):
        return f"exit status {error.code}"
    words = " ".join(str(error).split())
    text = f"{type(error).__name__}: {words}" if words else type(error).__name__
    return text if len(text) <= 300 else text[:297] + "…"
