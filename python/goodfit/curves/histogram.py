"""A histogram → a few numbers about the values in it: their size, how many are zero, how many lie at the ends.

Only buckets are known, not values: a bucket's values are taken to lie evenly in it, and a share of zeros is only given
where a bucket is so narrow that its values are nothing beside the largest.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from goodfit.types import Float64Array

ZERO_SIZE = 1e-3
"""Of the largest value: a bucket that ends within it around 0 holds zeros."""


@dataclass(frozen=True, slots=True)
class Sizes:
    """What a histogram says of its values."""

    mean_size: float
    """Mean of |v|; NaN for an empty histogram."""
    lowest: float
    highest: float
    zero_share: float
    """Share of values that are zero for all that can be seen; 0 where the buckets are too wide to tell."""


def measure_histogram(edges: Float64Array, counts: Float64Array) -> Sizes:
    """Sizes of the values in a histogram.

    Args:
        edges: Ascending, shape (n + 1,); empty for an empty histogram. Infinite outer edges are taken for the inner.
        counts: At least 0, shape (n,).

    Model:
        Mean of |v| over a bucket [a, b): (|a| + |b|) / 2, or (a² + b²) / (2 (b - a)) where it holds 0.
    Assumes:
        Values lie evenly in their bucket.
    Limits:
        Thirty equal buckets between the extremes see no zeros unless all values are zero.
    References:
        TensorBoard, plugins/histogram/summary_v2.py (the buckets).

    Example:
        >>> measure_histogram(np.array([-1.0, 0.0, 1.0]), np.array([5.0, 5.0])).mean_size
        0.5
    """
    seen = np.flatnonzero(counts > 0)
    if not seen.size:
        return Sizes(math.nan, math.nan, math.nan, 0.0)
    low, high = edges[seen], edges[seen + 1]
    low, high = np.where(np.isfinite(low), low, high), np.where(np.isfinite(high), high, low)
    weight = counts[seen] / counts[seen].sum()
    size_low, size_high = np.abs(low), np.abs(high)
    mean = size_low / 2 + size_high / 2
    across = np.flatnonzero((low < 0) & (high > 0))
    if across.size:  # at most one bucket holds 0 inside; shares first, so that nothing overflows
        place = int(across[0])
        part = float(size_low[place] / 2 / (size_low[place] / 2 + size_high[place] / 2))
        mean[place] = size_low[place] / 2 * part + size_high[place] / 2 * (1 - part)
    largest = max(abs(float(low[0])), abs(float(high[-1])))
    if counts.size == 1 and float(low[0]) == -0.5 and float(high[0]) == 0.5:
        largest = 0.0  # how TensorFlow up to 2.4 wrote a histogram of nothing but zeros
    narrow = np.maximum(size_low, size_high) <= ZERO_SIZE * largest
    return Sizes(
        mean_size=float(weight @ mean),
        lowest=float(low[0]),
        highest=float(high[-1]),
        zero_share=1.0 if largest == 0 else float(weight[narrow].sum()),
    )


def share_beyond(edges: Float64Array, counts: Float64Array, *, low: float, high: float) -> float:
    """Share of values below `low` or above `high`; 0 for an empty histogram.

    Example:
        >>> share_beyond(np.array([0.0, 1.0]), np.array([4.0]), low=0.25, high=2.0)
        0.25
    """
    total = float(counts.sum())
    if not total > 0:
        return 0.0
    width = np.maximum(edges[1:] - edges[:-1], 1e-300)
    below = np.clip((low - edges[:-1]) / width, 0, 1)
    above = np.clip((edges[1:] - high) / width, 0, 1)
    return float(counts @ np.minimum(below + above, 1)) / total


def distance_between(first: tuple[Float64Array, Float64Array], second: tuple[Float64Array, Float64Array]) -> float:
    """Wasserstein distance of two histograms (edges, counts): a lower bound on how far their values moved on average.

    Example:
        >>> square = np.array([0.0, 1.0]), np.array([7.0])
        >>> distance_between(square, (np.array([2.0, 3.0]), np.array([7.0])))
        2.0
    """
    if not first[1].sum() > 0 or not second[1].sum() > 0:
        return 0.0
    places = np.linspace(0.01, 0.99, 33)

    def values(edges: Float64Array, counts: Float64Array) -> Float64Array:
        kept = counts > 0
        mass = np.concatenate(([0.0], np.cumsum(counts)))
        ends = np.concatenate(([True], kept)) | np.concatenate((kept, [True]))
        return np.interp(places, mass[ends] / mass[-1], edges[ends])

    return float(np.abs(values(*first) - values(*second)).mean())
