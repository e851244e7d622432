"""GET api/kinds: which kinds of data the log folder has; far smaller than the catalog."""

from __future__ import annotations

from contextlib import suppress

from starlette.requests import Request
from starlette.responses import Response

from goodfit.errors import UnknownSeries
from goodfit.server.context import Context
from goodfit.server.endpoint import Endpoint, json_answer
from goodfit.server.schema import KindsView
from goodfit.store.store import Store


def has_embeddings(store: Store) -> bool:
    """Whether any run's projector configuration names an embedding; looks no further than the first."""
    for run in store.list_runs():
        with suppress(UnknownSeries):  # removed since it was listed
            if store.list_embeddings(run):
                return True
    return False


def read_kinds(context: Context, _: None, __: Request) -> Response:
    store = context.store
    kinds: set[str] = {info.kind for info in store.list_series()}
    kinds.discard("embedding")
    if has_embeddings(store):
        kinds.add("embedding")
    return json_answer(KindsView(revision=context.watch.snapshot.revision, kinds=sorted(kinds)))


ENDPOINTS = (Endpoint("GET", "api/kinds", "Which kinds of data there are.", read_kinds, "heavy", answer=KindsView),)
