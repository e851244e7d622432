"""The store → what TensorBoard's page asks a data server for: runs, plugins, series by plugin, their points.

Each series belongs to one plugin and one class (scalars, tensors, sequences of blobs). What a file says of itself
counts; old encodings, which say nothing, get the plugin that TensorBoard gives them when it reads them.
"""

from __future__ import annotations

import base64
import binascii
import json
import threading
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from goodfit import wire
from goodfit.errors import UnknownSeries
from goodfit.query.board.sample import choose_extremes, choose_spread
from goodfit.query.board.tensor import blobs_of, metadata_of, tensor_of
from goodfit.query.compat import Reading, kept_points, read_as
from goodfit.store.store import Store
from goodfit.types import Kind, Scalars, SeriesInfo, SeriesKey
from goodfit.wire import Undecodable

if TYPE_CHECKING:
    from goodfit.store.series import Blobs
    from goodfit.types import Float64Array, Int64Array

SCALAR, TENSOR, BLOB_SEQUENCE = 1, 2, 3
"""`DataClass` of a `SummaryMetadata`; 0 is unknown."""
GRAPH_TAG = "__run_graph__"
_META_GRAPH_TAG = "__meta_graph__"
_HOME: dict[Kind, tuple[str, int]] = {
    "scalar": ("scalars", SCALAR),
    "histogram": ("histograms", TENSOR),
    "image": ("images", BLOB_SEQUENCE),
    "audio": ("audio", BLOB_SEQUENCE),
    "text": ("text", TENSOR),
    "graph": ("graphs", BLOB_SEQUENCE),
    "keras_graph": ("graph_keras_model", BLOB_SEQUENCE),
    "run_metadata": ("graph_tagged_run_metadata", BLOB_SEQUENCE),
    "hparams": ("hparams", TENSOR),
    "pr_curve": ("pr_curves", TENSOR),
    "mesh": ("mesh", TENSOR),
    "custom_scalars": ("custom_scalars", TENSOR),
}
_OLD_CONTENT: dict[Kind, bytes] = {
    "image": wire.integer(2, 1),  # ImagePluginData.converted_to_tensor
    "audio": wire.integer(2, 11) + wire.integer(3, 1),  # AudioPluginData.encoding (WAV), .converted_to_tensor
}


@dataclass(frozen=True, slots=True)
class BoardSeries:
    """One series as TensorBoard knows it."""

    info: SeriesInfo
    tag: str
    plugin: str
    data_class: int
    content: bytes
    """The plugin's own bytes."""
    display_name: str
    metadata: bytes
    """The whole as a `SummaryMetadata`."""

    @property
    def run(self) -> str:
        return self.info.key.run


@dataclass(frozen=True, slots=True)
class Tensors:
    """Points of a series whose values are tensors; all of one length."""

    steps: Int64Array
    wall_times: Float64Array
    values: tuple[bytes, ...]
    """`TensorProto` messages."""


@dataclass(frozen=True, slots=True)
class BlobSequences:
    """Points of a series whose values are blobs; all of one length."""

    steps: Int64Array
    wall_times: Float64Array
    keys: tuple[tuple[str, ...], ...]
    """For each point the key of each of its blobs, for `read_blob`."""


@dataclass(frozen=True, slots=True)
class BlobKey:
    """Names one blob of one point."""

    run: str
    tag: str
    step: int
    point_idx: int
    """In file order."""
    blob_idx: int

    def encode(self) -> str:
        """URL-safe text."""
        fields = [self.run, self.tag, self.step, self.point_idx, self.blob_idx]
        return base64.urlsafe_b64encode(json.dumps(fields, separators=(",", ":")).encode()).decode().rstrip("=")

    @classmethod
    def decode(cls, text: str) -> BlobKey:
        """Raises UnknownSeries for text that is no key."""
        try:
            fields: Any = json.loads(base64.urlsafe_b64decode(text.encode() + b"=" * (-len(text) % 4)))
            run, tag, step, point_idx, blob_idx = fields
        except (ValueError, TypeError, binascii.Error, RecursionError):
            raise UnknownSeries(f"{text[:80]!r} is not the key of a blob.") from None
        numbers = (step, point_idx, blob_idx)
        if not (isinstance(run, str) and isinstance(tag, str) and all(type(number) is int for number in numbers)):
            raise UnknownSeries(f"{text[:80]!r} is not the key of a blob.")
        return cls(run, tag, step, point_idx, blob_idx)


class Board:
    """TensorBoard's view of a store. Safe to use from several threads, while another one refreshes the store.

    `_lock` guards the caches, for the time of filling them.
    """

    def __init__(self, store: Store, *, reading: Reading = "newest") -> None:
        self._store = store
        self._reading: Reading = reading
        self._lock = threading.Lock()
        self._revision = -1
        self._by_plugin: dict[str, list[BoardSeries]] = {}
        self._constants: dict[tuple[SeriesKey, Kind, str], BoardSeries] = {}
        self._widths: dict[SeriesKey, tuple[int, int]] = {}

    @property
    def store(self) -> Store:
        return self._store

    def list_runs(self) -> list[tuple[str, float | None]]:
        """Names and start times (seconds since the epoch), by start time and name, those without one last."""
        starts = [(run, self._store.read_start(run)) for run in self._store.list_runs()]
        return sorted(starts, key=lambda item: (item[1] is None, item[1] or 0.0, item[0]))

    def list_plugins(self) -> list[str]:
        """Names of the plugins that have data, sorted."""
        return sorted(self._catalog())

    def list_series(
        self,
        plugin: str,
        data_class: int | None = None,
        *,
        runs: Collection[str] | None = None,
        tags: Collection[str] | None = None,
    ) -> list[BoardSeries]:
        """The series of one plugin, sorted by run and tag.

        Args:
            plugin: As in the files' metadata: `scalars`, `images`, …
            data_class: `SCALAR`, `TENSOR` or `BLOB_SEQUENCE`; None for any.
            runs: Only these; None for all.
            tags: Only these; None for all.
        """
        return [
            series
            for series in self._catalog().get(plugin, ())
            if (data_class is None or series.data_class == data_class)
            and (runs is None or series.run in runs)
            and (tags is None or series.tag in tags)
        ]

    def find(self, plugin: str, run: str, tag: str) -> BoardSeries:
        """One series. Raises UnknownSeries."""
        for series in self.list_series(plugin, runs={run}, tags={tag}):
            return series
        raise UnknownSeries(f"Run {run!r} has no tag {tag!r} of plugin {plugin!r}.")

    def _catalog(self) -> dict[str, list[BoardSeries]]:
        with self._lock:
            revision = self._store.revision
            if revision != self._revision:
                self._by_plugin = self._group(self._store.list_series())
                self._revision = revision
            return self._by_plugin

    def _group(self, infos: list[SeriesInfo]) -> dict[str, list[BoardSeries]]:
        with_graph = {info.key.run for info in infos if info.key.tag == GRAPH_TAG}
        constants: dict[tuple[SeriesKey, Kind, str], BoardSeries] = {}
        by_plugin: dict[str, list[BoardSeries]] = {}
        for info in infos:
            if info.kind == "graph" and info.key.tag == _META_GRAPH_TAG and info.key.run in with_graph:
                continue
            mark = (info.key, info.kind, info.plugin)
            known = self._constants.get(mark)
            series = self._describe(info) if known is None else _renewed(known, info)
            constants[mark] = series
            if series.plugin:
                by_plugin.setdefault(series.plugin, []).append(series)
        self._constants = constants
        return by_plugin

    def _describe(self, info: SeriesInfo) -> BoardSeries:
        plugin, data_class = _HOME.get(info.kind, ("", 0))
        content = b"" if info.kind == "scalar" else self._store.read_blobs(info.key).content
        if not info.plugin and not content:
            content = _OLD_CONTENT.get(info.kind, b"")
        if info.kind == "tensor":
            data_class = self._said_class(info)
        plugin = info.plugin or plugin
        tag = GRAPH_TAG if info.key.tag == _META_GRAPH_TAG and info.kind == "graph" else info.key.tag
        is_old = not info.plugin and info.kind in ("scalar", "histogram", "image", "audio")
        display_name = info.display_name or (info.key.tag if is_old else "")
        metadata = (
            wire.message(1, wire.text(1, plugin) + (wire.message(2, content) if content else b""))
            + wire.text(2, display_name)
            + wire.text(3, info.description)
            + wire.integer(4, data_class)
        )
        return BoardSeries(info, tag, plugin, data_class, content, display_name, metadata)

    def _said_class(self, info: SeriesInfo) -> int:
        """The class that a plugin unknown to us gave its series."""
        if not info.plugin:
            return 0
        try:
            said = wire.read_integer(metadata_of(self._store.read_blobs(info.key).read_message(0).data), 4)
        except (Undecodable, OSError):
            return 0
        return said if said in (SCALAR, TENSOR, BLOB_SEQUENCE) else 0

    def read_scalars(self, series: BoardSeries, max_points: int = 0) -> Scalars:
        """The points of a scalar series, at most so many; all when it is 0. Raises UnknownSeries."""
        from dataclasses import replace

        scalars = read_as(self._store.read_scalars(series.info.key), **self._says(series.run))
        if max_points <= 0 or len(scalars.steps) <= max_points:
            return scalars
        chosen = choose_extremes(scalars.values, max_points)
        return replace(
            scalars,
            steps=scalars.steps[chosen],
            wall_times=scalars.wall_times[chosen],
            values=scalars.values[chosen],
            segments=(0,),
        )

    def _says(self, run: str) -> dict[str, Any]:
        """How the points of a run are read."""
        if self._reading != "tensorboard-python":
            return {"reading": self._reading}
        sessions, version = self._store.list_sessions(run), self._store.read_file_version(run)
        return {"reading": self._reading, "sessions": sessions, "file_version": version}

    def _kept(self, blobs: Blobs, run: str, max_points: int) -> list[int]:
        kept = kept_points(blobs.steps, blobs.wall_times, **self._says(run))
        return [int(index) for index in kept[choose_spread(len(kept), max_points)]]

    def read_tensors(self, series: BoardSeries, max_points: int = 0) -> Tensors:
        """The points of a series of tensors, at most so many; all when it is 0. Values that are none are left out.

        Raises UnknownSeries, and LogFolderError when a file was changed since it was read.
        """
        blobs = self._store.read_blobs(series.info.key)
        indices, values = [], []
        for index in self._kept(blobs, series.run, max_points):
            try:
                values.append(tensor_of(blobs.read_message(index).data, series.info.kind))
            except Undecodable:
                continue  # the store tells of values that do not belong to their tag
            indices.append(index)
        return Tensors(blobs.steps[indices], blobs.wall_times[indices], tuple(values))

    def read_blob_sequences(self, series: BoardSeries, max_points: int = 0) -> BlobSequences:
        """The points of a series of blobs, at most so many, as keys; all when it is 0.

        Raises UnknownSeries, and LogFolderError when a file was changed since it was read.
        """
        key = series.info.key
        blobs = self._store.read_blobs(key)
        indices, keys = [], []
        for index in self._kept(blobs, series.run, max_points):
            try:
                n_parts = len(_parts(blobs, index))
            except Undecodable:
                continue
            step = int(blobs.steps[index])
            indices.append(index)
            keys.append(tuple(BlobKey(key.run, key.tag, step, index, at).encode() for at in range(n_parts)))
        return BlobSequences(blobs.steps[indices], blobs.wall_times[indices], tuple(keys))

    def read_blob(self, key: str) -> bytes:
        """One blob by the key that `read_blob_sequences` gave.

        Raises UnknownSeries, also when the point is not there any more.
        """
        name = BlobKey.decode(key)
        blobs = self._store.read_blobs(SeriesKey(name.run, name.tag))
        is_there = 0 <= name.point_idx < len(blobs.steps) and int(blobs.steps[name.point_idx]) == name.step
        try:
            parts = _parts(blobs, name.point_idx) if is_there else ()
        except Undecodable:
            parts = ()
        if not 0 <= name.blob_idx < len(parts):
            raise UnknownSeries(f"Tag {name.tag!r} of run {name.run!r} has no such blob any more.")
        return parts[name.blob_idx]

    def read_width(self, series: BoardSeries) -> int:
        """The most blobs that a point of the series holds, by its first, its middle and its newest points."""
        key, n_points = series.info.key, series.info.n_points
        known_points, width = self._widths.get(key, (0, 0))
        if known_points != n_points:
            blobs = self._store.read_blobs(key)
            n_now = len(blobs.steps)
            looked_at = {n_now - 1} if known_points else {0, n_now // 2, n_now - 1}
            width = max([width, *(len(parts) for parts in _all_parts(blobs, looked_at))])
            self._widths[key] = (n_points, width)
        return width


def _renewed(known: BoardSeries, info: SeriesInfo) -> BoardSeries:
    return (
        known
        if known.info is info
        else BoardSeries(
            info, known.tag, known.plugin, known.data_class, known.content, known.display_name, known.metadata
        )
    )


def _parts(blobs: Blobs, index: int) -> tuple[bytes, ...]:
    message = blobs.read_message(index)
    return (message.data,) if message.is_bare else tuple(blobs_of(message.data))


def _all_parts(blobs: Blobs, indices: Iterable[int]) -> Iterator[tuple[bytes, ...]]:
    for index in sorted(indices):
        try:
            yield _parts(blobs, index)
        except Undecodable:
            continue
