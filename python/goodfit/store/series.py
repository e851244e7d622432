"""What the store gives out: columns and values of series, read-only."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from goodfit.types import Histogram, Kind, SeriesKey

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from goodfit.types import Float64Array, Int64Array


@dataclass(frozen=True, slots=True)
class Histograms:
    """All recorded histograms of a series, in file order; length n_points."""

    steps: Int64Array
    wall_times: Float64Array
    items: tuple[Histogram, ...]


@dataclass(frozen=True, slots=True)
class Message:
    """One recorded value as its writer wrote it."""

    data: bytes
    """A `Summary.Value` message, or the payload itself when `is_bare`."""
    is_bare: bool
    """A graph or run metadata, which an event holds outside of a summary."""


@dataclass(frozen=True, slots=True)
class Blobs:
    """Values of a non-numeric series (image, audio, text, graph, tensor, hparams, …); read from disk when asked."""

    steps: Int64Array
    wall_times: Float64Array
    kind: Kind
    content: bytes = b""
    """The plugin's own bytes from the first value's metadata; empty when there were none."""
    strings_reader: Callable[[int], tuple[bytes, ...]] | None = field(default=None, repr=False, compare=False)
    numbers_reader: Callable[[int], npt.NDArray[np.float64]] | None = field(default=None, repr=False, compare=False)
    message_reader: Callable[[int], Message] | None = field(default=None, repr=False, compare=False)

    def read(self, index: int) -> tuple[bytes, ...]:
        """The byte strings of one point: PNGs of an image, WAVs of an audio, UTF-8 texts, one GraphDef, …

        Of hparams, the one string is the plugin's content (an `HParamsPluginData`); a tensor of numbers has none: see
        `read_numbers`. Raises IndexError, and LogFolderError when the file is gone or was changed since it was read.
        """
        if self.strings_reader is None:
            return ()
        return self.strings_reader(self._checked(index))

    def read_numbers(self, index: int) -> npt.NDArray[np.float64]:
        """The numbers of one point as float64 in the tensor's shape (tensor, pr_curve, mesh, …).

        Raises IndexError, and LogFolderError when the point holds no numbers or its file is gone or was changed.
        """
        index = self._checked(index)
        if self.numbers_reader is None:
            raise IndexError(index)
        return self.numbers_reader(index)

    def read_message(self, index: int) -> Message:
        """One point as its writer wrote it, for those who speak TensorBoard's own format.

        Raises IndexError, and LogFolderError when the file is gone or was changed since it was read.
        """
        index = self._checked(index)
        if self.message_reader is None:
            raise IndexError(index)
        return self.message_reader(index)

    def _checked(self, index: int) -> int:
        n_points = len(self.steps)
        if not -n_points <= index < n_points:
            raise IndexError(f"point {index} of a series of {n_points}")
        return index % n_points


@dataclass(frozen=True, slots=True)
class Sample:
    """One series reduced to the pixel columns of a chart. Every array has length px, NaN where a column is empty."""

    key: SeriesKey
    n_points: int
    """Points inside the range, before reduction."""
    n_nonfinite: int
    minimum: npt.NDArray[np.float32]
    """Of the finite values of each column, like maximum, mean, last and smooth."""
    maximum: npt.NDArray[np.float32]
    mean: npt.NDArray[np.float32]
    last: npt.NDArray[np.float32]
    smooth: npt.NDArray[np.float32]
    """Debiased EMA over all points before reduction, its last value per column; equals `last` when smoothing is 0."""
    count: npt.NDArray[np.uint32]
    """Points of each column, finite or not."""
    nonfinite_x: Float64Array
    """x of the first NaN or infinity in each column that has one; length at most px."""


@dataclass(frozen=True, slots=True)
class Density:
    """How many curves pass through each pixel of a picture."""

    counts: npt.NDArray[np.uint32]
    """Shape (height, width), the first row at `y_hi`."""
    lo: float
    """x at the left edge of the first column."""
    hi: float
    y_lo: float
    """Value at the lower edge of the last row."""
    y_hi: float
    n_series: int
    """Curves of which anything could be drawn; of a logarithmic picture those with a value above 0."""


@dataclass(frozen=True, slots=True)
class Latest:
    """The newest point of many series at once; arrays in the order of `keys`."""

    keys: tuple[SeriesKey, ...]
    steps: Int64Array
    wall_times: Float64Array
    values: Float64Array
    """NaN for a series that holds no numbers."""


@dataclass(frozen=True, slots=True)
class Session:
    """One session record of a run: what the writer said of its own life."""

    status: str
    """`start`, `stop`, `checkpoint` or `unspecified`."""
    step: int
    wall_time: float
    message: str
