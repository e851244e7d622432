"""The narrow interface between columns and everything that asks for them.

Views, judgement and the server reach data only through these methods, so that another engine can stand behind them.
Ranges are half-open. Arrays given out are read-only views. Nothing here raises on damaged files: see `list_issues`.

Order of a series' points: those of one file as they lie in it; on the first read, files in the order of their names;
what is appended later follows, in the order of the refreshes that found it. A run whose file was replaced, shrunk or
removed is read anew, so that it holds what a store opened now would hold.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Literal, cast

from goodfit import _core
from goodfit.errors import BadArgument, LogFolderError, UnknownSeries
from goodfit.events.logdir import FoundFile, Listing, list_event_files, relative_path
from goodfit.store.run_book import BookedFile, RunBook
from goodfit.store.series import Blobs, Histograms, Latest, Message, Sample, Session
from goodfit.types import Changes, FileInfo, Histogram, Kind, ReadIssue, Scalars, SeriesInfo, SeriesKey

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt


__all__ = ["Blobs", "Histograms", "Latest", "Message", "Sample", "Session", "Store", "XAxis"]

XAxis = Literal["step", "wall_time", "relative"]
_SESSION_STATUS = {1: "start", 2: "stop", 3: "checkpoint"}


class Store:
    """Columns of every series below one log folder, kept up to date by `refresh`.

    Safe to use from several threads: one refreshes, any number read. Readers see whole points only.

    Locks: `_refreshing` is held for a whole refresh, and by nobody else. Readers take no lock here; the core's are held
    for the copy of one series' list of chunks. What readers look at (`_books`, `RunBook.infos`, `_issues`) is replaced,
    never changed in place.
    """

    def __init__(self, logdir: str | Path) -> None:
        self._root = Path(logdir).expanduser()
        self._engine = _core.Engine()
        self._books: dict[str, RunBook] = {}
        self._tag_names: list[str] = []
        self._unreadable: dict[str, ReadIssue] = {}
        self._revision = 0
        self._refreshing = threading.Lock()

    @property
    def logdir(self) -> Path:
        """The log folder, as given, with `~` expanded."""
        return self._root

    def refresh(self) -> Changes:
        """Reads what was appended since the last call; cost grows with that, not with what is held.

        Returns:
            The series with new points, the runs that came and went, and how much was read.
        """
        with self._refreshing:
            listing = list_event_files(self._root)
            removed = self._drop_runs(listing)
            new, jobs = self._find_jobs(listing)
            report = self._engine.read([(file.number, found.size_bytes) for file, found in jobs], _n_threads())
            self._book_jobs(jobs, report, listing)
            changed = self._book_changes(report)
            if new or removed or changed or report.n_bytes:
                self._revision += 1
            return Changes(
                revision=self._revision,
                series=tuple(changed),
                new_runs=tuple(new),
                removed_runs=tuple(removed),
                n_points=report.n_points,
                n_bytes=report.n_bytes,
            )

    def _drop_runs(self, listing: Listing) -> list[str]:
        """Forgets runs that hold no event file any more, unless their folder could not be looked at."""
        hidden = tuple(listing.unreadable)
        gone = [
            name
            for name, book in self._books.items()
            if name not in listing.runs and not any(path.startswith(hidden) for path in book.files if hidden)
        ]
        for name in gone:
            book = self._books[name]
            self._engine.clear_run(book.number, [file.number for file in book.files.values()], keep=False)
        if gone:
            self._books = {name: book for name, book in self._books.items() if name not in set(gone)}
        return sorted(gone)

    def _find_jobs(self, listing: Listing) -> tuple[list[str], list[tuple[BookedFile, FoundFile]]]:
        """Names of new runs, and every file that has something new, in order of runs and names."""
        jobs: list[tuple[BookedFile, FoundFile]] = []
        new: dict[str, RunBook] = {}
        for name, found in listing.runs.items():
            book = self._books.get(name)
            if book is None:
                book = new[name] = RunBook(name, self._engine.add_run())
            elif book.is_rewritten(found):
                self._engine.clear_run(book.number, [file.number for file in book.files.values()], keep=True)
                book.files, book.infos = {}, {}
            for file in found:
                booked = book.files.get(file.path)
                if booked is None:
                    empty = FoundFile(file.path, 0, file.identity)
                    booked = BookedFile(self._engine.add_file(book.number, file.path), empty)
                    book.files[file.path] = booked
                if file.size_bytes > booked.found.size_bytes:
                    jobs.append((booked, file))
        if new:
            self._books = dict(sorted((self._books | new).items()))
        return list(new), jobs

    def _book_jobs(self, jobs: list[tuple[BookedFile, FoundFile]], report: _core.ReadReport, listing: Listing) -> None:
        """Notes how far each file was read, and those that could not be."""
        failed = {number: message for number, _, message in report.failed}
        unreadable = dict(listing.unreadable)
        for booked, found in jobs:
            message = failed.get(booked.number)
            if message is None:
                booked.found = found
            else:
                path = relative_path(found.path, str(self._root))
                unreadable[found.path] = ReadIssue(path, 0, "unreadable", 0, message)
        self._unreadable = unreadable

    def _book_changes(self, report: _core.ReadReport) -> list[SeriesKey]:
        """Takes the core's news of changed series into the books; returns their keys, sorted."""
        if not report.changed_runs:
            return []
        self._tag_names = self._tag_names + self._engine.tag_names(len(self._tag_names))
        wanted = set(report.changed_runs)
        changed: list[SeriesKey] = []
        for book in self._books.values():
            if book.number in wanted:
                changed += book.update_infos(self._engine.catalog(book.number, report.revision), self._tag_names)
        return changed

    @property
    def revision(self) -> int:
        """Grows by one with each refresh that found something."""
        return self._revision

    def list_runs(self) -> list[str]:
        """Names of the runs, sorted."""
        return list(self._books)

    def list_series(self, run: str | None = None, *, kind: Kind | None = None) -> list[SeriesInfo]:
        """What is known of the series of one run (default: all), sorted by run and tag."""
        books = list(self._books.values()) if run is None else [self._book(run)]
        infos = [info for book in books for info in book.infos.values()]
        return infos if kind is None else [info for info in infos if info.kind == kind]

    def _book(self, run: str) -> RunBook:
        try:
            return self._books[run]
        except KeyError:
            raise UnknownSeries(
                f"There is no run {run!r} among {len(self._books)} runs.", hint="list_runs() names them all"
            ) from None

    def _locate(self, key: SeriesKey, *kinds: str) -> tuple[int, SeriesInfo]:
        """The run's number and the series' entry. Raises UnknownSeries when there is none of one of these kinds."""
        book = self._book(key.run)
        info = book.infos.get(key.tag)
        if info is None:
            raise UnknownSeries(
                f"Run {key.run!r} has no tag {key.tag!r}; it has {len(book.infos)} others.",
                hint=f"list_series({key.run!r}) names them all",
            )
        if kinds and info.kind not in kinds:
            raise UnknownSeries(f"Tag {key.tag!r} of run {key.run!r} holds {info.kind}, not {' or '.join(kinds)}.")
        return book.number, info

    def read_scalars(self, key: SeriesKey) -> Scalars:
        """Every point of a scalar series. Raises UnknownSeries."""
        import numpy as np

        run, _ = self._locate(key, "scalar")
        try:
            steps, wall_times, values, segments = self._engine.scalars(run, key.tag)
        except KeyError:
            raise _vanished(key) from None
        return Scalars(np.asarray(steps), np.asarray(wall_times), np.asarray(values), tuple(segments))

    def read_histograms(self, key: SeriesKey) -> Histograms:
        """Every histogram of a series, read from disk.

        Raises UnknownSeries, and LogFolderError when a file is gone or was changed since it was read.
        """
        import numpy as np

        run, _ = self._locate(key, "histogram")
        try:
            steps, wall_times, edges, counts, sizes = self._engine.histograms(run, key.tag)
        except KeyError:
            raise _vanished(key) from None
        except (OSError, ValueError) as error:
            raise _changed_on_disk(key, error) from error
        all_edges, all_counts = np.asarray(edges), np.asarray(counts)
        items = []
        edge_start = count_start = 0
        for n_buckets in np.asarray(sizes).tolist():
            n_edges = n_buckets + 1 if n_buckets else 0
            items.append(
                Histogram(
                    all_edges[edge_start : edge_start + n_edges], all_counts[count_start : count_start + n_buckets]
                )
            )
            edge_start += n_edges
            count_start += n_buckets
        return Histograms(np.asarray(steps), np.asarray(wall_times), tuple(items))

    def read_blobs(self, key: SeriesKey) -> Blobs:
        """Where the values of a series of any kind but scalars lie; each is read from disk when asked.

        Raises UnknownSeries.
        """
        import numpy as np

        run, info = self._locate(key)
        if info.kind == "scalar":
            raise UnknownSeries(f"Tag {key.tag!r} of run {key.run!r} holds scalars.", hint="read_scalars(key)")
        try:
            steps, wall_times, kind, content = self._engine.places_of(run, key.tag)
        except KeyError:
            raise _vanished(key) from None

        def read_strings(index: int) -> tuple[bytes, ...]:
            try:
                return tuple(self._engine.read_strings(run, key.tag, index))
            except (OSError, ValueError, KeyError) as error:
                raise _changed_on_disk(key, error) from error

        def read_numbers(index: int) -> npt.NDArray[np.float64]:
            try:
                shape, numbers = self._engine.read_numbers(run, key.tag, index)
            except (OSError, ValueError, KeyError) as error:
                raise _changed_on_disk(key, error) from error
            return np.asarray(numbers).reshape(shape)

        def read_message(index: int) -> Message:
            try:
                return Message(*self._engine.read_message(run, key.tag, index))
            except (OSError, KeyError) as error:
                raise _changed_on_disk(key, error) from error

        return Blobs(
            np.asarray(steps),
            np.asarray(wall_times),
            cast(Kind, kind),
            content,
            read_strings,
            read_numbers,
            read_message,
        )

    def list_sessions(self, run: str) -> list[Session]:
        """The session records of a run, in file order: when its writer said that it started, stopped or saved."""
        return [
            Session(_SESSION_STATUS.get(status, "unspecified"), step, wall_time, message)
            for status, step, wall_time, message in self._engine.sessions(self._book(run).number)
        ]

    def latest(self, keys: Sequence[SeriesKey]) -> Latest:
        """The newest point of each series. Unknown keys are left out."""
        import numpy as np

        known, rows = self._known(keys)
        steps, wall_times, values = self._engine.latest(rows)
        return Latest(tuple(known), np.asarray(steps), np.asarray(wall_times), np.asarray(values))

    def _known(self, keys: Sequence[SeriesKey]) -> tuple[list[SeriesKey], list[tuple[int, str]]]:
        books = self._books
        known = [key for key in keys if (book := books.get(key.run)) is not None and key.tag in book.infos]
        return known, [(books[key.run].number, key.tag) for key in known]

    def sample(
        self,
        keys: Sequence[SeriesKey],
        *,
        px: int,
        x_axis: XAxis = "step",
        lo: float | None = None,
        hi: float | None = None,
        smoothing: float = 0.0,
    ) -> tuple[tuple[float, float], list[Sample]]:
        """The common x range `(lo, hi)` used, and each series reduced to `px` columns of it.

        Column of a point at x: floor((x - lo) * px / (hi - lo)), the last column closed. `lo`/`hi` default to the
        extent of the series together ((0, 1) when they have none). Unknown keys are left out, and so are series that
        hold no scalars.

        Args:
            keys: The series of one chart.
            px: Columns, 1 to 100000.
            x_axis: `step`; `wall_time` in seconds since the epoch; `relative` in seconds since the series' first point.
            lo: Smallest x shown, in the axis' unit.
            hi: Largest x shown.
            smoothing: Weight of the debiased EMA, 0 (none) to below 1.

        Raises:
            BadArgument: px, the axis, the range or the weight lies outside its domain.
        """
        import numpy as np

        if x_axis not in ("step", "wall_time", "relative"):
            raise BadArgument(f"x_axis is {x_axis!r}; wanted 'step', 'wall_time' or 'relative'.")
        if not 1 <= px <= 100_000:
            raise BadArgument(f"px is {px}; wanted 1 to 100000 columns.")
        if not 0.0 <= smoothing < 1.0:
            raise BadArgument(f"smoothing is {smoothing}; wanted 0 to below 1.")
        known, rows = self._known(keys)
        extent = None if lo is not None and hi is not None else self._engine.extent(rows, x_axis)
        first, last = extent or (0.0, 1.0)
        lo, hi = (first if lo is None else lo), (last if hi is None else hi)
        if not np.isfinite(lo) or not np.isfinite(hi):
            raise BadArgument(f"The range is {lo} to {hi}; wanted finite numbers.")
        hi = max(lo, hi)
        reduced = self._engine.sample(
            rows, px=px, x_axis=x_axis, lo=lo, hi=hi, smoothing=smoothing, n_threads=_n_threads()
        )
        samples = [
            Sample(
                key=key,
                n_points=one.n_points,
                n_nonfinite=one.n_nonfinite,
                minimum=np.asarray(one.minimum),
                maximum=np.asarray(one.maximum),
                mean=np.asarray(one.mean),
                last=np.asarray(one.last),
                smooth=np.asarray(one.smooth),
                count=np.asarray(one.count),
                nonfinite_x=np.asarray(one.nonfinite_x),
            )
            for key, one in zip(known, reduced, strict=True)
            if one is not None
        ]
        return (lo, hi), samples

    def list_files(self) -> list[FileInfo]:
        """The health of every event file, sorted by run and name."""
        root = str(self._root)
        rows = [(name, file) for name, book in self._books.items() for file in list(book.files.values())]
        states = self._engine.files([file.number for _, file in rows])
        return [
            FileInfo(
                relative_path(file.found.path, root), name, file.found.size_bytes, state.read_bytes, state.n_records
            )
            for (name, file), state in zip(rows, states, strict=True)
        ]

    def list_issues(self) -> list[ReadIssue]:
        """All damage and everything that could not be read, sorted by path and offset."""
        root = str(self._root)
        files = [file for book in self._books.values() for file in list(book.files.values())]
        issues = list(self._unreadable.values())
        for file, state in zip(files, self._engine.files([file.number for file in files]), strict=True):
            path = relative_path(file.found.path, root) if state.issues else ""
            issues += [ReadIssue(path, offset, kind, skipped, detail) for offset, kind, skipped, detail in state.issues]
        return sorted(issues, key=lambda issue: (issue.path, issue.offset))


def _n_threads() -> int:
    """The processors that this process may use."""
    try:
        return len(os.sched_getaffinity(0))
    except AttributeError:  # not on every system
        return os.cpu_count() or 1


def _vanished(key: SeriesKey) -> UnknownSeries:
    return UnknownSeries(f"Tag {key.tag!r} of run {key.run!r} went away while it was asked for.")


def _changed_on_disk(key: SeriesKey, error: Exception) -> LogFolderError:
    return LogFolderError(
        f"A value of tag {key.tag!r} of run {key.run!r} could not be read back from its file: {error}.",
        hint="refresh(), then ask again",
    )
