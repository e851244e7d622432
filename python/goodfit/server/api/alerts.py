"""GET api/alerts: the delivery log, as `goodfit notify log` prints it, without secrets.

The outbox is of the user, not of the log folder: it is opened for each question and never made by one.
"""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from goodfit.server.context import Context
from goodfit.server.endpoint import Endpoint, json_answer
from goodfit.server.errors import ApiError
from goodfit.server.schema import AlertsQuery, AlertsView, AttemptView, DeliveryView
from goodfit.server.settings import is_loopback


def list_deliveries(limit: int) -> list[DeliveryView]:
    """The newest deliveries, their texts rid of secrets."""
    from goodfit import config
    from goodfit.alerts.outbox import Outbox
    from goodfit.alerts.redaction import Redactor, find_secrets

    settings = config.load()
    if not settings.outbox_path.is_file():
        return []
    redact = Redactor(find_secrets(settings))
    with Outbox(settings.outbox_path) as outbox:
        deliveries = outbox.list_deliveries(limit=limit)
    return [
        DeliveryView(
            id=one.id,
            kind=one.kind,
            title=redact(one.title),
            severity=one.severity,
            channel=one.label if one.channel.startswith("given:") else one.channel,
            label=one.label,
            state=one.state,
            created=one.created,
            updated=one.updated,
            due=one.due if one.state == "queued" else None,
            waits_for=one.hold,
            attempts=[
                AttemptView(
                    attempt.time, attempt.outcome, attempt.status_code, redact(attempt.reason), attempt.duration_s
                )
                for attempt in one.attempts
            ],
        )
        for one in deliveries
    ]


def read_alerts(context: Context, ask: AlertsQuery, _: Request) -> Response:
    # Whoever was let in by the token may see this log folder, not what the user's other trainings were called.
    if not is_loopback(context.settings.host):
        raise ApiError(
            "forbidden",
            "The delivery log is shown to this machine only.",
            hint="goodfit notify log prints it",
        )
    return json_answer(AlertsView(deliveries=list_deliveries(ask.limit)))


ENDPOINTS = (
    Endpoint(
        "GET", "api/alerts", "The delivery log of alerts.", read_alerts, "quick", ask=AlertsQuery, answer=AlertsView
    ),
)
