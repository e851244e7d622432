"""The Rust core: bytes → records → columns, and the loops over them. Private; `goodfit.store` is the way in."""

from collections.abc import Sequence
from os import PathLike
from typing import final

from goodfit.types import SeriesKey

IS_DEBUG_BUILD: bool
"""Built without optimisation; Python warns at import then."""

def masked_crc(data: bytes) -> int:
    """The masked CRC-32C of `data`, as event files store it."""

def find_files(
    root: str, part: str, not_suffix: str
) -> tuple[list[tuple[str, list[tuple[str, int, int, int]]]], list[tuple[str, int, str]]]:
    """Folders below `root` that directly hold regular files whose names contain `part` and do not end in `not_suffix`.

    Returns:
        For each such folder its name as a run and its files as (path, size, device, inode), in the order of their
        writing; and (path, error number or 0, message) of what could not be looked at.

    Raises:
        OSError: the root itself cannot be listed.
    """

def copy_records(source: str | PathLike[str], out: str | PathLike[str]) -> tuple[int, int, list[tuple[int, str, int]]]:
    """Copies the readable records of `source` to `out`, which must not exist.

    Returns:
        Records and bytes copied, and what was left out as (offset, kind, skipped bytes).

    Raises:
        OSError: reading or writing failed, or `out` exists.
    """

@final
class Column:
    """A one-dimensional read-only buffer; `numpy.asarray(column)` shares its memory and keeps it alive."""

    def __len__(self) -> int: ...
    def __buffer__(self, flags: int, /) -> memoryview: ...
    def __release_buffer__(self, view: memoryview, /) -> None: ...

@final
class ChangedSeries:
    """Series with new points."""

    def __len__(self) -> int: ...
    def rows(self) -> tuple[list[int], list[int]]:
        """Numbers of runs, and of their tags, in no order."""

@final
class RefreshReport:
    """What one refresh brought."""

    n_points: int
    n_bytes: int
    n_unread_bytes: int
    """Left to the next refresh, because the time was up."""
    new_runs: list[tuple[int, str]]
    """Numbers and names, sorted by name."""
    removed_runs: list[str]
    """Names, sorted."""
    reset_runs: list[int]
    """Runs that were read anew, because a file of theirs was replaced, cut or removed."""
    changed_runs: list[int]
    """Numbers of runs with new points or session records, ascending."""
    changed: ChangedSeries
    revision: int
    """Of the table; series with new points carry it."""

@final
class Rows:
    """Where series stand in the table."""

    def __len__(self) -> int: ...

@final
class RunCatalog:
    """What is known of series of one run: lists of the same length, in no order."""

    tags: list[int]
    """Numbers into `Engine.tag_names`."""
    kinds: list[str]
    n_points: list[int]
    first_steps: list[int]
    last_steps: list[int]
    last_wall_times: list[float]
    word_numbers: list[int]
    """Into `words`; -1 where no value had metadata."""
    words: list[tuple[str, str, str]]
    """(plugin, display name, description)."""

@final
class FileState:
    """How one file was read."""

    path: str
    size_bytes: int
    first_wall_time: float
    """Of its first record, in seconds since the epoch; NaN when not known."""
    file_version: float
    """The number behind `brain.Event:`; NaN when no record says one."""
    read_bytes: int
    n_records: int
    issues: list[tuple[int, str, int, str]]
    """(offset, kind, skipped bytes, detail), in file order."""

@final
class ReducedSeries:
    """One series reduced to pixel columns; see `goodfit.store.series.Sample`."""

    n_points: int
    n_nonfinite: int
    minimum: Column
    maximum: Column
    mean: Column
    last: Column
    smooth: Column
    count: Column
    nonfinite_x: Column

@final
class Engine:
    """The table of everything read below one log folder, asked with run numbers and tag names.

    Safe to use from several threads: one reads files, any number ask. The interpreter lock is released in all loops.
    """

    def __new__(cls, root: str, part: str, not_suffix: str) -> Engine: ...
    def refresh(self, *, n_threads: int, budget_s: float | None, is_thorough: bool) -> RefreshReport:
        """Looks for files and reads what is new, up to about `budget_s` seconds.

        `is_thorough` lists every folder, even where the system tells of changes.
        """

    def load_cache(self, path: str, n_threads: int) -> bool:
        """Takes what a cache holds, for the first refresh to go on from; False when it is not ours. Raises OSError."""

    def save_cache(self, path: str) -> int:
        """Writes all that was read; the bytes that took. Raises OSError, and leaves nothing behind then."""

    def unreadable(self) -> list[tuple[str, int, str]]:
        """(path, error number or 0, message) of what could not be listed or read at the last refresh."""

    def start_watching(self) -> bool:
        """Asks the system to tell of changes, which refreshes then rely on; whether it does."""

    def wait(self, timeout_s: float) -> bool:
        """Waits until something changed, or until `stop_waiting`; False when the time passed instead."""

    def pause(self, time_s: float) -> bool:
        """Lets time pass; True when `stop_waiting` was called."""

    def stop_waiting(self) -> None:
        """Ends all waiting, now and later."""

    def merged_bytes(self) -> int:
        """Bytes taken in by the read that is going on, or by the last one."""

    def tag_names(self, start: int) -> list[str]:
        """Names of the tags from number `start` on."""

    def files(self, runs: Sequence[int]) -> list[list[FileState]]:
        """The files of each of these runs, in the order of their writing."""

    def catalog(self, run: int, since: int) -> RunCatalog:
        """The series of a run that got points at `since` (a revision) or later."""

    def sessions(self, run: int) -> list[tuple[int, int, float, str]]:
        """(status, step, wall time, message) of the session records of a run."""

    def scalars(self, run: int, tag: str) -> tuple[Column, Column, Column, list[int], list[int]]:
        """Steps, wall times, values; the index of each segment's first point, and of each segment the index behind the
        last point of the newest branch. Raises KeyError."""

    def places_of(self, run: int, tag: str) -> tuple[Column, Column, str, bytes]:
        """Steps, wall times, kind and plugin content of a series that is not scalar. Raises KeyError."""

    def read_strings(self, run: int, tag: str, at: int) -> list[bytes]:
        """The byte strings of one point. Raises KeyError, OSError, ValueError."""

    def read_numbers(self, run: int, tag: str, at: int) -> tuple[list[int], Column]:
        """Shape and numbers of one point. Raises KeyError, OSError, ValueError."""

    def read_message(self, run: int, tag: str, at: int) -> tuple[bytes, bool]:
        """The bytes of one point's `Summary.Value`; or, and then True, of the payload itself.

        Raises KeyError, OSError.
        """

    def histograms(self, run: int, tag: str) -> tuple[Column, Column, Column, Column, Column]:
        """Steps, wall times, edges and counts of all histograms end to end, and the number of buckets of each.

        Raises KeyError, OSError, ValueError.
        """

    def find(self, keys: Sequence[SeriesKey], runs: dict[str, int], tags: dict[str, int]) -> tuple[Rows, list[int]]:
        """Where series stand, and the indices of those that are missing; `runs` and `tags` number the names."""

    def latest(self, rows: Rows) -> tuple[Column, Column, Column]:
        """Steps, wall times and values of the newest points; (0, NaN, NaN) for a series that went away."""

    def extent(self, rows: Rows, x_axis: str) -> tuple[float, float] | None:
        """The smallest and largest finite x of scalar series together; None when there is none."""

    def sample(
        self,
        rows: Rows,
        *,
        px: int,
        x_axis: str,
        lo: float,
        hi: float,
        smoothing: float,
        branch: str,
        n_threads: int,
    ) -> list[ReducedSeries | None]:
        """One reduced series for each row, None for what holds no scalars. Raises ValueError."""

    def value_extent(
        self,
        rows: Rows,
        *,
        px: int,
        x_axis: str,
        lo: float,
        hi: float,
        is_log: bool,
        branch: str,
        n_threads: int,
    ) -> tuple[float, float] | None:
        """The lowest and highest value of series on a grid, in decimal logarithms if `is_log`; None without any."""

    def density(
        self,
        rows: Rows,
        *,
        width: int,
        height: int,
        x_axis: str,
        lo: float,
        hi: float,
        bottom: float,
        top: float,
        is_log: bool,
        branch: str,
        n_threads: int,
    ) -> tuple[Column, int]:
        """How many curves cross each pixel, row by row from the top; and how many were drawn. Raises ValueError."""

    def n_bytes(self) -> int:
        """Bytes that the points take in memory."""

@final
class EventWriter:
    """Writes one event file from a thread of its own; see `goodfit.sdk.event_file`."""

    def __new__(
        cls, path: str, *, writer: str, flush_s: float, max_pending_bytes: int, double_precision: bool = False
    ) -> EventWriter: ...
    def log(self, step: int, values: dict[str, float], wall_time: float | None = None) -> int:
        """One event with a scalar per item of `values`."""

    def add_tensor(
        self,
        step: int,
        tag: str,
        dtype: int,
        shape: Sequence[int],
        content: bytes | list[bytes] | None,
        *,
        plugin: str = "",
        plugin_content: bytes = ...,
        display_name: str = "",
        description: str = "",
        data_class: int = 0,
        wall_time: float | None = None,
        wait_s: float = 0.0,
    ) -> int:
        """One event with one tensor."""

    def add_field(
        self, step: int, field: int, content: bytes, *, wall_time: float | None = None, wait_s: float = 0.0
    ) -> int:
        """One event with one length-delimited field."""

    def add_event(self, event: bytes, *, wait_s: float = 0.0) -> int:
        """The bytes of a whole event, framed as they are."""

    def flush(self, timeout_s: float) -> bool:
        """Waits until everything so far is handed to the system; false when that failed or took longer."""

    def close(self, timeout_s: float) -> bool:
        """Writes the rest and ends the thread; false when records were lost or it took longer."""

    def abandon(self) -> None:
        """For a forked child: this file and its thread belong to the parent."""

    @property
    def is_abandoned(self) -> bool: ...
    @property
    def path(self) -> PathLike[str]: ...
    def report(self) -> dict[str, object]:
        """`n_records, n_lost, written_bytes, n_errors, last_error` so far."""
