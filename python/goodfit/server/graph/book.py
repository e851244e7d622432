"""Recorded graphs of the store → hierarchies, parsed when first asked for and kept while memory allows.

Lock: `_lock` is held while one graph is parsed (up to seconds for a hundred thousand nodes), so that two requests do
not parse it twice; requests for other graphs wait that long, requests for anything else do not.
"""

from __future__ import annotations

import logging
import threading
from collections import OrderedDict
from collections.abc import Callable

from goodfit.errors import LogFolderError, UnknownSeries
from goodfit.server.errors import ApiError
from goodfit.server.graph.graphdef import parse_graph_def
from goodfit.server.graph.hierarchy import Hierarchy
from goodfit.server.graph.keras_model import parse_keras_model
from goodfit.server.graph.model import ModelGraph
from goodfit.server.graph.placed_costs import PlacedCosts
from goodfit.server.graph.run_metadata import find_graphs, parse_run_metadata
from goodfit.server.graph.step_stats import has_node_costs, read_node_costs
from goodfit.store.store import Store
from goodfit.types import SeriesInfo, SeriesKey
from goodfit.wire import Undecodable

logger = logging.getLogger("goodfit.server")

PARSERS: dict[str, Callable[[bytes], ModelGraph]] = {
    "graph": parse_graph_def,
    "keras_graph": parse_keras_model,
    "run_metadata": parse_run_metadata,
}
MIN_PREPARED_BYTES = 1_000_000
"""Smaller graphs take less than a tenth of a second when they are asked for."""
MAX_KEPT_LEAVES = 400_000
"""About 400 MB of Python objects at the worst; the graph asked for last always stays."""

MAX_KEPT_COSTS = 4
"""Traced steps laid over a graph; a reader compares two or three."""

Place = tuple[SeriesKey, int, float]
"""Where the newest record of a series lies: its key, its number of records, the time of the last."""


class GraphBook:
    """The graphs that were asked for lately."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._kept: OrderedDict[Place, Hierarchy] = OrderedDict()
        self._kept_costs: OrderedDict[tuple[SeriesKey, Place], tuple[Hierarchy, PlacedCosts]] = OrderedDict()
        self._metadata_holds: dict[Place, tuple[bool, bool]] = {}

    def list_graphs(self, store: Store) -> list[SeriesInfo]:
        """The series that hold a graph, sorted by run and tag; run metadata of timings alone is none.

        Raw bytes are looked at once for each recorded run metadata.
        """
        return [info for info in store.list_series() if info.kind in PARSERS and self._has_graph(store, info)]

    def list_profiles(self, store: Store) -> dict[str, list[str]]:
        """Of each run, the tags of run metadata that hold timings of nodes, the newest step last."""
        found = [
            info for info in store.list_series() if info.kind == "run_metadata" and self._look_into(store, info)[1]
        ]
        profiles: dict[str, list[str]] = {}
        for info in sorted(found, key=lambda info: (info.last_step, info.key.tag)):
            profiles.setdefault(info.key.run, []).append(info.key.tag)
        return profiles

    def _has_graph(self, store: Store, info: SeriesInfo) -> bool:
        return info.kind != "run_metadata" or self._look_into(store, info)[0]

    def _look_into(self, store: Store, info: SeriesInfo) -> tuple[bool, bool]:
        """Whether a recorded run metadata holds a graph, and whether it holds timings."""
        place = (info.key, info.n_points, info.last_wall_time)
        if place not in self._metadata_holds:
            try:
                data = b"".join(store.read_blobs(info.key).read(info.n_points - 1)[:1])
                self._metadata_holds[place] = (bool(find_graphs(data)), has_node_costs(data))
            except (UnknownSeries, LogFolderError):
                return False, False  # removed since it was listed
            except Undecodable:
                self._metadata_holds[place] = (True, False)  # shown, so that opening it says what is wrong
        return self._metadata_holds[place]

    def find(self, store: Store, key: SeriesKey) -> tuple[str, Hierarchy]:
        """Kind and hierarchy of the newest graph of a series. Raises UnknownSeries and ApiError."""
        blobs = store.read_blobs(key)
        parse = PARSERS.get(blobs.kind)
        n_recorded = len(blobs.steps)
        if parse is None or not n_recorded:
            raise UnknownSeries(f"Series {key.tag!r} of run {key.run!r} is no model graph.")
        place = (key, n_recorded, float(blobs.wall_times[-1]))
        with self._lock:
            hierarchy = self._kept.get(place)
            if hierarchy is None:
                hierarchy = self._parse(parse, b"".join(blobs.read(n_recorded - 1)[:1]), key)
                self._kept[place] = hierarchy
            self._kept.move_to_end(place)
            while len(self._kept) > 1 and sum(kept.n_leaves for kept in self._kept.values()) > MAX_KEPT_LEAVES:
                self._kept.popitem(last=False)
        return blobs.kind, hierarchy

    def find_costs(self, store: Store, graph: SeriesKey, hierarchy: Hierarchy, tag: str) -> PlacedCosts:
        """What the newest traced step under a tag of the graph's run tells of it. Raises UnknownSeries and ApiError."""
        key = SeriesKey(graph.run, tag)
        blobs = store.read_blobs(key)
        n_recorded = len(blobs.steps)
        if blobs.kind != "run_metadata" or not n_recorded:
            raise UnknownSeries(f"Series {tag!r} of run {graph.run!r} is no run metadata.")
        place = (graph, (key, n_recorded, float(blobs.wall_times[-1])))
        with self._lock:
            kept = self._kept_costs.get(place)
            if kept is None or kept[0] is not hierarchy:
                try:
                    costs = read_node_costs(b"".join(blobs.read(n_recorded - 1)[:1]))
                except Undecodable as error:
                    raise _damaged(key, error) from None
                kept = self._kept_costs[place] = (hierarchy, hierarchy.place(costs))
            self._kept_costs.move_to_end(place)
            while len(self._kept_costs) > MAX_KEPT_COSTS:
                self._kept_costs.popitem(last=False)
        return kept[1]

    def prepare(self, store: Store) -> None:
        """Parses the graph that the page opens first when it is large, so that its first view need not wait for that.

        What cannot be read is left for whoever asks for it.
        """
        graphs = self.list_graphs(store)
        first = next((info for info in graphs if info.kind == "keras_graph"), graphs[0] if graphs else None)
        if first is None:
            return
        try:
            blobs = store.read_blobs(first.key)
            n_bytes = sum(len(part) for part in blobs.read(len(blobs.steps) - 1)[:1]) if len(blobs.steps) else 0
            if n_bytes >= MIN_PREPARED_BYTES:
                self.find(store, first.key)
        except (ApiError, UnknownSeries, LogFolderError) as error:
            logger.info("the graph %r of run %r was not prepared: %s", first.key.tag, first.key.run, error)

    def _parse(self, parse: Callable[[bytes], ModelGraph], data: bytes, key: SeriesKey) -> Hierarchy:
        try:
            return Hierarchy(parse(data))
        except Undecodable as error:
            raise _damaged(key, error) from None


def _damaged(key: SeriesKey, error: Undecodable) -> ApiError:
    return ApiError(
        "damaged",
        f"The graph {key.tag!r} of run {key.run!r} cannot be read: {error}.",
        hint="goodfit inspect shows the health of its file",
    )
