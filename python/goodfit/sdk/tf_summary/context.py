"""What a summary call finds when it is not told: the thread's writer, step, condition and name scope.

As in TensorFlow these belong to the thread. The one instance, `CONTEXT`, is the only mutable module state of
`goodfit.summary`; tf.summary's interface cannot be had without it.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from goodfit.sdk._guard import Guard
    from goodfit.sdk.event_file import EventFile


class Writer(Protocol):
    """What a summary call asks of the writer it finds."""

    guard: Guard

    @property
    def file(self) -> EventFile | None:
        """Where to write; None for nowhere."""

    def flush(self) -> None:
        """Waits until everything so far is in the file."""


class Context(threading.local):
    """The defaults of one thread."""

    def __init__(self) -> None:
        self.writer: Writer | None = None
        self.step: Any = None
        self.condition: bool | Callable[[], bool] = True
        self.scopes: tuple[str, ...] = ()

    @contextmanager
    def replaced(self, **changes: Any) -> Iterator[None]:
        """Puts `changes` in place and the earlier values back at the end."""
        before = {name: getattr(self, name) for name in changes}
        self.__dict__.update(changes)
        try:
            yield
        finally:
            self.__dict__.update(before)

    @property
    def is_recording(self) -> bool:
        """Whether the condition of `record_if` holds now."""
        return bool(self.condition() if callable(self.condition) else self.condition)

    def tag(self, name: str) -> str:
        """`name` with the scopes around it."""
        return "/".join((*self.scopes, name))


CONTEXT = Context()
