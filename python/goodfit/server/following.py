"""Updates of the loop → what the page will ask for next, made ready, and a word to every page."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from starlette.applications import Starlette

from goodfit.server.context import Context
from goodfit.server.schema import Tick
from goodfit.watch.snapshot import Snapshot, Update

LONGEST_JOIN_S = 5.0


class Following:
    """Follows the loop while the application lives."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._preparing = threading.Thread(
            target=context.graphs.prepare, args=(context.store,), name="goodfit-graph", daemon=True
        )

    @asynccontextmanager
    async def life(self, _: Starlette) -> AsyncIterator[None]:
        """The application's lifespan."""
        context, watch = self._context, self._context.watch
        context.hub.attach(asyncio.get_running_loop(), revision=watch.snapshot.revision)
        # What was published before is not told again; the loop's thread tells the rest.
        self._prepare_graph(watch.snapshot)
        unsubscribe = watch.subscribe(self._follow)
        try:
            yield
        finally:
            unsubscribe()
            context.hub.close()
            if self._preparing.ident is not None:
                self._preparing.join(LONGEST_JOIN_S)
            context.embeddings.close()

    def _follow(self, update: Update) -> None:
        self._prepare_graph(update.snapshot)
        # Made here, on the loop's thread, so that whoever asks next finds it ready.
        self._context.overview.prepare(update.snapshot, self._context.store)
        self._context.hub.post(as_tick(update))

    def _prepare_graph(self, snapshot: Snapshot) -> None:
        # Once, when all was read and judged: nobody waits for the processor then.
        if snapshot.is_read and not snapshot.n_waiting and self._preparing.ident is None:
            self._preparing.start()


def as_tick(update: Update) -> Tick:
    """What the page is told of an update."""
    return Tick(
        revision=update.snapshot.revision,
        trainings=list(update.trainings),
        tags=list(update.tags),
        overview=update.is_structural,
    )
