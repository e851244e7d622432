"""A question's bytes and a board → the answer's bytes: the ten calls of `tensorboard.data.TensorBoardDataProvider`.

    GetExperimentResponse { 1: data_location }            Run { 2: name, 3: start_time }
    ListPluginsResponse { 1: Plugin { 1: name } }         ListRunsResponse { 1: Run }
    List…, Read…Response { 1: RunEntry { 1: run_name, 2: TagEntry { 1: tag_name, 2: metadata or data } } }
    Scalar-, TensorMetadata { 1: max_step, 2: max_wall_time, 3: SummaryMetadata }
    BlobSequenceMetadata { 1: max_step, 2: max_wall_time, 3: max_length, 4: SummaryMetadata }
    ScalarData { 1: step, 2: wall_time, 3: value (float) }, TensorData { …, 3: TensorProto },
    BlobSequenceData { …, 3: BlobReferenceSequence { 1: BlobReference { 1: blob_key } } }, all of them columns
    ReadBlobResponse { 1: data }, a stream of pieces

Knows nothing of gRPC. Source: tensorboard's data_provider.proto.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Iterator

from goodfit import wire
from goodfit.provider.requests import SeriesAsk, parse_blob_key, parse_series_ask
from goodfit.query.board.book import BLOB_SEQUENCE, SCALAR, TENSOR, Board, BoardSeries

BLOB_PIECE_BYTES = 2 << 20
"""Of one message of ReadBlob; gRPC takes 4 MB by default."""


class Service:
    """Answers for one board; every method may be called from several threads."""

    def __init__(self, board: Board, *, data_location: str) -> None:
        self._board = board
        self._data_location = data_location

    def get_experiment(self, _: bytes) -> bytes:
        return wire.text(1, self._data_location)

    def list_plugins(self, _: bytes) -> bytes:
        return wire.messages(1, [wire.text(1, name) for name in self._board.list_plugins()])

    def list_runs(self, _: bytes) -> bytes:
        return wire.messages(
            1, [wire.text(2, run) + wire.double(3, start or 0.0) for run, start in self._board.list_runs()]
        )

    def list_scalars(self, request: bytes) -> bytes:
        return self._answer(parse_series_ask(request), SCALAR, self._describe)

    def list_tensors(self, request: bytes) -> bytes:
        return self._answer(parse_series_ask(request), TENSOR, self._describe)

    def list_blob_sequences(self, request: bytes) -> bytes:
        return self._answer(parse_series_ask(request), BLOB_SEQUENCE, self._describe_blobs)

    def read_scalars(self, request: bytes) -> bytes:
        ask = parse_series_ask(request)
        return self._answer(ask, SCALAR, lambda series: self._scalars(series, ask.max_points or 0))

    def read_tensors(self, request: bytes) -> bytes:
        ask = parse_series_ask(request)
        return self._answer(ask, TENSOR, lambda series: self._tensors(series, ask.max_points or 0))

    def read_blob_sequences(self, request: bytes) -> bytes:
        ask = parse_series_ask(request)
        return self._answer(ask, BLOB_SEQUENCE, lambda series: self._blobs(series, ask.max_points or 0))

    def read_blob(self, request: bytes) -> Iterator[bytes]:
        blob = self._board.read_blob(parse_blob_key(request))
        for start in range(0, max(len(blob), 1), BLOB_PIECE_BYTES):
            yield wire.message(1, blob[start : start + BLOB_PIECE_BYTES])

    def _answer(self, ask: SeriesAsk, data_class: int, entry: Callable[[BoardSeries], bytes]) -> bytes:
        """One entry per series, below its run."""
        found = self._board.list_series(ask.plugin, data_class, runs=ask.runs, tags=ask.tags)
        runs = []
        for run, group in itertools.groupby(found, key=lambda series: series.run):
            tags = wire.messages(2, [wire.text(1, series.tag) + wire.message(2, entry(series)) for series in group])
            runs.append(wire.text(1, run) + tags)
        return wire.messages(1, runs)

    def _newest(self, series: BoardSeries) -> bytes:
        wall_time = series.info.last_wall_time
        return wire.integer(1, series.info.last_step) + wire.double(2, wall_time if math.isfinite(wall_time) else 0.0)

    def _describe(self, series: BoardSeries) -> bytes:
        return self._newest(series) + wire.message(3, series.metadata)

    def _describe_blobs(self, series: BoardSeries) -> bytes:
        width = wire.integer(3, self._board.read_width(series))
        return self._newest(series) + width + wire.message(4, series.metadata)

    def _scalars(self, series: BoardSeries, max_points: int) -> bytes:
        scalars = self._board.read_scalars(series, max_points)
        return (
            wire.packed_integers(1, scalars.steps)
            + wire.packed_doubles(2, scalars.wall_times)
            + wire.packed_floats(3, scalars.values)
        )

    def _tensors(self, series: BoardSeries, max_points: int) -> bytes:
        tensors = self._board.read_tensors(series, max_points)
        return (
            wire.packed_integers(1, tensors.steps)
            + wire.packed_doubles(2, tensors.wall_times)
            + wire.messages(3, tensors.values)
        )

    def _blobs(self, series: BoardSeries, max_points: int) -> bytes:
        blobs = self._board.read_blob_sequences(series, max_points)
        sequences = [wire.messages(1, [wire.text(1, key) for key in keys]) for keys in blobs.keys]
        return (
            wire.packed_integers(1, blobs.steps)
            + wire.packed_doubles(2, blobs.wall_times)
            + wire.messages(3, sequences)
        )
