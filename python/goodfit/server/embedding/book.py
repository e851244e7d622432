"""Embeddings of the store → tables and projections, read when first asked for and kept while memory allows.

Lock: `_lock` is held while one table is read or one PCA made (seconds for a million points), so that two requests do
not do it twice.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from typing import TYPE_CHECKING

from goodfit.errors import LogFolderError, UnknownSeries
from goodfit.server.embedding.jobs import MAX_POINTS, JobBook, JobKey, JobState, Method
from goodfit.server.embedding.pca import Pca, find_components
from goodfit.server.embedding.table import Table, choose_rows, read_table

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from goodfit.store.embeddings import Embedding
    from goodfit.store.store import Store

MAX_KEPT_BYTES = 1 << 30
"""The table asked for last always stays."""
Place = tuple[str, int, int]


class EmbeddingBook:
    """The embeddings that were asked for lately."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._tables: OrderedDict[Place, Table] = OrderedDict()
        self._projections: dict[Place, Pca] = {}
        self.jobs = JobBook()

    def list_all(self, store: Store) -> list[Embedding]:
        """Every embedding of every run, by run."""
        found: list[Embedding] = []
        for run in store.list_runs():
            try:
                found += store.list_embeddings(run)
            except UnknownSeries:
                continue  # removed since it was listed
        return found

    def find(self, store: Store, run: str, tag: str) -> Embedding:
        """Raises UnknownSeries."""
        found = store.list_embeddings(run)
        # Of two with one name, the one that was written last.
        for embedding in reversed(found):
            if embedding.key.tag == tag:
                return embedding
        raise UnknownSeries(f"Run {run!r} has no embedding {tag!r} among {len(found)}.", hint="GET api/embeddings")

    def read(self, embedding: Embedding) -> Table:
        """Raises LogFolderError and ApiError."""
        place = place_of(embedding)
        with self._lock:
            table = self._tables.get(place)
            if table is None:
                table = self._tables[place] = read_table(embedding)
            self._tables.move_to_end(place)
            while len(self._tables) > 1 and sum(kept.n_bytes for kept in self._tables.values()) > MAX_KEPT_BYTES:
                gone, _table = self._tables.popitem(last=False)
                self._projections.pop(gone, None)
            return table

    def find_pca(self, embedding: Embedding) -> Pca:
        """The three leading components of the finite rows."""
        table = self.read(embedding)
        place = place_of(embedding)
        with self._lock:
            if place not in self._projections:
                self._projections[place] = find_components(table.points[table.rows])
            return self._projections[place]

    def ask_job(self, embedding: Embedding, method: Method, *, n_components: int, neighbours: int) -> JobState:
        """The state of a UMAP or t-SNE, begun if it was not."""
        table = self.read(embedding)

        def take() -> tuple[npt.NDArray[np.float32], npt.NDArray[np.int64]]:
            rows = choose_rows(table.rows, MAX_POINTS[method])
            return table.points[rows], rows

        return self.jobs.ask(JobKey(place_of(embedding), method, n_components, neighbours), take)

    def close(self) -> None:
        self.jobs.close()


def place_of(embedding: Embedding) -> Place:
    """Path, size and time of change of the points: another file is another embedding. Raises LogFolderError."""
    try:
        status = embedding.points_path.stat()
    except OSError as error:
        raise LogFolderError(f"The points of embedding {embedding.key.tag!r} are gone: {error.strerror}.") from error
    return str(embedding.points_path), status.st_size, status.st_mtime_ns
