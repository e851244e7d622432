"""Too little to go on → the reason, as a value.

A statement about a curve is either made with its uncertainty or refused with a reason; it is never guessed.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Reason = Literal["too_short", "nonfinite", "constant", "no_overlap"]


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a function of this package makes no statement."""

    reason: Reason
    n_points: int
    """Finite points there were."""
    n_needed: int
    """Finite points the statement needs at least."""
