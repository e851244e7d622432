"""A curve of any length → at most a few hundred block medians, which every whole-curve statement then rests on.

Blocks are contiguous, of equal size but for a shorter first one, so that the newest point always ends a full block.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from goodfit.curves.median import median, row_medians

if TYPE_CHECKING:
    from goodfit.types import Float64Array

MAX_BLOCKS = 128
"""Resolves an onset to 0.8 % of the run; a run of ten million points then costs as much as one of a hundred."""


@dataclass(frozen=True, slots=True)
class Blocks:
    """Block medians of a curve; arrays of length n_blocks."""

    levels: Float64Array
    """Median of each block."""
    centres: Float64Array
    """Mean index of each block's points in the curve."""
    size: int
    """Points per block; the first block may hold fewer."""


def condense(values: Float64Array, *, max_blocks: int = MAX_BLOCKS) -> Blocks:
    """Medians of at most `max_blocks` contiguous blocks.

    Args:
        values: Finite values, shape (n,). Empty gives empty blocks.
        max_blocks: Upper limit of blocks; a curve that is no longer is returned as it is.

    Model:
        Block j covers `size` points, size = ceil(n / max_blocks); its level is their median.
    Assumes:
        The level moves little within n / max_blocks points.
    Limits:
        Events shorter than half a block vanish, on purpose; see `find_spikes` for those.
    References:
        J. W. Tukey, Exploratory Data Analysis, 1977, chapter 7 (running medians as robust smoothers).

    Example:
        >>> condense(np.arange(6.0), max_blocks=3).levels
        array([0.5, 2.5, 4.5])
    """
    n = values.size
    if n <= max_blocks:
        return Blocks(levels=values, centres=np.arange(n, dtype=np.float64), size=1)
    size = -(-n // max_blocks)
    n_first = n % size
    levels = row_medians(values[n_first:].reshape(-1, size).copy())
    centres = n_first + (size - 1) / 2 + size * np.arange(levels.size, dtype=np.float64)
    if n_first:
        levels = np.concatenate(([median(values[:n_first])], levels))
        centres = np.concatenate(([(n_first - 1) / 2], centres))
    return Blocks(levels=levels, centres=centres, size=size)


def expand(blocks: Blocks, per_block: Float64Array, n_points: int) -> Float64Array:
    """One value per block as one value per point, shape (n_points,).

    Example:
        >>> expand(condense(np.arange(5.0), max_blocks=2), np.array([7.0, 8.0]), 5)
        array([7., 7., 8., 8., 8.])
    """
    if blocks.size == 1:
        return per_block
    n_first = n_points % blocks.size
    if not n_first:
        return np.repeat(per_block, blocks.size)
    return np.concatenate((np.full(n_first, per_block[0]), np.repeat(per_block[1:], blocks.size)))
