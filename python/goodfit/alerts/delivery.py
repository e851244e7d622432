"""What the outbox gives out: deliveries with their attempts, and what holds them up.

Times are seconds since the epoch, UTC.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

DeliveryState = Literal["queued", "sending", "sent", "failed", "expired"]
StopKind = Literal["down", "rate", "quota", "auth"]


@dataclass(frozen=True, slots=True)
class Route:
    """Where one delivery goes."""

    channel: str
    target_idx: int
    label: str


@dataclass(frozen=True, slots=True)
class Attempt:
    """One try of a delivery."""

    time: float
    """Seconds since the epoch, UTC."""
    outcome: str
    status_code: int | None
    reason: str
    duration_s: float | None
    """None while it runs, or when its sender died."""


@dataclass(frozen=True, slots=True)
class Delivery:
    """One message on its way to one target."""

    id: str
    alert_id: str
    kind: str
    title: str
    severity: str
    channel: str
    target_idx: int
    label: str
    sender_key: str
    state: DeliveryState
    created: float
    updated: float
    due: float
    expires: float
    n_attempts: int
    hold: str | None
    hold_key: str | None
    remote_id: str
    is_repeat: bool
    attempts: tuple[Attempt, ...] = ()
    """Oldest first; empty where they were not asked for."""


@dataclass(frozen=True, slots=True)
class Stop:
    """Why nothing is sent with a credential or to a target at present."""

    key: str
    kind: StopKind
    until: float | None
    """Seconds since the epoch; None: until the credential changes."""
    reason: str
