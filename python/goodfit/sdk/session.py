"""How a session goes → the SessionLog messages that say so in its event file.

SessionLog{1 status: 0 unspecified, 1 START, 2 STOP; 3 msg}. The message is JSON, `{"status": …, "reason": …}`, so
that a reader can tell a failed run from a finished one, and one that was killed from one that never promised a goodbye.
START is never written: TensorBoard drops earlier points at a second one.
Source: tensorboard/compat/proto/event.proto
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from goodfit.wire import integer, text

if TYPE_CHECKING:
    from goodfit.sdk.hparams import Status

_STOP: Final = 2


def session_running() -> bytes:
    """The promise at the start of a run that its end will be told, if its process lives to tell."""
    return text(3, '{"status": "running"}')


def session_stopped(status: Status, reason: str = "") -> bytes:
    """How the session ended, with one line of reason."""
    import json  # 4 ms that only an end should pay

    return integer(1, _STOP) + text(3, json.dumps({"status": status, "reason": reason}, ensure_ascii=False))
