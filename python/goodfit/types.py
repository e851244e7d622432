"""The values that travel between packages: frozen, slotted, and unable to be wrong.

Imports nothing heavy: arrays appear in annotations only, so that `import goodfit` loads no numpy.

Glossary (docs/glossary.md): a *run* is a folder that directly holds event files; a *training* is what the user
started: one run, or the runs that are its halves; a *series* is one tag of one run; a *point* is (step, wall_time,
value).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    Int64Array = npt.NDArray[np.int64]
    Float64Array = npt.NDArray[np.float64]

Kind = Literal[
    "scalar", "histogram", "image", "audio", "text", "tensor", "graph", "keras_graph", "run_metadata", "hparams",
    "pr_curve", "mesh", "custom_scalars", "embedding",
]  # fmt: skip
Severity = Literal["info", "warning", "error"]
Direction = Literal["min", "max"]
State = Literal["running", "finished", "failed", "killed", "stalled"]


@dataclass(frozen=True, slots=True, order=True)
class SeriesKey:
    """Names one series: a tag of a run. `run` is the folder's path below the log folder (`.` for the folder itself)."""

    run: str
    tag: str


@dataclass(frozen=True, slots=True)
class SeriesInfo:
    """What is known of a series without reading its points."""

    key: SeriesKey
    kind: Kind
    n_points: int
    """Recorded points, restarts included."""
    first_step: int
    last_step: int
    """Step of the newest point in file order."""
    last_wall_time: float
    """Seconds since the epoch, UTC."""
    plugin: str = ""
    display_name: str = ""
    description: str = ""


@dataclass(frozen=True, slots=True)
class Scalars:
    """The points of a scalar series in file order, restarts included; arrays are read-only views of length n_points."""

    steps: Int64Array
    wall_times: Float64Array
    """Seconds since the epoch, UTC."""
    values: Float64Array
    """As logged: NaN and infinities stay."""
    segments: tuple[int, ...]
    """Index of the first point of each segment; always starts with 0 unless empty. Steps never go back within one. One
    begins where steps go back, and where the writer said that it started anew."""
    newest_stops: tuple[int, ...] = ()
    """Of each segment, the index behind its last point that belongs to the newest branch; empty when nobody told. The
    points behind it, up to the next segment, were abandoned: a later segment begins at or below their steps."""

    @property
    def is_abandoned(self) -> npt.NDArray[np.bool_]:
        """Of each point, whether a restart left it behind; read-only."""
        import numpy as np

        n_points = len(self.steps)
        mask = np.zeros(n_points, dtype=np.bool_)
        for stop, end in zip(self.newest_stops, (*self.segments[1:], n_points), strict=False):
            mask[stop:end] = True
        mask.flags.writeable = False
        return mask


@dataclass(frozen=True, slots=True)
class Histogram:
    """One recorded histogram: counts[i] values lie in [edges[i], edges[i+1])."""

    edges: Float64Array
    """Length n_buckets + 1, ascending."""
    counts: Float64Array


@dataclass(frozen=True, slots=True)
class ReadIssue:
    """Damage in one event file, skipped or waited for; never an exception."""

    path: str
    """Below the log folder, with forward slashes."""
    offset: int
    """Of the damaged record's first byte."""
    kind: str
    """torn_tail, bad_length_crc, bad_data_crc, undecodable, giant_length, nan_wall_time, mixed_kinds, unreadable, …"""
    skipped_bytes: int
    detail: str = ""


@dataclass(frozen=True, slots=True)
class FileInfo:
    """The health of one event file."""

    path: str
    run: str
    size_bytes: int
    read_bytes: int
    """Bytes read so far; less than the size while a torn tail waits."""
    n_records: int


@dataclass(frozen=True, slots=True)
class Changes:
    """What a refresh brought."""

    revision: int
    """Grows by one with each refresh that found something."""
    series: Sequence[SeriesKey] = ()
    """Series with new points, sorted."""
    new_runs: tuple[str, ...] = ()
    removed_runs: tuple[str, ...] = ()
    n_points: int = 0
    n_bytes: int = 0
    n_unread_bytes: int = 0
    """Bytes that are there and were left to the next refresh, because the time was up; 0 when all was read."""

    @property
    def is_empty(self) -> bool:
        return not (self.series or self.new_runs or self.removed_runs)


@dataclass(frozen=True, slots=True)
class Pair:
    """The train and validation halves of one metric of a training; either may be missing, not both."""

    metric: str
    train: SeriesKey | None
    validation: SeriesKey | None
    direction: Direction | None
    """Whether lower or higher is better; None when neither name nor shape tells."""
    how: str
    """The rule that paired them, shown to the user: `run folders`, `tag prefix`, `tag suffix`, `single`."""
