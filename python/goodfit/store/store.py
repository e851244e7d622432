"""The narrow interface between columns and everything that asks for them.

Views, judgement and the server reach data only through these methods, so that another engine can stand behind them.
Ranges are half-open. Arrays given out are read-only views. Nothing here raises on damaged files: see `list_issues`.

Order of a series' points: those of one file as they lie in it; on the first read, files in the order of their writing
(the time in their names, then the names, numbers as numbers); what is appended later follows, in the order of the
refreshes that found it. A run whose file was replaced, rewritten, shrunk or removed is read anew, so that it holds what
a store opened now would hold.
"""

from __future__ import annotations

import itertools
import math
import threading
import time
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Literal, Unpack, cast

from goodfit import _core
from goodfit.errors import UnknownSeries
from goodfit.events.logdir import EVENT_FILE_PART, PROFILE_MARKER, relative_path
from goodfit.remote.address import Address, parse_address
from goodfit.store.attention import Attention
from goodfit.store.cache import ReadCache
from goodfit.store.changed_keys import ChangedKeys
from goodfit.store.charts import Branch, LineArguments, XAxis, draw_density, fit_window, read_samples
from goodfit.store.embeddings import Embedding, list_embeddings
from goodfit.store.group import Group, Nearest, find_nearest, group_samples
from goodfit.store.on_disk import find_blobs, read_histograms, vanished
from goodfit.store.processors import count_processors
from goodfit.store.run_book import RunBook
from goodfit.store.series import Blobs, Density, Histograms, Latest, Message, Sample, Session
from goodfit.types import Changes, FileInfo, Kind, ReadIssue, Scalars, SeriesInfo, SeriesKey

if TYPE_CHECKING:
    from goodfit.remote.mirror import Mirror


__all__ = ["Blobs", "Branch", "Histograms", "Latest", "Message", "Sample", "Session", "Store", "XAxis"]

_SESSION_STATUS = {1: "start", 2: "stop", 3: "checkpoint"}


class Store:
    """Columns of every series below one log folder, kept up to date by `refresh`.

    Safe to use from several threads: one refreshes, any number read. Readers see whole points only.

    Locks: `_refreshing` is held for a whole refresh, and by nobody else. Readers take no lock here; the core's are held
    for the copy of one series' list of chunks. What readers look at (`_books`, the entries of a `RunBook`) is replaced,
    never changed in place; `_tag_names` and `_run_names` only grow.
    """

    def __init__(self, logdir: str | Path | Address, *, cache_folder: Path | None = None) -> None:
        """A store of what lies below `logdir`; nothing is read before the first `refresh`.

        Args:
            logdir: The log folder, or one event file, of this machine or at an address (`s3://…`, see `remote`).
            cache_folder: Where to keep what was read for the next time; None keeps nothing.

        Raises:
            BadArgument, MissingExtra: of an address that cannot be read.
        """
        address = parse_address(logdir)
        self._mirror: Mirror | None = None
        if address is None:
            self._root = Path(cast("str | Path", logdir)).expanduser()
        else:
            from goodfit.remote.cache_folder import open_mirror

            self._mirror = open_mirror(address)
            self._root = self._mirror.folder
        self._engine = _core.Engine(str(self._root), EVENT_FILE_PART, PROFILE_MARKER)
        self._books: dict[str, RunBook] = {}
        self._run_names: dict[int, str] = {}
        """By the core's number; of runs that went away, too."""
        self._run_numbers: dict[str, int] = {}
        """Of the runs that are there; replaced, never changed."""
        self._tag_names: list[str] = []
        self._tag_numbers: dict[str, int] = {}
        self._revision = 0
        self._refreshing = threading.Lock()
        self._attention = Attention()
        self._cache = None if cache_folder is None else ReadCache(cache_folder, self._root)
        self._is_loaded = False
        self._has_unread = False
        """The last refresh ran out of time."""

    @property
    def logdir(self) -> Path:
        """The log folder, as given, with `~` expanded; of an address, the folder of this machine that mirrors it."""
        return self._root

    @property
    def place(self) -> Path | Address:
        """The log folder as its user knows it: the address, where it has one."""
        return self._root if self._mirror is None else self._mirror.address

    @property
    def trouble(self) -> str:
        """Why the address could not be listed the last time, in a sentence; empty when it could. See `list_issues`."""
        return "" if self._mirror is None else self._mirror.trouble

    @property
    def is_nowhere(self) -> bool:
        """Whether nothing at all lies at the address, as it was last listed; False of a folder of this machine."""
        return self._mirror is not None and self._mirror.is_empty

    def refresh(self, *, budget_s: float | None = None) -> Changes:
        """Reads what was appended since the last call; cost grows with that, not with what is held.

        Args:
            budget_s: stop reading after about this many seconds. What is left is read by the next calls, and
                `Changes.n_unread_bytes` tells how much it is. Beginnings of all runs are read before the rest of any.

        Returns:
            The series with new points, the runs that came and went, and how much was read.

        Raises:
            LogFolderError, RemoteError: of an address, without a budget. With one, its bytes are fetched meanwhile,
                and trouble is in `list_issues`.
        """
        with self._refreshing:
            if self._mirror is not None:
                self._mirror.sync() if budget_s is None else self._mirror.follow(budget_s)
            start_s = time.monotonic()
            if not self._is_loaded and self._cache is not None:
                self._cache.load(self._engine, n_threads=count_processors())
            report = self._engine.refresh(
                n_threads=count_processors(), budget_s=budget_s, is_thorough=self._attention.is_due(start_s)
            )
            self._book(report)
            has_news = bool(report.new_runs or report.removed_runs or report.changed_runs or report.n_bytes)
            self._revision += has_news
            self._attention.note_refresh(start_s, time.monotonic(), has_news=has_news)
            if self._cache is not None:
                self._cache.note_read(report.n_bytes)
                # Not after the first: whoever opened the folder waits for it.
                if self._is_loaded and not report.n_unread_bytes and self._cache.is_due(is_idle=not has_news):
                    self._cache.save(self._engine)
            self._is_loaded = True
            self._has_unread = report.n_unread_bytes > 0
            return Changes(
                revision=self._revision,
                series=ChangedKeys(report.changed, self._run_names, self._tag_names),
                new_runs=tuple(name for _, name in report.new_runs),
                removed_runs=tuple(report.removed_runs),
                n_points=report.n_points,
                n_bytes=report.n_bytes,
                n_unread_bytes=report.n_unread_bytes + (0 if self._mirror is None else self._mirror.n_missing_bytes),
            )

    def _book(self, report: _core.RefreshReport) -> None:
        """Takes the core's news of runs and tags into the books, which readers look at."""
        new_tags = self._engine.tag_names(len(self._tag_names))
        self._tag_numbers.update(zip(new_tags, itertools.count(len(self._tag_names))))
        self._tag_names += new_tags
        books = self._books
        if report.new_runs or report.removed_runs or report.reset_runs:
            books = dict(books)
            for name in report.removed_runs:
                books.pop(name, None)
            for number in report.reset_runs:
                name = self._run_names[number]
                books[name] = RunBook(name, number)
            for number, name in report.new_runs:
                self._run_names[number] = name
                books[name] = RunBook(name, number)
            if report.new_runs and len(books) > len(report.new_runs):
                books = dict(sorted(books.items()))
            self._run_numbers = {name: book.number for name, book in books.items()}
        for number in report.changed_runs:
            book = books.get(self._run_names[number])
            if book is not None:
                book.note_change(report.revision)
        self._books = books

    def wait_for_changes(self, timeout_s: float, *, settle_s: float = 0.05) -> bool:
        """Waits until it is worth to refresh: True when something changed or may have, False when nothing did.

        Where the system tells of changes (Linux, folders on a local disk) this returns `settle_s` after the first of
        them; elsewhere it returns True after a while that grows with the cost of looking and with how long nothing was
        found. `stop_waiting` ends it from another thread.
        """
        if self._mirror is not None and (due_in_s := self._mirror.due_in_s()) < timeout_s:
            # What came is told as in any folder; that it is time to ask for more, nobody tells.
            self._wait_for_folder(due_in_s, settle_s)
            return True
        return self._wait_for_folder(timeout_s, settle_s)

    def _wait_for_folder(self, timeout_s: float, settle_s: float) -> bool:
        engine, attention = self._engine, self._attention
        if self._has_unread:
            return True
        if not attention.is_told:
            attention.is_told = engine.start_watching()
            if attention.is_told:
                return True  # what changed before was not told
        if not attention.is_told:
            pause_s = attention.pause_s
            return not engine.pause(min(timeout_s, pause_s)) and pause_s <= timeout_s
        if engine.wait(timeout_s):
            engine.pause(settle_s)
            return True
        return False

    def stop_waiting(self) -> None:
        """Ends `wait_for_changes`, now and for good."""
        self._engine.stop_waiting()
        if self._mirror is not None:
            self._mirror.close()

    def close(self) -> None:
        """Ends waiting, and writes the cache if there is one and enough was read that it lacks. May be called again."""
        self.stop_waiting()
        with self._refreshing:
            if self._is_loaded and self._cache is not None and self._cache.is_due(is_idle=True):
                self._cache.save(self._engine)

    @property
    def revision(self) -> int:
        """Grows by one with each refresh that found something."""
        return self._revision

    def list_runs(self) -> list[str]:
        """Names of the runs, sorted."""
        return list(self._books)

    def list_series(self, run: str | None = None, *, kind: Kind | None = None) -> list[SeriesInfo]:
        """What is known of the series of one run (default: all), sorted by run and tag."""
        books = list(self._books.values()) if run is None else [self._find_book(run)]
        engine, tag_names = self._engine, self._tag_names
        infos = [info for book in books for info in book.read_infos(engine, tag_names).values()]
        return infos if kind is None else [info for info in infos if info.kind == kind]

    def _find_book(self, run: str) -> RunBook:
        try:
            return self._books[run]
        except KeyError:
            raise UnknownSeries(
                f"There is no run {run!r} among {len(self._books)} runs.", hint="list_runs() names them all"
            ) from None

    def _locate(self, key: SeriesKey, *kinds: str) -> tuple[int, SeriesInfo]:
        """The run's number and the series' entry. Raises UnknownSeries when there is none of one of these kinds."""
        book = self._find_book(key.run)
        infos = book.read_infos(self._engine, self._tag_names)
        info = infos.get(key.tag)
        if info is None:
            raise UnknownSeries(
                f"Run {key.run!r} has no tag {key.tag!r}; it has {len(infos)} others.",
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
            steps, wall_times, values, starts, stops = self._engine.scalars(run, key.tag)
        except KeyError:
            raise vanished(key) from None
        return Scalars(np.asarray(steps), np.asarray(wall_times), np.asarray(values), tuple(starts), tuple(stops))

    def read_histograms(self, key: SeriesKey) -> Histograms:
        """Every histogram of a series, read from disk.

        Raises UnknownSeries, and LogFolderError when a file is gone or was changed since it was read.
        """
        run, _ = self._locate(key, "histogram")
        return read_histograms(self._engine, run, key)

    def read_blobs(self, key: SeriesKey) -> Blobs:
        """Where the values of a series of any kind but scalars lie; each is read from disk when asked.

        Raises UnknownSeries.
        """
        run, info = self._locate(key)
        if info.kind == "scalar":
            raise UnknownSeries(f"Tag {key.tag!r} of run {key.run!r} holds scalars.", hint="read_scalars(key)")
        return find_blobs(self._engine, run, key)

    def list_embeddings(self, run: str) -> list[Embedding]:
        """The embeddings that `projector_config.pbtxt` in the run's folder names, looked up now.

        Raises UnknownSeries.
        """
        (files,) = self._engine.files([self._find_book(run).number])
        folder = Path(files[0].path).parent if files else self._root
        return list_embeddings(folder, run)

    def list_sessions(self, run: str) -> list[Session]:
        """The session records of a run, in file order: when its writer said that it started, stopped or saved."""
        return [
            Session(_SESSION_STATUS.get(status, "unspecified"), step, wall_time, message)
            for status, step, wall_time, message in self._engine.sessions(self._find_book(run).number)
        ]

    def read_start(self, run: str) -> float | None:
        """When a run began: the earliest first event of its files, in seconds since the epoch; None when none tells.

        Raises UnknownSeries.
        """
        (files,) = self._engine.files([self._find_book(run).number])
        return min((file.first_wall_time for file in files if math.isfinite(file.first_wall_time)), default=None)

    def read_file_version(self, run: str) -> float:
        """The number behind `brain.Event:` in the first of a run's files that tells; 0 when none does.

        Raises UnknownSeries.
        """
        (files,) = self._engine.files([self._find_book(run).number])
        return next((file.file_version for file in files if math.isfinite(file.file_version)), 0.0)

    def latest(self, keys: Sequence[SeriesKey]) -> Latest:
        """The newest point of each series. Unknown keys are left out."""
        import numpy as np

        known, rows = self._find(keys)
        steps, wall_times, values = self._engine.latest(rows)
        return Latest(tuple(known), np.asarray(steps), np.asarray(wall_times), np.asarray(values))

    def _find(self, keys: Sequence[SeriesKey]) -> tuple[Sequence[SeriesKey], _core.Rows]:
        """Those of the keys that are there, and where."""
        rows, missing = self._engine.find(keys, self._run_numbers, self._tag_numbers)
        if missing:
            gone = set(missing)
            keys = [key for at, key in enumerate(keys) if at not in gone]
        return keys, rows

    def sample(
        self,
        keys: Sequence[SeriesKey],
        *,
        px: int,
        x_axis: XAxis = "step",
        lo: float | None = None,
        hi: float | None = None,
        smoothing: float = 0.0,
        branch: Branch = "all",
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
            branch: `all` points; the `newest` branch, without what restarts left behind; or the `abandoned` points
                alone. The default range is that of all points, whichever branch is asked for.

        Raises:
            BadArgument: px, the axis, the range, the weight or the branch lies outside its domain.
        """
        known, rows = self._find(keys)
        window = fit_window(self._engine, rows, px=px, x_axis=x_axis, lo=lo, hi=hi, branch=branch)
        return (window.lo, window.hi), read_samples(self._engine, known, rows, window, smoothing=smoothing)

    def group(
        self,
        keys: Sequence[SeriesKey],
        *,
        branch: Branch = "newest",
        interval: float = 0.8,
        **lines: Unpack[LineArguments],
    ) -> tuple[tuple[float, float], Group]:
        """Mean, spread and interval of many series on one grid, and the range used.

        Each series counts once per column, by the mean of its points there, or by its smoothed value when `smoothing`
        is above 0; between its columns it lies on a straight line. Arguments and errors as of `sample`; `interval` is
        the share of the series between `Group.low` and `Group.high`.
        """
        used, samples = self.sample(keys, branch=branch, **lines)
        column: Literal["smooth", "mean"] = "smooth" if lines.get("smoothing") else "mean"
        return used, group_samples(samples, px=lines["px"], column=column, interval=interval)

    def nearest(
        self,
        keys: Sequence[SeriesKey],
        *,
        x: float,
        y: float,
        branch: Branch = "newest",
        **lines: Unpack[LineArguments],
    ) -> Nearest | None:
        """The series nearest to a place of a chart, by value in the pixel column of `x`; None when none goes through.

        Arguments and errors as of `sample`.
        """
        (first, last), samples = self.sample(keys, branch=branch, **lines)
        if not first <= x <= last:
            return None
        px = lines["px"]
        column = min(int((x - first) * px / (last - first)), px - 1) if last > first else 0
        return find_nearest(samples, column=column, value=y)

    def density(
        self,
        keys: Sequence[SeriesKey],
        *,
        width: int,
        height: int,
        x_axis: XAxis = "step",
        lo: float | None = None,
        hi: float | None = None,
        y_lo: float | None = None,
        y_hi: float | None = None,
        is_log: bool = False,
        branch: Branch = "newest",
    ) -> Density:
        """How many series pass through each pixel: a thousand runs in one picture.

        A curve covers, in each column, the rows from its lowest to its highest value there, joined to its value in the
        column before. `lo`, `hi`, `y_lo` and `y_hi` default to the extent of all; `is_log` spaces the rows by the
        decimal logarithm of values above 0.

        Raises:
            BadArgument: an argument lies outside its domain, or the picture would have more than 16 million pixels.
        """
        _, rows = self._find(keys)
        window = fit_window(self._engine, rows, px=width, x_axis=x_axis, lo=lo, hi=hi, branch=branch)
        return draw_density(self._engine, rows, window, height=height, y_lo=y_lo, y_hi=y_hi, is_log=is_log)

    def list_files(self) -> list[FileInfo]:
        """The health of every event file, sorted by run, in the order in which the files of a run were written."""
        root = str(self._root)
        books = list(self._books.values())
        return [
            FileInfo(relative_path(file.path, root), book.name, file.size_bytes, file.read_bytes, file.n_records)
            for book, files in zip(books, self._engine.files([book.number for book in books]), strict=True)
            for file in files
        ]

    def list_issues(self) -> list[ReadIssue]:
        """All damage and everything that could not be read, sorted by path and offset."""
        root = str(self._root)
        issues = [] if self._mirror is None else self._mirror.list_issues()
        issues += [
            ReadIssue(
                relative_path(path, root) if path != root else ".",
                0,
                "unreadable",
                0,
                message.partition(" (os error")[0],
            )
            for path, _, message in self._engine.unreadable()
        ]
        for files in self._engine.files([book.number for book in self._books.values()]):
            for file in files:
                path = relative_path(file.path, root) if file.issues else ""
                issues += [
                    ReadIssue(path, offset, kind, skipped, detail) for offset, kind, skipped, detail in file.issues
                ]
        return sorted(issues, key=lambda issue: (issue.path, issue.offset))
