"""No new point for longer than the training's own pace allows, and no goodbye either."""

from __future__ import annotations

from typing import TYPE_CHECKING

from goodfit.findings.calibration import confidence_of
from goodfit.findings.finding import Finding

if TYPE_CHECKING:
    from goodfit.types import State

NAME = "stalled"

_ADVICE = ("look_at_process", "check_disk_and_data", "resume_from_last_checkpoint")


def find_state(state: State, *, training: str, metric: str, last_step: int) -> list[Finding]:
    """Fires on the state `stalled`, which is told by the clock, the training's pace and its writer's promise.

    A note: the state itself is shown and alarmed of by whoever shows states.
    """
    if state != "stalled":
        return []
    return [
        Finding(
            rule=NAME,
            severity="info",
            metric=metric,
            step=last_step,
            onset_step=last_step,
            onset_interval=(last_step, last_step),
            confidence=confidence_of(NAME, 1.0),
            evidence={"last_step": last_step},
            advice_codes=_ADVICE,
            training=training,
        )
    ]
