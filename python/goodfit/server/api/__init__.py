"""Takes: parsed questions and the context.
Gives: answers, one file per resource; `ENDPOINTS` is the whole interface.
May import: the rest of server.
"""

from __future__ import annotations

from goodfit.server.api import catalog, curves, density, graph, histograms, media, openapi, overview, session, stream
from goodfit.server.endpoint import Endpoint

ENDPOINTS: tuple[Endpoint, ...] = (
    *overview.ENDPOINTS,
    *catalog.ENDPOINTS,
    *curves.ENDPOINTS,
    *density.ENDPOINTS,
    *histograms.ENDPOINTS,
    *media.ENDPOINTS,
    *graph.ENDPOINTS,
    *stream.ENDPOINTS,
    *session.ENDPOINTS,
    *openapi.ENDPOINTS,
)
