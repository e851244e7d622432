"""A logged learning rate → the law it follows, when it next changes, and where it ends.

Invariants: what is told lies ahead of the last point; a law is named only if the rates so far fit it closely.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Literal

import numpy as np

from goodfit.curves.refusal import Refusal

if TYPE_CHECKING:
    from goodfit.types import Float64Array

Law = Literal["constant", "cuts", "linear", "cosine", "exponential", "unknown"]

MIN_POINTS = 5

MAX_CUT = 0.6
"""A cut: the rate falls to at most this share of what it was, from one point to the next."""

_FIT = 0.005  # of the highest rate: what a law may miss the logged rates by; they are often written as float32
_SAME_DISTANCE = 0.15  # of the mean: how far the distances of regular cuts may differ


@dataclass(frozen=True, slots=True)
class Schedule:
    """How a learning rate goes on, as far as its past tells."""

    law: Law
    last_rate: float
    cut_steps: tuple[float, ...]
    """First steps of the cuts so far."""
    next_cut_step: float | None
    """Where the next cut is due, if cuts came at regular distances; None where nothing tells."""
    end_step: float | None
    """Where a linear or cosine schedule reaches its end; None for other laws."""


def read_schedule(steps: Float64Array, rates: Float64Array) -> Schedule | Refusal:
    """Recognises constant rates, cuts, and linear, cosine and exponential decay, after a warm-up or not.

    Args:
        steps: Ascending, shape (n,).
        rates: Learning rates, shape (n,).

    Returns:
        The schedule, `unknown` where no law fits; a refusal below five finite points.

    Model:
        After the highest rate: constant if it moves by less than 0.5 %; cuts if it is constant but for falls to at
        most 60 %; linear and cosine by least squares of the rate on the step, and of acos of the rate on the step
        (for final rates of 0, 1, 5 and 10 % of the highest); exponential if its logarithm is straight. A law must miss
        no rate by more than 0.5 % of the highest.
    Assumes:
        One schedule from the highest rate on, without restarts.
    Limits:
        A cosine is told from its first tenth only where rates are logged to many digits. Reduce-on-plateau cuts have
        no next date.
    References:
        I. Loshchilov & F. Hutter, SGDR, 2017, arXiv:1608.03983 (cosine).

    Example:
        >>> steps = np.arange(0.0, 60)
        >>> schedule = read_schedule(steps, 0.1 * (1 - steps / 100))
        >>> schedule.law, round(schedule.end_step)
        ('linear', 100)
    """
    with np.errstate(all="ignore"):  # rates of 1e300 are those of a law that does not fit
        return _read(steps, rates)


def _read(steps: Float64Array, rates: Float64Array) -> Schedule | Refusal:
    good = np.isfinite(steps) & np.isfinite(rates)
    steps, rates = steps[good], rates[good]
    if steps.size < MIN_POINTS:
        return Refusal("too_short", int(steps.size), MIN_POINTS)
    top = float(rates.max())
    last_rate = float(rates[-1])
    if not top > 0:
        return Schedule("unknown", last_rate, (), None, None)
    # The last of the highest rates: before it lie the warm-up and, of a schedule with cuts, the first stage.
    highest = int(np.flatnonzero(rates >= top * (1 - _FIT))[-1])
    cuts = _cuts(rates)
    cut_steps = tuple(float(step) for step in steps[cuts])
    if cuts.size and _is_flat_between(rates, cuts, top):
        return Schedule("cuts", last_rate, cut_steps, _next_cut(steps, cuts), None)
    x, y = steps[highest:], rates[highest:] / top
    if x.size < MIN_POINTS:
        law: Law = (
            "constant" if highest == rates.size - 1 and float(np.ptp(rates[-MIN_POINTS:])) <= _FIT * top else "unknown"
        )
        return Schedule(law, last_rate, cut_steps, None, None)
    if float(np.ptp(y)) <= _FIT:
        return Schedule("constant", last_rate, cut_steps, None, None)
    for law, end in (("linear", _linear_end(x, y)), ("cosine", _cosine_end(x, y))):
        if end is not None and end > float(steps[-1]) - 0.02 * float(np.ptp(x)):
            return Schedule(law, last_rate, cut_steps, None, max(end, float(steps[-1])))
    if bool((y > 0).all()):
        slope, misfit = _line(x, np.log(y))
        if slope < 0 and misfit <= 2 * _FIT:
            return Schedule("exponential", last_rate, cut_steps, None, None)
    return Schedule("unknown", last_rate, cut_steps, None, None)


def _cuts(rates: Float64Array) -> np.ndarray:
    before, after = rates[:-1], rates[1:]
    return np.flatnonzero((after > 0) & (after <= MAX_CUT * before)) + 1


def _is_flat_between(rates: Float64Array, cuts: np.ndarray, top: float) -> bool:
    """Whether the rate stands still between cuts; a warm-up before the first may rise."""
    edges = [0, *cuts.tolist(), rates.size]
    for place, (start, stop) in enumerate(pairwise(edges)):
        part = rates[start:stop]
        if place == 0:
            part = part[int(np.argmax(part >= top * (1 - _FIT))) :]
        if float(np.ptp(part)) > _FIT * float(part.max()):
            return False
    return True


def _next_cut(steps: Float64Array, cuts: np.ndarray) -> float | None:
    """Where the next of at least two cuts is due, if all came at equal distances, the start included or not."""
    at = steps[cuts]
    for marks in (np.concatenate((steps[:1], at)), at):
        if marks.size < 3:
            continue
        distances = np.diff(marks)
        mean = float(distances.mean())
        due = float(at[-1]) + mean
        if float(np.abs(distances - mean).max()) <= _SAME_DISTANCE * mean and due > float(steps[-1]):
            return due
    return None


def _line(x: Float64Array, y: Float64Array) -> tuple[float, float]:
    """Slope of the least-squares line, and its largest miss."""
    centred = x - x.mean()
    slope = float(centred @ (y - y.mean())) / float(centred @ centred)
    return slope, float(np.abs(y - y.mean() - slope * centred).max())


def _linear_end(x: Float64Array, y: Float64Array) -> float | None:
    slope, misfit = _line(x, y)
    if slope >= 0 or misfit > _FIT:
        return None
    return float(x.mean() - y.mean() / slope)


def _cosine_end(x: Float64Array, y: Float64Array) -> float | None:
    best: tuple[float, float] | None = None
    for final in (0.0, 0.01, 0.05, 0.1):
        inside = 2 * (y - final) / (1 - final) - 1
        if float(inside.min()) < -1 - _FIT:
            continue
        angle = np.arccos(np.clip(inside, -1, 1))
        slope, misfit = _line(x, angle)
        if slope > 0 and misfit <= 0.05 and (best is None or misfit < best[0]):
            best = (misfit, float(x.mean() + (math.pi - angle.mean()) / slope))
    return None if best is None else best[1]
