"""What every endpoint may reach: the loop, the settings, the hub, and the books of what was worked out before."""

from __future__ import annotations

from dataclasses import dataclass, field

from goodfit.server.door import Door
from goodfit.server.embedding.book import EmbeddingBook
from goodfit.server.forecast.book import ForecastBook
from goodfit.server.graph.book import GraphBook
from goodfit.server.live import Hub
from goodfit.server.overview import OverviewBook
from goodfit.server.settings import Settings
from goodfit.server.shelf import ShelfBook
from goodfit.server.times import TimeBook
from goodfit.store.store import Store
from goodfit.watch.loop import Watch


@dataclass(frozen=True, slots=True)
class Context:
    """Handed to every endpoint."""

    watch: Watch
    settings: Settings
    hub: Hub
    overview: OverviewBook
    door: Door
    graphs: GraphBook = field(default_factory=GraphBook)
    times: TimeBook = field(default_factory=TimeBook)
    embeddings: EmbeddingBook = field(default_factory=EmbeddingBook)
    shelf: ShelfBook = field(default_factory=ShelfBook)
    forecasts: ForecastBook = field(default_factory=ForecastBook)

    @property
    def store(self) -> Store:
        return self.watch.store
