"""The narrow interface between columns and everything that asks for them.

Views, judgement and the server reach data only through these methods, so that another engine can stand behind them.
Ranges are half-open. Arrays given out are read-only views. Nothing here raises on damaged files: see `list_issues`.
"""


from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from goodfit.types import Changes, FileInfo, Histogram, Kind, ReadIssue, Scalars, SeriesInfo, SeriesKey

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from goodfit.types import Float64Array, Int64Array

XAxis = Literal["step", "wall_time", "relative"]


@dataclass(frozen=True, slots=True)
class Histograms:
    """All recorded histograms of a series, in file order; length n_points."""

    steps: Int64Array
    wall_times: Float64Array
    items: tuple[Histogram, ...]


@dataclass(frozen=True, slots=True)
class Blobs:
    """Values of a non-numeric series (image, audio, text, graph, tensor, hparams, …); read from disk when asked."""

    steps: Int64Array
    wall_times: Float64Array
    kind: Kind

    def read(self, index: int) -> tuple[bytes, ...]:
        """The byte strings of one point: PNGs of an image, WAVs of an audio, UTF-8 texts, one GraphDef, …"""
        raise NotImplementedError


@dataclass(frozen=True, slots=True)
class Sample:
    """One series reduced to the pixel columns of a chart. Every array has length px, NaN where a column is empty."""

    key: SeriesKey
    n_points: int
    """Points inside the range, before reduction."""
    n_nonfinite: int
    minimum: npt.NDArray[np.float32]
    maximum: npt.NDArray[np.float32]
    mean: npt.NDArray[np.float32]
    last: npt.NDArray[np.float32]
    smooth: npt.NDArray[np.float32]
    """Debiased EMA over all points before reduction, its last value per column; equals `last` when smoothing is 0."""
    count: npt.NDArray[np.uint32]
    nonfinite_x: Float64Array
    """x of the first NaN or infinity in each column that has one."""


@dataclass(frozen=True, slots=True)
class Latest:
    """The newest point of many series at once; arrays in the order of `keys`."""

    keys: tuple[SeriesKey, ...]
    steps: Int64Array
    wall_times: Float64Array
    values: Float64Array


class Store:
    """Columns of every series below one log folder, kept up to date by `refresh`.

    Safe to use from several threads: one refreshes, any number read. Readers see whole points only.
    """

    def __init__(self, logdir: str | Path) -> None:
        raise NotImplementedError

    def refresh(self) -> Changes:
        """Reads what was appended since the last call; cost grows with that, not with what is held."""
        raise NotImplementedError

    @property
    def revision(self) -> int:
        raise NotImplementedError

    def list_runs(self) -> list[str]:
        """Names of the runs, sorted."""
        raise NotImplementedError

    def list_series(self, run: str | None = None, *, kind: Kind | None = None) -> list[SeriesInfo]:
        """What is known of the series of one run (default: all), sorted by run and tag."""
        raise NotImplementedError

    def read_scalars(self, key: SeriesKey) -> Scalars:
        """Every point of a scalar series. Raises UnknownSeries."""
        raise NotImplementedError

    def read_histograms(self, key: SeriesKey) -> Histograms:
        raise NotImplementedError

    def read_blobs(self, key: SeriesKey) -> Blobs:
        raise NotImplementedError

    def latest(self, keys: Sequence[SeriesKey]) -> Latest:
        raise NotImplementedError

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
        extent of the series together. Unknown keys are left out.
        """
        raise NotImplementedError

    def list_files(self) -> list[FileInfo]:
        raise NotImplementedError

    def list_issues(self) -> list[ReadIssue]:
        raise NotImplementedError
