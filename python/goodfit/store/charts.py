"""Many series → what a chart of some pixels can show of them: columns of lines, or one picture of all.

Column of a point at x: floor((x - lo) * px / (hi - lo)), the last column closed.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, Required, TypedDict

from goodfit.errors import BadArgument
from goodfit.store.processors import count_processors
from goodfit.store.series import Density, Sample

if TYPE_CHECKING:
    from goodfit import _core
    from goodfit.types import SeriesKey

XAxis = Literal["step", "wall_time", "relative"]
Branch = Literal["all", "newest", "abandoned"]


class LineArguments(TypedDict, total=False):
    """What `Store.sample` may be told of the lines that others are made of."""

    px: Required[int]
    x_axis: XAxis
    lo: float | None
    hi: float | None
    smoothing: float


@dataclass(frozen=True, slots=True)
class Window:
    """Pixel columns over a range of x."""

    px: int
    x_axis: XAxis
    lo: float
    hi: float
    branch: Branch


def fit_window(
    engine: _core.Engine,
    rows: _core.Rows,
    *,
    px: int,
    x_axis: XAxis,
    lo: float | None,
    hi: float | None,
    branch: Branch,
) -> Window:
    """A window over the series in `rows`; without `lo` or `hi` it ends where all of their points do.

    Raises:
        BadArgument: an argument lies outside its domain.
    """
    if x_axis not in ("step", "wall_time", "relative"):
        raise BadArgument(f"x_axis is {x_axis!r}; wanted 'step', 'wall_time' or 'relative'.")
    if branch not in ("all", "newest", "abandoned"):
        raise BadArgument(f"branch is {branch!r}; wanted 'all', 'newest' or 'abandoned'.")
    if not 1 <= px <= 100_000:
        raise BadArgument(f"px is {px}; wanted 1 to 100000 columns.")
    extent = None if lo is not None and hi is not None else engine.extent(rows, x_axis)
    first, last = extent or (0.0, 1.0)
    lo, hi = (first if lo is None else lo), (last if hi is None else hi)
    if not math.isfinite(lo) or not math.isfinite(hi):
        raise BadArgument(f"The range is {lo} to {hi}; wanted finite numbers.")
    return Window(px, x_axis, lo, max(lo, hi), branch)


def read_samples(
    engine: _core.Engine, keys: Sequence[SeriesKey], rows: _core.Rows, window: Window, *, smoothing: float
) -> list[Sample]:
    """Each series reduced to the columns of a window; those that hold no scalars are left out.

    Raises:
        BadArgument: the weight lies outside its domain.
    """
    import numpy as np

    if not 0.0 <= smoothing < 1.0:
        raise BadArgument(f"smoothing is {smoothing}; wanted 0 to below 1.")
    reduced = engine.sample(
        rows,
        px=window.px,
        x_axis=window.x_axis,
        lo=window.lo,
        hi=window.hi,
        smoothing=smoothing,
        branch=window.branch,
        n_threads=count_processors(),
    )
    return [
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
        for key, one in zip(keys, reduced, strict=True)
        if one is not None
    ]


def draw_density(
    engine: _core.Engine,
    rows: _core.Rows,
    window: Window,
    *,
    height: int,
    y_lo: float | None,
    y_hi: float | None,
    is_log: bool,
) -> Density:
    """How many series pass through each pixel; without `y_lo` or `y_hi` the picture ends where their values do.

    Raises:
        BadArgument: an argument lies outside its domain, or the picture would have more than 16 million pixels.
    """
    import numpy as np

    if not 1 <= height <= 100_000 or window.px * height > 1 << 24:
        raise BadArgument(f"The picture is {window.px} x {height}; wanted 1 to 100000 each, and 16 million together.")
    for name, given in (("y_lo", y_lo), ("y_hi", y_hi)):
        if given is not None and not (math.isfinite(given) and (given > 0 or not is_log)):
            raise BadArgument(f"{name} is {given}; wanted a finite number{', above 0' if is_log else ''}.")
    n_threads = count_processors()
    bottom, top = ((math.log10(y) if y is not None and is_log else y) for y in (y_lo, y_hi))
    if bottom is None or top is None:
        found = engine.value_extent(
            rows,
            px=window.px,
            x_axis=window.x_axis,
            lo=window.lo,
            hi=window.hi,
            is_log=is_log,
            branch=window.branch,
            n_threads=n_threads,
        ) or (0.0, 1.0)
        bottom = found[0] if bottom is None else bottom
        top = found[1] if top is None else top
    if not bottom < top:  # a constant runs through the middle
        margin = abs(bottom) * 0.01 or 0.5
        bottom, top = bottom - margin, bottom + margin
    counts, n_series = engine.density(
        rows,
        width=window.px,
        height=height,
        x_axis=window.x_axis,
        lo=window.lo,
        hi=window.hi,
        bottom=bottom,
        top=top,
        is_log=is_log,
        branch=window.branch,
        n_threads=n_threads,
    )
    y_lo, y_hi = (10.0**bottom, 10.0**top) if is_log else (bottom, top)
    return Density(np.asarray(counts).reshape(height, window.px), window.lo, window.hi, y_lo, y_hi, n_series)
