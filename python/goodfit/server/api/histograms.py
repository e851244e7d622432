"""GET api/histograms: the histograms of one series on common bins, with percentiles."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from goodfit.server import wire
from goodfit.server.context import Context
from goodfit.server.distribution import BASIS_POINTS, choose_evenly, common_edges, occupied, percentiles, rebin
from goodfit.server.endpoint import Endpoint, json_answer
from goodfit.server.schema import HistogramsQuery, HistogramStep, HistogramView
from goodfit.types import Histogram, SeriesKey


def view_step(histogram: Histogram, *, step: int, wall_time: float, edges: object) -> HistogramStep:
    import numpy as np

    left, right, counts = occupied(histogram)
    binned = rebin(histogram, np.asarray(edges))
    return HistogramStep(
        step=step,
        wall_time=wall_time,
        counts=binned.counts.tolist(),
        percentiles=[wire.number(value) for value in percentiles(histogram).tolist()],
        minimum=wire.number(float(left.min()) if len(left) else float("nan")),
        maximum=wire.number(float(right.max()) if len(right) else float("nan")),
        total=float(counts.sum()),
        n_below=binned.n_below,
        n_above=binned.n_above,
    )


def read_histograms(context: Context, ask: HistogramsQuery, _: Request) -> Response:
    recorded = context.store.read_histograms(SeriesKey(ask.run, ask.tag))
    chosen = choose_evenly(len(recorded.items), ask.max_steps).tolist()
    # Over the chosen steps: bins for steps that are not shown would leave the shown ones narrow.
    edges = common_edges([recorded.items[index] for index in chosen], ask.n_bins)
    view = HistogramView(
        run=ask.run,
        tag=ask.tag,
        n_recorded=len(recorded.items),
        edges=edges.tolist(),
        basis_points=list(BASIS_POINTS),
        steps=[
            view_step(
                recorded.items[index],
                step=int(recorded.steps[index]),
                wall_time=float(recorded.wall_times[index]),
                edges=edges,
            )
            for index in chosen
        ],
    )
    return json_answer(view)


ENDPOINTS = (
    Endpoint(
        "GET",
        "api/histograms",
        "The histograms of one series on common bins.",
        read_histograms,
        "heavy",
        ask=HistogramsQuery,
        answer=HistogramView,
    ),
)
