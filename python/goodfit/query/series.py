"""Series of a store → what users hold: points with their arrays, and recorded things decoded when asked for.

Arrays are read-only views. Nothing is read before it is asked for.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Generic, TypeVar, overload

from goodfit.query.hparams import SessionEnd, SessionStart, parse_session_end, parse_session_start
from goodfit.query.select import unknown
from goodfit.store.store import Blobs, Store
from goodfit.types import Histogram, Kind, Scalars, SeriesInfo, SeriesKey

if TYPE_CHECKING:
    from goodfit.types import Float64Array, Int64Array

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class ScalarSeries:
    """Every recorded point of a scalar tag, in file order, restarts included."""

    run: str
    tag: str
    steps: Int64Array
    wall_times: Float64Array
    """Seconds since the epoch, UTC."""
    values: Float64Array
    """As logged: NaN and infinities stay."""
    segments: tuple[int, ...]
    """Index of the first point of each segment; steps never go back within one."""

    def __len__(self) -> int:
        return len(self.steps)

    def __repr__(self) -> str:
        if len(self) == 0:
            return f"<ScalarSeries {self.tag!r} of {self.run!r}: no points>"
        restarts = f", {len(self.segments) - 1} restarts" if len(self.segments) > 1 else ""
        return (
            f"<ScalarSeries {self.tag!r} of {self.run!r}: {len(self)} points, steps {self.steps.min()} to "
            f"{self.steps.max()}{restarts}, last value {self.values[-1]:.6g}>"
        )


@dataclass(frozen=True, slots=True)
class HistogramSeries:
    """Every recorded histogram of a tag, in file order."""

    run: str
    tag: str
    steps: Int64Array
    wall_times: Float64Array
    values: Sequence[Histogram]

    def __len__(self) -> int:
        return len(self.steps)

    def __getitem__(self, index: int) -> Histogram:
        return self.values[index]

    def __repr__(self) -> str:
        return f"<HistogramSeries {self.tag!r} of {self.run!r}: {len(self)} histograms>"


class _Decoded(Sequence[T]):
    """Values that are read from disk and decoded when asked for."""

    def __init__(self, blobs: Blobs, decode: Callable[[Blobs, int], T]) -> None:
        self._blobs = blobs
        self._decode = decode

    def __len__(self) -> int:
        return len(self._blobs.steps)

    @overload
    def __getitem__(self, index: int) -> T: ...
    @overload
    def __getitem__(self, index: slice) -> list[T]: ...
    def __getitem__(self, index: int | slice) -> T | list[T]:
        if isinstance(index, slice):
            return [self[at] for at in range(*index.indices(len(self)))]
        position = index + len(self) if index < 0 else index
        if not 0 <= position < len(self):
            raise IndexError(f"index {index} of {len(self)} values")
        return self._decode(self._blobs, position)

    def __repr__(self) -> str:
        return f"<{len(self)} values, read when asked for>"


@dataclass(frozen=True, slots=True)
class RecordedSeries(Generic[T]):
    """Every recorded value of a tag that is not a number, in file order; `values[i]` reads and decodes one."""

    run: str
    tag: str
    kind: Kind
    steps: Int64Array
    wall_times: Float64Array
    values: Sequence[T]

    def __len__(self) -> int:
        return len(self.steps)

    def __getitem__(self, index: int) -> T:
        return self.values[index]

    def __repr__(self) -> str:
        return f"<RecordedSeries {self.tag!r} of {self.run!r}: {len(self)} of kind {self.kind}>"


@dataclass(frozen=True, slots=True)
class Images:
    """The images of one step, encoded (PNG, JPEG or GIF) as written."""

    encoded: tuple[bytes, ...]

    def arrays(self) -> list[Any]:
        """Each image as uint8 of shape [height, width, channels]."""
        import io

        import numpy as np
        from PIL import Image

        found = []
        for data in self.encoded:
            pixels = np.asarray(Image.open(io.BytesIO(data)))
            found.append(pixels[:, :, None] if pixels.ndim == 2 else pixels)
        return found

    def _repr_png_(self) -> bytes | None:
        return self.encoded[0] if self.encoded and self.encoded[0].startswith(b"\x89PNG") else None


@dataclass(frozen=True, slots=True)
class PrCurve:
    """One precision-recall curve: arrays of shape [n_thresholds], by rising threshold."""

    true_positives: Float64Array
    false_positives: Float64Array
    true_negatives: Float64Array
    false_negatives: Float64Array
    precision: Float64Array
    recall: Float64Array


def _images(blobs: Blobs, index: int) -> Images:
    parts = blobs.read(index)
    # TensorFlow's tensor of an image starts with its width and height as text.
    encoded = parts[2:] if len(parts) > 2 and parts[0].isdigit() and parts[1].isdigit() else parts
    return Images(encoded)


def _texts(blobs: Blobs, index: int) -> list[str]:
    return [part.decode("utf-8", "replace") for part in blobs.read(index)]


def _bytes(blobs: Blobs, index: int) -> bytes:
    return next(iter(blobs.read(index)), b"")


def _keras_graph(blobs: Blobs, index: int) -> str:
    return _bytes(blobs, index).decode("utf-8", "replace")


def _hparams(blobs: Blobs, index: int) -> SessionStart | SessionEnd | None:
    for part in blobs.read(index):
        if parsed := parse_session_start(part) or parse_session_end(part):
            return parsed
    return None


def _pr_curve(blobs: Blobs, index: int) -> PrCurve:
    # Rows as the plugin orders them: TP, FP, TN, FN, precision, recall.
    return PrCurve(*blobs.read_numbers(index))


def _tensor(blobs: Blobs, index: int) -> Any:
    """Numbers as an array of the tensor's shape, else its strings."""
    strings = blobs.read(index)
    return strings if strings else blobs.read_numbers(index)


def _parts(blobs: Blobs, index: int) -> tuple[bytes, ...]:
    return blobs.read(index)


DECODERS: Mapping[Kind, Callable[[Blobs, int], Any]] = {
    "image": _images,
    "audio": _parts,
    "text": _texts,
    "graph": _bytes,
    "keras_graph": _keras_graph,
    "run_metadata": _bytes,
    "hparams": _hparams,
    "pr_curve": _pr_curve,
    "mesh": _tensor,
    "tensor": _tensor,
}


class SeriesMap(Mapping[str, T]):
    """The series of some kinds of one run, by tag; read when asked for."""

    def __init__(
        self, store: Store, run: str, kinds: tuple[Kind, ...], read: Callable[[Store, SeriesKey, Kind], T]
    ) -> None:
        self._store = store
        self._run = run
        self._kinds = kinds
        self._read = read

    def _infos(self) -> dict[str, SeriesInfo]:
        return {info.key.tag: info for info in self._store.list_series(self._run) if info.kind in self._kinds}

    def __getitem__(self, tag: str) -> T:
        infos = self._infos()
        if tag not in infos:
            raise unknown(f"{self._kinds[0].replace('_', ' ')} tag", tag, list(infos), f"run {self._run!r}")
        return self._read(self._store, infos[tag].key, infos[tag].kind)

    def __contains__(self, tag: object) -> bool:
        return tag in self._infos()

    def __iter__(self) -> Iterator[str]:
        return iter(self._infos())

    def __len__(self) -> int:
        return len(self._infos())

    def __repr__(self) -> str:
        tags = list(self)
        shown = ", ".join(repr(tag) for tag in tags[:8]) + (", …" if len(tags) > 8 else "")
        return f"<{len(tags)} {self._kinds[0].replace('_', ' ')} series: {shown}>" if tags else "<no series>"


def read_scalars(store: Store, key: SeriesKey, _kind: Kind) -> ScalarSeries:
    """A scalar series with its names."""
    points: Scalars = store.read_scalars(key)
    return ScalarSeries(key.run, key.tag, points.steps, points.wall_times, points.values, points.segments)


def read_histograms(store: Store, key: SeriesKey, _kind: Kind) -> HistogramSeries:
    """A histogram series with its names."""
    found = store.read_histograms(key)
    return HistogramSeries(key.run, key.tag, found.steps, found.wall_times, found.items)


def read_recorded(store: Store, key: SeriesKey, kind: Kind) -> RecordedSeries[Any]:
    """A series of any other kind, decoded when asked for."""
    blobs = store.read_blobs(key)
    decode = DECODERS.get(kind, _parts)
    return RecordedSeries(key.run, key.tag, kind, blobs.steps, blobs.wall_times, _Decoded(blobs, decode))
