"""One summary call → the thread's event file, or a word about why not.

A missing writer and a missing step are told once each in a process, as warnings that point at the caller's line.
"""

from __future__ import annotations

import sys
import warnings
from collections.abc import Callable
from typing import Any

from goodfit.sdk.event_file import SUMMARY, EventFile
from goodfit.sdk.tf_summary.context import CONTEXT
from goodfit.sdk.values import step_of

_told: set[str] = set()


def write_raw_pb(tensor: Any, step: Any = None, name: str | None = None) -> bool:
    """Writes the bytes of a Summary; whether they were taken. See `tf.summary.experimental.write_raw_pb`.

    Args:
        tensor: The bytes, a bytes tensor, or the message.
        step: Default: the thread's.
        name: Accepted.
    """

    def add(file: EventFile) -> bool:
        own_step = step_or_none("write_raw_pb", step)
        return own_step is not None and file.add_field(SUMMARY, bytes_of(tensor), step=own_step)

    return put("write_raw_pb", add)


def put(what: str, write: Callable[[EventFile], bool]) -> bool:
    """What `write` answers for the thread's file; False without a writer (told once) or when nothing is to be
    recorded.
    """
    writer = CONTEXT.writer
    if writer is None:
        _tell_once(
            "no writer",
            f"{what} was not written: there is no default writer. Put it inside `with writer.as_default():`, or call "
            "`writer.set_as_default()` after `writer = goodfit.summary.create_file_writer(logdir)`",
        )
        return False
    file = writer.file if CONTEXT.is_recording else None
    return file is not None and bool(writer.guard.call(what, lambda: write(file)))


def step_or_none(kind: str, step: Any) -> int | None:
    """`step`, else the thread's; None, told once, where there is neither."""
    own_step = CONTEXT.step if step is None else step
    if own_step is None:
        _tell_once(
            "no step",
            f"a {kind} was not written: it has no step. Give `step=`, or `writer.as_default(step=…)`, or call "
            "`goodfit.summary.experimental.set_step(…)`",
        )
        return None
    return step_of(own_step)


def _tell_once(cause: str, message: str) -> None:
    if cause not in _told:
        _told.add(cause)
        warnings.warn(f"goodfit.summary: {message}", UserWarning, stacklevel=_depth_of_caller())


def _depth_of_caller() -> int:
    """How many frames up the first one outside this module is, so that the warning points at the user's line."""
    depth = 2
    while depth < 20 and sys._getframe(depth - 1).f_globals.get("__name__", "").startswith("goodfit."):
        depth += 1
    return depth - 1


def bytes_of(message: Any) -> bytes:
    """The bytes of a protobuf message, a bytes tensor, or bytes."""
    if isinstance(message, (bytes, bytearray)):
        return bytes(message)
    if hasattr(message, "SerializeToString"):
        return bytes(message.SerializeToString())
    return bytes(message.numpy())
