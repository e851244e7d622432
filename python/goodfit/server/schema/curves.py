"""Series as columns of pixels: `api/curves`."""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta, Struct

from goodfit.server.schema.base import Px, SeriesRef, Smoothing

MAX_CURVES = 2_000
"""Series of one chart as columns; more are unreadable as lines, see DensityRequest."""


class CurvesRequest(Struct):
    """POST api/curves: one chart, all its series at once."""

    series: Annotated[list[SeriesRef], Meta(max_length=MAX_CURVES)]
    px: Px
    x_axis: Literal["step", "wall_time", "relative", "log_step", "epoch"] = "step"
    """`log_step` is log10 of the step, in which `lo` and `hi` then are; steps of 0 and below have no place on it.
    `epoch` is that of the run's metric of this name, or the step of tags that begin with `epoch_`; series of runs that
    tell none are left out."""
    lo: float | None = None
    """Left edge in units of the x axis; None: the first x of the series together."""
    hi: float | None = None
    smoothing: Smoothing | None = 0.0
    """Weight of the debiased exponential moving average, over all points before they are reduced; None lets the number
    of points decide: none for short series."""


class CurveHeader(Struct):
    run: str
    tag: str
    n_points: int
    n_nonfinite: int
    nonfinite_x: list[float]
    clipped: int = 0
    n_recorded: int = 0
    """Recorded points of the whole series, restarts included; `n_points` are those in range."""
    origin: float = 0.0
    """What the column `other` counts from: the wall time of the first point, or on time axes its step."""


class CurvesHeader(Struct):
    """The JSON header of the answer to POST api/curves.

    The answer is `u32le header length | header JSON, space-padded so that the columns start at a multiple of 4 |
    float32 columns`. Columns: `x` (px values, column centres), then per series `minimum maximum mean last smooth`, each
    of px values, NaN where empty, and `other`: the axis that is not shown, counted from the series' `origin`, which is
    seconds on the step axis and steps on the axes of time and epochs. All of these are of the newest branch; where
    restarts left points behind, `abandoned` is one more column, the mean of those. A float32 holds a wall time to two
    minutes only: compute exact centres as `lo + (i + 0.5) * (hi - lo) / px` in float64. Series that are not there (any
    more) are left out.
    """

    revision: int
    px: int
    lo: float
    hi: float
    x_axis: str
    smoothing: float
    """As applied."""
    is_smoothing_chosen: bool
    """Whether the asker chose the weight; False when the number of points did."""
    columns: list[str]
    series: list[CurveHeader]
