"""A curve → whether its level rose far above where it had been and stayed there, and since when.

Invariants: indices lie in [0, n); the values are finite (what is not finite is a fact of its own).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

from goodfit.curves.blocks import condense
from goodfit.curves.changepoints import ratio
from goodfit.curves.median import median
from goodfit.curves.noise import noise_scale
from goodfit.curves.refusal import Refusal
from goodfit.curves.smooth import median_of_three

if TYPE_CHECKING:
    from goodfit.curves.blocks import Blocks
    from goodfit.types import Float64Array

MIN_POINTS = 5

EXPLODED_RATIO = 2.0
"""A level at the end above twice the first value. On 540 learning-rate sweeps of DeepOBS this is how divergence is
defined; runs that end between one and two times their first value mostly came back."""

LOST_SHARE = 0.8
"""Collapse: this share of all that had been gained is lost again at the end."""

MIN_SIGMAS = 8.0
"""The rise over the noise, below which neither is stated."""


@dataclass(frozen=True, slots=True)
class Divergence:
    """How the end of a curve stands to its beginning and to its best."""

    kind: Literal["none", "exploded", "collapsed"]
    """exploded: ends above twice its first value. collapsed: had learnt, and lost most of it for good."""
    onset_idx: int
    """Last point before the level left its lower part for good; n - 1 when the kind is none."""
    first_level: float
    best_level: float
    best_idx: int
    last_level: float
    """Median of the last three values."""
    rise_sigmas: float
    lost_share: float
    """(last - best) / (first - best); at most 1e6."""


def find_divergence(values: Float64Array, *, blocks: Blocks | None = None) -> Divergence | Refusal:
    """Compares the end of a curve with its first and best levels.

    Args:
        values: Finite values in order, lower is better, shape (n,), n >= 5.
        blocks: `condense(values)`, where the caller has it already.

    Returns:
        What was found, `none` included, or a refusal below five points.

    Model:
        first = v[0]; last = median(v[-3:]); best = min of block medians (running median of three).
        exploded: last > 2 first where first > 0, else last - first > 2 (first - best).
        collapsed: last - best > 0.8 (first - best), held over the last tenth, best neither in the first nor in
        the last block. Both need a rise of more than 8 σ over the best, and one over the first (exploded).
    Assumes:
        The first value is that of an untrained model.
    Limits:
        A model that starts from good weights and is ruined to twice its loss has exploded by this rule; one that
        blows up and comes back has not.
    References:
        F. Schneider, L. Balles & P. Hennig, DeepOBS, 2019, arXiv:1903.05499 (the sweeps).

    Example:
        >>> find_divergence(np.array([2.0, 1.5, 1.0, 9.0, 50.0, 60.0, 55.0])).kind
        'exploded'
    """
    n = values.size
    if n < MIN_POINTS:
        return Refusal("too_short", n, MIN_POINTS)
    condensed = condense(values) if blocks is None else blocks
    with np.errstate(over="ignore", invalid="ignore"):
        levels = median_of_three(condensed.levels)
        # The noise where the curve was well: of an exploded curve the end would be all noise.
        first, last = float(values[0]), median(values[-3:])
        best_block = int(np.argmin(levels))
        best = float(levels[best_block])
        gain = first - best
        rise = last - best
        sigma = noise_scale(_quiet_part(condensed.levels, first))
        exploded = last > EXPLODED_RATIO * first if first > 0 else last - first > EXPLODED_RATIO * max(gain, abs(first))
        exploded = exploded and last - first > 3 * sigma
        n_tail = max(2, levels.size // 10)
        collapsed = (
            0 < best_block < levels.size - n_tail
            and gain > MIN_SIGMAS * sigma
            and float(levels[-n_tail:].min()) - best > LOST_SHARE * gain
        )
        is_real = rise > MIN_SIGMAS * sigma and rise > 0
        kind: Literal["none", "exploded", "collapsed"] = "none"
        onset = n - 1
        if is_real and (exploded or collapsed):
            kind = "exploded" if exploded else "collapsed"
            edge = best + min(0.5 * rise, max(0.1 * gain, 4 * sigma))
            below = np.flatnonzero(condensed.levels <= edge)
            onset = int(condensed.centres[int(below[-1])]) if below.size else 0
    return Divergence(
        kind=kind,
        onset_idx=onset,
        first_level=first,
        best_level=best,
        best_idx=min(n - 1, round(float(condensed.centres[best_block]))),
        last_level=last,
        rise_sigmas=ratio(rise, sigma),
        lost_share=ratio(rise, gain),
    )


def _quiet_part(levels: Float64Array, first: float) -> Float64Array:
    """Levels up to the first that stands above the start by its own size; all of them where none does."""
    loud = np.flatnonzero(levels > first + abs(first))
    stop = int(loud[0]) if loud.size else levels.size
    return levels[: max(stop, 5)] if stop >= 5 else levels[:0]
