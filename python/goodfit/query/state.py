"""Clock, goodbye records and the training's own pace → its state.

A goodbye is a status that a writer left at the end (`_hparams_/session_end_info`). Most writers leave none, so silence
must tell: a training that was heard of within its own pace is running; one that has been silent for longer has stalled
if its writer promises a goodbye, and has finished otherwise, which `state_from` marks as `quiet`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from goodfit.query.hparams import SessionEnd
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
    ended: SessionEnd | None,
    ended_wall_time: float,
    started_wall_time: float,
    limit_s: float,
) -> StateNow:
    """The state of a training.

    Args:
        now: seconds since the epoch, UTC.
        last_wall_time: of its newest record.
        ended: its goodbye, None without one.
        ended_wall_time: when the goodbye was written; ignored without one.
        started_wall_time: when its newest start record was written; 0 without one.
        limit_s: as given by `quiet_limit_s`.
    """
    promises_goodbye = False
    if ended is not None:
        # PyTorch's add_hparams says "success" at once, wherever in the training it is called; a resumed training starts
        # again after its goodbye. What was written later takes the word back.
        is_last = ended_wall_time + SAME_TIME_S >= last_wall_time and ended_wall_time >= started_wall_time
        if is_last and ended.status == "success":
            return StateNow("finished", "goodbye")
        if is_last and ended.status == "failure":
            return StateNow("failed", "goodbye")
        promises_goodbye = ended.status == "running"
    if now - last_wall_time <= limit_s:
        return StateNow("running", "recent")
    return StateNow("stalled" if promises_goodbye else "finished", "quiet")
