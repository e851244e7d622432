"""The delivery log: `api/alerts`."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta, Struct


class AlertsQuery(Struct):
    """GET api/alerts"""

    limit: Annotated[int, Meta(ge=1, le=1000)] = 100


class AttemptView(Struct):
    wall_time: float
    outcome: str
    status_code: int | None
    reason: str
    duration_s: float | None


class DeliveryView(Struct):
    """One message on its way to one target, without its secrets."""

    id: str
    kind: str
    title: str
    severity: str
    channel: str
    label: str
    """The target's address without its secrets."""
    state: str
    created: float
    updated: float
    due: float | None
    """Of the next try; None when there is none."""
    waits_for: str | None
    attempts: list[AttemptView]


class AlertsView(Struct):
    """GET api/alerts: the delivery log of this user on this machine."""

    deliveries: list[DeliveryView]
    """Newest first."""
