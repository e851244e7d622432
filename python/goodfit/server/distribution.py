"""Histograms of a series, each with edges of its own → counts on common bins, and percentiles.

Within a bucket, values are taken to lie evenly between its edges; a bucket without width holds one value. Counts are
kept: what falls into the common bins and what lies beyond them add up to the sum over buckets.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from goodfit.types import Float64Array, Histogram, Int64Array

BASIS_POINTS = (0, 668, 1587, 3085, 5000, 6915, 8413, 9332, 10_000)
"""Of 10,000: the normal distribution's −∞, −1.5σ, −σ, −½σ, 0, … as TensorBoard's distributions show them."""


def choose_evenly(n_recorded: int, max_chosen: int) -> Int64Array:
    """At most `max_chosen` indices below `n_recorded`, evenly spread, first and last always in (the last alone for 1).

    >>> choose_evenly(10, 4).tolist(), choose_evenly(2, 4).tolist(), choose_evenly(9, 1).tolist()
    ([0, 3, 6, 9], [0, 1], [8])
    """
    import numpy as np

    if n_recorded <= max_chosen:
        return np.arange(n_recorded, dtype=np.int64)
    if max_chosen == 1:
        return np.array([n_recorded - 1], dtype=np.int64)
    return np.unique(np.rint(np.linspace(0, n_recorded - 1, max_chosen)).astype(np.int64))


def occupied(histogram: Histogram) -> tuple[Float64Array, Float64Array, Float64Array]:
    """Left edges, right edges and counts of the buckets that hold something and have finite edges, all of one
    length."""
    import numpy as np

    edges = np.asarray(histogram.edges, dtype=np.float64)
    counts = np.asarray(histogram.counts, dtype=np.float64)
    left, right = edges[:-1], edges[1:]
    keep = (counts > 0) & np.isfinite(counts) & np.isfinite(left) & np.isfinite(right)
    left, right, counts = left[keep], right[keep], counts[keep]
    return np.minimum(left, right), np.maximum(left, right), counts


TAIL_SHARE = 0.005
"""Of the values on each side, every histogram weighing the same."""
FAR = 0.5
"""A tail is cut only when it makes the range longer by more than this share of the middle part."""


def middle_range(histograms: Sequence[Histogram]) -> tuple[float, float] | None:
    """The range that holds the middle 99 % of all values, or all of them on a side where these are not far out.

    Each histogram weighs the same, so that one step of wild values does not flatten all others into one bin.
    """
    import numpy as np

    parts = [occupied(histogram) for histogram in histograms]
    parts = [part for part in parts if len(part[2])]
    if not parts:
        return None
    left = np.concatenate([part[0] for part in parts])
    right = np.concatenate([part[1] for part in parts])
    weight = np.concatenate([part[2] / part[2].sum() for part in parts])
    first, last = float(left.min()), float(right.max())
    # Values lie evenly in their buckets: a tail ends where the buckets begun so far hold its share.
    by_left, by_right = np.argsort(right), np.argsort(-left)
    total = float(weight.sum())
    low = float(left[by_left][np.searchsorted(np.cumsum(weight[by_left]), TAIL_SHARE * total)])
    high = float(right[by_right][np.searchsorted(np.cumsum(weight[by_right]), TAIL_SHARE * total)])
    low, high = min(low, high), max(low, high)
    middle = high / 2 - low / 2
    if low / 2 - first / 2 <= FAR * middle:
        low = first
    if last / 2 - high / 2 <= FAR * middle:
        high = last
    return low, high


def common_edges(histograms: Sequence[Histogram], n_bins: int) -> Float64Array:
    """Edges of `n_bins` equal bins over the middle of all histograms; length n_bins + 1, strictly ascending."""
    import numpy as np

    found = middle_range(histograms)
    if found is None:
        return np.linspace(0.0, 1.0, n_bins + 1)
    low, high = found
    # Halves are subtracted, so that an extent over the whole range of a float does not overflow.
    width = high / 2 - low / 2
    if width <= abs(low) * 1e-12 * n_bins:
        margin = abs(low) * 0.01 or 0.5
        low, high = low - margin, high + margin
        width = margin
    shares = np.linspace(0.0, 1.0, n_bins + 1)
    return low * (1 - shares) + high * shares


@dataclass(frozen=True, slots=True)
class Binned:
    """A histogram on common bins; `counts.sum() + n_below + n_above` is the number of its values."""

    counts: Float64Array
    n_below: float
    n_above: float


def rebin(histogram: Histogram, edges: Float64Array) -> Binned:
    """Counts of one histogram on other edges, by area; what lies outside is counted on its side."""
    import numpy as np

    left, right, counts = occupied(histogram)
    n_bins = len(edges) - 1
    binned = np.zeros(n_bins)
    if not len(counts):
        return Binned(binned, 0.0, 0.0)
    n_below = n_above = 0.0
    is_wide = right / 2 > left / 2
    if is_wide.any():
        lefts, rights, wide = left[is_wide], right[is_wide], counts[is_wide]
        # The share of a bucket below an edge, for every bucket and edge; a few dozen of each. Halves, for differences
        # may overflow; so may the quotient, which is then clipped.
        with np.errstate(over="ignore"):
            share = (edges[None, :] / 2 - lefts[:, None] / 2) / (rights / 2 - lefts / 2)[:, None]
        below = wide @ np.clip(share, 0.0, 1.0)
        binned += np.diff(below)
        n_below += float(below[0])
        n_above += float(wide.sum() - below[-1])
    if not is_wide.all():
        spots, narrow = left[~is_wide], counts[~is_wide]
        is_below, is_above = spots < edges[0], spots > edges[-1]
        n_below += float(narrow[is_below].sum())
        n_above += float(narrow[is_above].sum())
        is_inside = ~(is_below | is_above)
        places = np.searchsorted(edges, spots[is_inside], side="right") - 1
        np.add.at(binned, np.clip(places, 0, n_bins - 1), narrow[is_inside])
    return Binned(binned, n_below, n_above)


def percentiles(histogram: Histogram, basis_points: Sequence[int] = BASIS_POINTS) -> Float64Array:
    """Values below which so many of 10,000 lie, linearly within buckets; all NaN for an empty histogram.

    0 is the left edge of the first bucket that holds something, 10,000 the right edge of the last.
    """
    import numpy as np

    left, right, counts = occupied(histogram)
    if not len(counts):
        return np.full(len(basis_points), np.nan)
    below = np.concatenate(([0.0], np.cumsum(counts)))
    below /= below[-1]
    wanted = np.asarray(basis_points, dtype=np.float64) / 10_000
    bucket = np.clip(np.searchsorted(below, wanted, side="left") - 1, 0, len(counts) - 1)
    share = np.clip((wanted - below[bucket]) / (below[bucket + 1] - below[bucket]), 0.0, 1.0)
    values: npt.NDArray[np.float64] = left[bucket] * (1 - share) + right[bucket] * share
    return values
