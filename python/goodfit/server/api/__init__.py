"""Takes: parsed questions and the context.
Gives: answers, one file per resource; `ENDPOINTS` is the whole interface.
May import: the rest of server.
"""

from __future__ import annotations

from goodfit.server.api import (
    alerts,
    catalog,
    charts,
    curves,
    density,
    embeddings,
    forecasts,
    formula,
    graph,
    groups,
    histograms,
    importance,
    kinds,
    layouts,
    media,
    meshes,
    openapi,
    overview,
    pr_curves,
    session,
    shelf,
    stream,
    training,
)
from goodfit.server.endpoint import Endpoint

ENDPOINTS: tuple[Endpoint, ...] = (
    *overview.ENDPOINTS,
    *training.ENDPOINTS,
    *catalog.ENDPOINTS,
    *curves.ENDPOINTS,
    *density.ENDPOINTS,
    *charts.ENDPOINTS,
    *groups.ENDPOINTS,
    *formula.ENDPOINTS,
    *importance.ENDPOINTS,
    *forecasts.ENDPOINTS,
    *histograms.ENDPOINTS,
    *media.ENDPOINTS,
    *pr_curves.ENDPOINTS,
    *graph.ENDPOINTS,
    *kinds.ENDPOINTS,
    *layouts.ENDPOINTS,
    *embeddings.ENDPOINTS,
    *meshes.ENDPOINTS,
    *alerts.ENDPOINTS,
    *stream.ENDPOINTS,
    *session.ENDPOINTS,
    *shelf.ENDPOINTS,
    *openapi.ENDPOINTS,
)
