"""`goodfit.open(path)` → a log folder to read from: runs, series, trainings, tables.

with goodfit.open("logs/fit") as logs:
    logs.training("exp1").pairs
    logs["exp1/train"].scalars["epoch_loss"].values
"""

from __future__ import annotations

import difflib
import os
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, cast

from goodfit.config import find_cache_folder
from goodfit.errors import LogFolderError, NotAnEventFile
from goodfit.events.logdir import EVENT_FILE_PART
from goodfit.query import table
from goodfit.query.compat import Reading
from goodfit.query.compat_store import open_store
from goodfit.query.match import Pairing
from goodfit.query.pair import TrainingFinder
from goodfit.query.select import select_series, unknown
from goodfit.query.series import (
    HistogramSeries,
    RecordedSeries,
    ScalarSeries,
    SeriesMap,
    read_histograms,
    read_recorded,
    read_scalars,
)  # fmt: skip
from goodfit.query.training import Training
from goodfit.remote.address import Address, parse_address
from goodfit.store.store import Store
from goodfit.types import Changes, FileInfo, ReadIssue, SeriesInfo

STATE_AGE_S = 1.0
"""Trainings are looked at anew when points came or their states are older than this."""


def open(
    path: str | os.PathLike[str] | Address,
    *,
    cache: bool | str | os.PathLike[str] = True,
    compat: Reading | None = None,
    pairing: Pairing | None = None,
    clock: Callable[[], float] = time.time,
) -> LogDir:
    """Opens a log folder, or a single event file, and reads what it holds.

    Args:
        path: the folder above the runs, as given to TensorBoard, or one event file; also an address (`s3://BUCKET/…`,
            `gs://`, `az://`, `https://HOST/LISTING/`), whose event files are then kept in the user's cache folder.
        cache: where to keep what was read, so that opening the folder again reads only what is new: True in the user's
            cache folder, False nowhere, or a folder. It is written by `close` and, while nothing new comes, by
            `refresh`; it may be deleted at any time.
        compat: `tensorboard-python` or `tensorboard-rust` read trainings that went back to an earlier step as these
            readers do, `newest` without what restarts left behind; None keeps every recorded point.
        pairing: overrules which runs and tags are the halves of what; by default names decide.
        clock: seconds since the epoch, UTC; tells running from finished.

    Raises:
        LogFolderError: there is no such folder or file, or the folder may not be read.
        BadArgument: an address of an unknown kind, or a reading that there is not, was given.
        RemoteError: what is at the address does not answer, or not as it should.
        MissingExtra: the address is a bucket's and obstore is not installed.
        NotAnEventFile: a file was named that holds no event records.

    Example:
        >>> import goodfit, tempfile
        >>> goodfit.open(tempfile.mkdtemp()).runs
        []
    """
    address = parse_address(path)
    cache_folder = find_cache_folder() if cache is True else Path(cache).expanduser() if cache else None
    if address is not None:
        return LogDir(_read_remote(address, compat, cache_folder), address, pairing=pairing, clock=clock)
    place = Path(cast("str | os.PathLike[str]", path)).expanduser()
    if not place.exists():
        raise LogFolderError(f"there is no log folder {str(path)!r}.", hint=_where_to_look(place))
    store = open_store(place, compat=compat, cache_folder=cache_folder)
    store.refresh()
    if place.is_file() and EVENT_FILE_PART not in place.name and not any(file.n_records for file in store.list_files()):
        raise NotAnEventFile(
            f"{place.name!r} holds no event records; an event file's name holds `tfevents`. It is {str(place)!r}.",
            hint=f"goodfit {str(place.parent)!r} opens the folder around it",
        )
    if place.is_dir() and (refused := [issue for issue in store.list_issues() if issue.path == "."]):
        raise LogFolderError(
            f"the log folder {str(path)!r} may not be read: {refused[0].detail}.",
            hint="look at its owner and rights: ls -ld",
        )
    return LogDir(store, place, pairing=pairing, clock=clock)


def _read_remote(address: Address, compat: Reading | None, cache_folder: Path | None) -> Store:
    store = open_store(address, compat=compat, cache_folder=cache_folder)
    store.refresh()
    if store.is_nowhere:
        raise LogFolderError(
            f"there is no log folder {str(address)!r}: nothing lies below it.",
            hint=f"look at the prefix; the bucket {address.place!r} is there" if address.is_bucket else None,
        )
    return store


def _where_to_look(place: Path) -> str:
    for above in place.parents:
        if above.is_dir():
            try:
                folders = sorted(entry.name for entry in above.iterdir() if entry.is_dir())
            except OSError:
                folders = []
            close = difflib.get_close_matches(place.name, folders, n=3, cutoff=0.5)
            there = f"{str(above.absolute())!r} exists"
            return there + (" and holds " + ", ".join(map(repr, close)) if close else ", and nothing like it in there")
    return "give the folder that the training writes to"


class RunLog:
    """One run: a folder that directly holds event files. Each kind of series is a mapping by tag."""

    def __init__(self, store: Store, name: str) -> None:
        self.name = name
        self.scalars: SeriesMap[ScalarSeries] = SeriesMap(store, name, ("scalar",), read_scalars)
        self.histograms: SeriesMap[HistogramSeries] = SeriesMap(store, name, ("histogram",), read_histograms)
        self.images: SeriesMap[RecordedSeries[Any]] = SeriesMap(store, name, ("image",), read_recorded)
        self.audio: SeriesMap[RecordedSeries[Any]] = SeriesMap(store, name, ("audio",), read_recorded)
        self.texts: SeriesMap[RecordedSeries[Any]] = SeriesMap(store, name, ("text",), read_recorded)
        self.tensors: SeriesMap[RecordedSeries[Any]] = SeriesMap(store, name, ("tensor",), read_recorded)
        self.graphs: SeriesMap[RecordedSeries[Any]] = SeriesMap(
            store, name, ("graph", "keras_graph", "run_metadata"), read_recorded
        )
        self.pr_curves: SeriesMap[RecordedSeries[Any]] = SeriesMap(store, name, ("pr_curve",), read_recorded)
        self.meshes: SeriesMap[RecordedSeries[Any]] = SeriesMap(store, name, ("mesh",), read_recorded)
        self.hparams: SeriesMap[RecordedSeries[Any]] = SeriesMap(store, name, ("hparams",), read_recorded)
        self._store = store

    @property
    def store(self) -> Store:
        """The columns behind the run."""
        return self._store

    def __repr__(self) -> str:
        kinds: dict[str, int] = {}
        for info in self._store.list_series(self.name):
            kinds[info.kind] = kinds.get(info.kind, 0) + 1
        held = ", ".join(f"{count} {kind.replace('_', ' ')}" for kind, count in sorted(kinds.items()))
        return f"<RunLog {self.name!r}: {held or 'no series'}>"


class LogDir(Mapping[str, RunLog]):
    """A log folder that was read; a mapping from the names of its runs. `refresh()` reads what was appended."""

    def __init__(
        self,
        store: Store,
        path: Path | Address,
        *,
        pairing: Pairing | None = None,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._store = store
        self.path = path
        """As it was opened: a folder or file, or the address of a remote folder."""
        self._finder = TrainingFinder(store, pairing=pairing)
        self._clock = clock
        self._found: tuple[int, float, list[Training]] | None = None

    @property
    def store(self) -> Store:
        """The columns behind the folder."""
        return self._store

    @property
    def runs(self) -> list[str]:
        """Names of the runs, sorted; `.` is the folder itself."""
        return self._store.list_runs()

    @property
    def trainings(self) -> list[str]:
        """Names of the trainings, sorted."""
        return [training.name for training in self.list_trainings()]

    def list_trainings(self) -> list[Training]:
        """All trainings, sorted by name: a snapshot as of the last refresh."""
        revision, now = self._store.revision, self._clock()
        if self._found is not None:
            found_revision, found_at, trainings = self._found
            # Asking for thousands of trainings by name in a loop must not look at all of them each time.
            if found_revision == revision and 0 <= now - found_at < STATE_AGE_S:
                return list(trainings)
        trainings = self._finder.find(now=now)
        self._found = (revision, now, trainings)
        return list(trainings)

    def training(self, name: str) -> Training:
        """One training, by its name or by the name of one of its runs.

        Raises:
            UnknownSeries: there is none; the hint names close ones.
        """
        trainings = self.list_trainings()
        for training in trainings:
            if training.name == name:
                return training
        for training in trainings:
            if name in training.runs:
                return training
        raise unknown("training", name, [training.name for training in trainings], f"{str(self.path)!r}")

    def __getitem__(self, run: str) -> RunLog:
        runs = self.runs
        if run not in runs:
            raise unknown("run", run, runs, f"{str(self.path)!r}")
        return RunLog(self._store, run)

    def __iter__(self) -> Iterator[str]:
        return iter(self.runs)

    def __len__(self) -> int:
        return len(self.runs)

    def list_series(self, *, runs: str | None = None, tags: str | None = None) -> list[SeriesInfo]:
        """What is known of the series whose run and tag match the regular expressions, without reading points."""
        return select_series(self._store.list_series(), runs=runs, tags=tags)

    @property
    def files(self) -> list[FileInfo]:
        """The event files and how far each was read."""
        return self._store.list_files()

    @property
    def issues(self) -> list[ReadIssue]:
        """Damage that was skipped or is waited for."""
        return self._store.list_issues()

    def refresh(self) -> Changes:
        """Reads what was appended since the last time; cost grows with that only."""
        return self._store.refresh()

    def to_pandas(self, *, runs: str | None = None, tags: str | None = None) -> Any:
        """Every scalar point as a pandas.DataFrame: run, tag, step, wall_time, value. Raises MissingExtra.

        Args:
            runs: a regular expression that is searched for in the run's name; None takes all.
            tags: likewise for the tag.
        """
        return table.to_pandas(self._table(runs, tags))

    def to_polars(self, *, runs: str | None = None, tags: str | None = None) -> Any:
        """Every scalar point as a polars.DataFrame; arguments as in `to_pandas`. Raises MissingExtra."""
        return table.to_polars(self._table(runs, tags))

    def to_arrow(self, *, runs: str | None = None, tags: str | None = None) -> Any:
        """Every scalar point as a pyarrow.Table; arguments as in `to_pandas`. Raises MissingExtra."""
        return table.to_arrow(self._table(runs, tags))

    def _table(self, runs: str | None, tags: str | None) -> table.LongTable:
        return table.make_table(self._store, self.list_series(runs=runs, tags=tags))

    def close(self) -> None:
        """Writes the cache, if there is one and enough was read that it lacks; series that were read stay."""
        self._store.close()

    def __enter__(self) -> LogDir:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

    def __repr__(self) -> str:
        trainings = self.list_trainings()
        lines = [f"<LogDir {str(self.path)!r}: {len(trainings)} trainings, {len(self.runs)} runs>"]
        for training in trainings[:20]:
            metrics = ", ".join(pair.metric for pair in training.pairs[:5]) + (", …" if len(training.pairs) > 5 else "")
            lines.append(f"  {training.name}  {training.state}, step {training.last_step}  {metrics}")
        if len(trainings) > 20:
            lines.append(f"  … and {len(trainings) - 20} more")
        return "\n".join(lines)

    def _repr_html_(self) -> str:
        from html import escape

        rows = "".join(
            f"<tr><td>{escape(training.name)}</td><td>{training.state}</td><td>{training.last_step}</td>"
            f"<td>{escape(', '.join(pair.metric for pair in training.pairs[:8]))}</td></tr>"
            for training in self.list_trainings()[:100]
        )
        head = "<tr><th>training</th><th>state</th><th>step</th><th>metrics</th></tr>"
        return f"<table><caption>{escape(str(self.path))}</caption>{head}{rows}</table>"
