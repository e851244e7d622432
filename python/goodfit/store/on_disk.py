"""Values that stay in their files → histograms, strings, numbers and messages, read back when asked."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, cast

from goodfit.errors import LogFolderError, UnknownSeries
from goodfit.store.series import Blobs, Histograms, Message
from goodfit.types import Histogram, Kind, SeriesKey

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from goodfit import _core


def read_histograms(engine: _core.Engine, run: int, key: SeriesKey) -> Histograms:
    """Every histogram of a series.

    Raises:
        UnknownSeries: it went away.
        LogFolderError: a file is gone, or was changed since it was read.
    """
    import numpy as np

    try:
        steps, wall_times, edges, counts, sizes = engine.histograms(run, key.tag)
    except KeyError:
        raise vanished(key) from None
    except (OSError, ValueError) as error:
        raise _changed(key, error) from error
    all_edges, all_counts = np.asarray(edges), np.asarray(counts)
    items = []
    edge_start = count_start = 0
    for n_buckets in np.asarray(sizes).tolist():
        edge_stop, count_stop = edge_start + (n_buckets + 1 if n_buckets else 0), count_start + n_buckets
        items.append(Histogram(all_edges[edge_start:edge_stop], all_counts[count_start:count_stop]))
        edge_start, count_start = edge_stop, count_stop
    return Histograms(np.asarray(steps), np.asarray(wall_times), tuple(items))


def find_blobs(engine: _core.Engine, run: int, key: SeriesKey) -> Blobs:
    """Where the values of a series lie; its readers raise LogFolderError when a file was changed since it was read.

    Raises:
        UnknownSeries: it went away.
    """
    import numpy as np

    try:
        steps, wall_times, kind, content = engine.places_of(run, key.tag)
    except KeyError:
        raise vanished(key) from None

    def read_strings(index: int) -> tuple[bytes, ...]:
        with _reading_back(key):
            return tuple(engine.read_strings(run, key.tag, index))

    def read_numbers(index: int) -> npt.NDArray[np.float64]:
        with _reading_back(key):
            shape, numbers = engine.read_numbers(run, key.tag, index)
        return np.asarray(numbers).reshape(shape)

    def read_message(index: int) -> Message:
        with _reading_back(key):
            return Message(*engine.read_message(run, key.tag, index))

    return Blobs(
        np.asarray(steps),
        np.asarray(wall_times),
        cast(Kind, kind),
        content,
        read_strings,
        read_numbers,
        read_message,
    )


@contextmanager
def _reading_back(key: SeriesKey) -> Iterator[None]:
    """Turns what the system and the core say of a file into an error that names the series."""
    try:
        yield
    except (OSError, ValueError, KeyError) as error:
        raise _changed(key, error) from error


def _changed(key: SeriesKey, error: Exception) -> LogFolderError:
    return LogFolderError(
        f"A value of tag {key.tag!r} of run {key.run!r} could not be read back from its file: {error}.",
        hint="refresh(), then ask again",
    )


def vanished(key: SeriesKey) -> UnknownSeries:
    """The error for a series that is not there any more."""
    return UnknownSeries(f"Tag {key.tag!r} of run {key.run!r} went away while it was asked for.")
