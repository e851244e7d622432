"""POST api/forecasts: where a metric of some trainings will probably go, as `goodfit.forecast`."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from goodfit.server.context import Context
from goodfit.server.endpoint import Endpoint, json_answer, require_finite
from goodfit.server.schema import ForecastsRequest, ForecastsView


def read_forecasts(context: Context, ask: ForecastsRequest, _: Request | None) -> Response:
    require_finite(ask.target, "target")
    snapshot = context.watch.snapshot
    trainings = [judged.training for judged in snapshot.trainings]
    by_name = {training.name: training for training in trainings}
    found = [
        context.forecasts.find(by_name[name], trainings, ask.metric, target=ask.target)
        for name in dict.fromkeys(ask.trainings)
        if name in by_name
    ]
    return json_answer(ForecastsView(snapshot.revision, [view for view in found if view is not None]))


ENDPOINTS = (
    Endpoint(
        "POST",
        "api/forecasts",
        "Where a metric of some trainings will probably go.",
        read_forecasts,
        "heavy",
        ask=ForecastsRequest,
        answer=ForecastsView,
    ),
)
