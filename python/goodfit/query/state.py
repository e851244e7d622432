"""Clock, goodbye records and the training's own pace → its state.

A goodbye is what a writer left at the end: a session record `stop`, in which ours says the status and the reason, or a
status for the hyperparameters plugin (`_hparams_/session_end_info`). Most writers leave none, so silence must tell: a
training that was heard of within its own pace is running; one that has been silent for longer has stalled if its writer
promises a goodbye, and has finished otherwise, which `state_from` marks as `quiet`.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from goodfit.query.hparams import SessionEnd
from goodfit.store.series import Session
from goodfit.types import State

if TYPE_CHECKING:
    from goodfit.types import Float64Array

# TensorFlow's and PyTorch's writers flush every 120 s, so younger silence says nothing.
MIN_QUIET_S = 180.0
# Nobody waits longer than a day for a step; also spares looking at the pace of old logs.
MAX_QUIET_S = 86_400.0
# A step may take this many times the pace (9 in 10 of its steps are quicker): evaluation and checkpoints come between.
PACE_FACTOR = 10.0
# Records of one flush carry slightly different clocks.
SAME_TIME_S = 2.0


@dataclass(frozen=True, slots=True)
class StateNow:
    """A state and what it rests on."""

    state: State
    state_from: str
    """`goodbye`, `quiet` or `recent`."""


@dataclass(frozen=True, slots=True)
class Goodbye:
    """What a writer said of the end."""

    state: State
    wall_time: float
    """When it was written, seconds since the epoch, UTC."""
    reason: str = ""
    """One line, such as the exception's; empty when none was given."""


@dataclass(frozen=True, slots=True)
class SessionsSaid:
    """What the session records of a run say."""

    goodbye: Goodbye | None
    """None when it never stopped, or started again since."""
    promises_goodbye: bool
    """Whether its writer will say how it ends, if it can."""


def read_sessions(sessions: Sequence[Session]) -> SessionsSaid:
    """What the session records of a run say, in file order.

    TensorFlow's writers say `stop` when they are closed; ours adds `{"status": …, "reason": …}` as the message, and may
    say `{"status": "running"}` at the start.
    """
    if not sessions:
        return SessionsSaid(None, False)
    last = sessions[-1]
    said = _parse_message(last.message)
    if last.status != "stop":
        return SessionsSaid(None, said.get("status") == "running")
    state: State = "finished"
    if said.get("status") in ("failed", "killed"):
        state = said["status"]
    return SessionsSaid(Goodbye(state, last.wall_time, str(said.get("reason", ""))), False)


def tell_session(session: Session) -> tuple[str, str]:
    """What one session record says: a state or the writer's own word, and the reason or the text that came with it."""
    said = _parse_message(session.message)
    status = said.get("status")
    if not isinstance(status, str):
        return session.status, session.message
    return status, str(said.get("reason") or "")


def _parse_message(message: str) -> dict[str, Any]:
    try:
        said = json.loads(message) if message else {}
    except ValueError:
        return {}
    return said if isinstance(said, dict) else {}


def goodbye_of_hparams(ended: SessionEnd, wall_time: float) -> Goodbye | None:
    """The goodbye in a status for the hyperparameters plugin; None when it says that the training goes on."""
    if ended.status == "success":
        return Goodbye("finished", wall_time)
    return Goodbye("failed", wall_time) if ended.status == "failure" else None


def quiet_limit_s(wall_times: Float64Array | None) -> float:
    """How long a training may be silent before it counts as quiet, from its newest curve's wall times (any length)."""
    if wall_times is None or len(wall_times) < 3:
        return 4 * MIN_QUIET_S
    import numpy as np

    gaps = np.diff(wall_times[-200:])
    gaps = gaps[np.isfinite(gaps) & (gaps > 0)]
    if len(gaps) == 0:
        return 4 * MIN_QUIET_S
    return float(np.clip(PACE_FACTOR * np.quantile(gaps, 0.9), MIN_QUIET_S, MAX_QUIET_S))


def state_of(
    *,
    now: float,
    last_wall_time: float,
    goodbyes: Sequence[Goodbye],
    started_wall_time: float,
    promises_goodbye: bool,
    limit_s: Callable[[], float],
) -> StateNow:
    """The state of a training.

    Args:
        now: seconds since the epoch, UTC.
        last_wall_time: of its newest record.
        goodbyes: of its runs; the worst of the latest counts.
        started_wall_time: when its newest start record was written; 0 without one.
        promises_goodbye: whether its writer leaves a goodbye when it can.
        limit_s: gives what `quiet_limit_s` says; asked only where it decides.
    """
    if goodbyes:
        # PyTorch's add_hparams says "success" at once, wherever in the training it is called; a resumed training starts
        # again after its goodbye. What was written later takes the word back.
        latest = max(goodbye.wall_time for goodbye in goodbyes)
        if latest + SAME_TIME_S >= last_wall_time and latest >= started_wall_time:
            said = [goodbye.state for goodbye in goodbyes if goodbye.wall_time + SAME_TIME_S >= latest]
            worst: State = "killed" if "killed" in said else "failed" if "failed" in said else "finished"
            return StateNow(worst, "goodbye")
    silence_s = now - last_wall_time
    # Most trainings are very quiet or very loud, and then their pace need not be looked at.
    if silence_s <= MIN_QUIET_S or (silence_s <= MAX_QUIET_S and silence_s <= limit_s()):
        return StateNow("running", "recent")
    return StateNow("stalled" if promises_goodbye else "finished", "quiet")
