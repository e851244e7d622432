"""The two halves of a metric → a case: everything a rule may ask about it, computed once and only when asked.

A rule never touches runs, tags or files; it asks a `Case`, and answers with a `Finding`, with an `Undecided`, or not
at all.
"""

from __future__ import annotations

import math
import sys
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from goodfit.curves.changepoints import TAIL_SHARE, Turn, find_turn
from goodfit.curves.divergence import Divergence, find_divergence
from goodfit.curves.plateau import Plateau, find_plateau
from goodfit.curves.refusal import Refusal
from goodfit.findings.calibration import confidence_of
from goodfit.findings.finding import Finding
from goodfit.findings.half import Half

if TYPE_CHECKING:
    from collections.abc import Mapping

    from goodfit.types import Direction, Float64Array, Severity

Why = Literal[
    "no_train", "no_validation", "too_short", "direction_unknown", "axes_differ", "all_nonfinite", "constant", "empty"
]


LIVE_TAIL_SHARE = 24
"""The end of a growing curve, as a share: of a tenth, half is older than what an alarm is about. 24 takes 1 % of the
run off the delay of `overfit` beside 16, at as many false alarms: `python -m bench.judgement.live_table`."""


@dataclass(frozen=True, slots=True)
class Undecided:
    """A rule that had to stay silent, and why."""

    rule: str
    metric: str
    why: Why
    n_points: int = 0
    n_needed: int = 0
    training: str = ""


class Case:
    """One metric of one training.

    `main` is the half that speaks for the metric: validation where there is one, else train.
    """

    def __init__(
        self,
        metric: str,
        *,
        direction: Direction | None,
        train: Half | None,
        validation: Half | None,
        training: str = "",
        has_ended: bool = True,
        peer_best: float | None = None,
        is_live: bool = False,
    ) -> None:
        """Takes the halves as they are; empty ones must be given as None.

        Args:
            metric: Name for the reader.
            direction: Whether lower or higher is better; None where unknown. The halves then count as `min`.
            train: Train half.
            validation: Validation half.
            training: Name of the training.
            has_ended: False while points are still being written.
            peer_best: Best level that other trainings of the log reached on the same half of the metric.
            is_live: True where the curve is asked again and again while it grows: its end is then read over a shorter
                stretch, and what is said of it must be surer.
        """
        self.metric, self.direction, self.training = metric, direction, training
        self.train, self.validation = train, validation
        self.has_ended, self.peer_best, self.is_live = has_ended, peer_best, is_live

    @property
    def main(self) -> Half:
        half = self.validation if self.validation is not None else self.train
        assert half is not None, "a case has at least one half"
        return half

    @property
    def last_step(self) -> int:
        return max(half.last_step for half in (self.train, self.validation) if half is not None)

    @cached_property
    def turn(self) -> Turn | Refusal:
        """The turn of the main half."""
        tail_share = LIVE_TAIL_SHARE if self.is_live else TAIL_SHARE
        return find_turn(self.main.losses, blocks=self.main.blocks, tail_share=tail_share)

    @cached_property
    def divergence(self) -> Divergence | Refusal:
        """Of train; of validation where there is no train half."""
        half = self.train if self.train is not None else self.main
        return find_divergence(half.losses, blocks=half.blocks)

    @cached_property
    def plateau(self) -> Plateau | Refusal:
        """Of the main half."""
        return find_plateau(self.main.losses, blocks=self.main.blocks)

    @cached_property
    def train_plateau(self) -> Plateau | Refusal:
        if self.train is None:
            return Refusal("too_short", 0, 1)
        return find_plateau(self.train.losses, blocks=self.train.blocks)

    @cached_property
    def train_along(self) -> Float64Array | Refusal:
        """Smoothed train losses at the validation's blocks.

        By step; where the two axes hardly overlap (epochs beside batches), by wall time; else refused.
        """
        train, validation = self.train, self.validation
        if train is None or validation is None or train.losses.size < 2 or validation.losses.size < 2:
            return Refusal("too_short", 0 if train is None else int(train.losses.size), 2)
        if _overlap(train.block_steps, validation.block_steps) >= 0.5:
            return _along(train, train.block_steps, validation.block_steps)
        train_times, validation_times = _block_times(train), _block_times(validation)
        if train_times is None or validation_times is None or _overlap(train_times, validation_times) < 0.5:
            return Refusal("no_overlap", int(train.losses.size), 2)
        return _along(train, train_times, validation_times)

    def finding(
        self,
        rule: str,
        severity: Severity,
        *,
        step: int | None = None,
        onset_step: int | None = None,
        onset_interval: tuple[int, int] | None = None,
        strength: float = 1.0,
        evidence: Mapping[str, Any] | None = None,
        advice: tuple[str, ...] = (),
        variant: str = "",
    ) -> Finding:
        """A finding about this metric.

        Args:
            rule: Its name.
            severity: How much it matters.
            step: Last step it rests on; the newest of the metric when None.
            onset_step: Since when.
            onset_interval: Both ends inclusive.
            strength: Smallest ratio of a statistic to its threshold; the calibration table turns it into a confidence.
            evidence: Numbers by name.
            advice: Codes, best first.
            variant: Of the rule's message.
        """
        return Finding(
            rule=rule,
            severity=severity,
            metric=self.metric,
            step=self.last_step if step is None else step,
            onset_step=onset_step,
            onset_interval=onset_interval,
            confidence=confidence_of(rule, strength),
            evidence={name: _evidence(name, value) for name, value in (evidence or {}).items()},
            advice_codes=advice,
            variant=variant,
            training=self.training,
        )

    def undecided(self, rule: str, why: Why, *, n_points: int = 0, n_needed: int = 0) -> Undecided:
        return Undecided(rule, self.metric, why, n_points, n_needed, self.training)


@dataclass(slots=True)
class SoFar:
    """What earlier rules said of the same metric, so that a rule does not repeat or contradict them."""

    findings: list[Finding] = field(default_factory=list)
    undecided: list[Undecided] = field(default_factory=list)

    def has(self, *rules: str) -> bool:
        """Whether one of the rules has fired."""
        return any(finding.rule in rules for finding in self.findings)

    def get(self, rule: str) -> Finding | None:
        return next((finding for finding in self.findings if finding.rule == rule), None)


_NO_SCALE = 1e6  # where a ratio to nothing stops, see `changepoints.ratio`


def _evidence(name: str, value: Any) -> Any:
    """A number as it may be shown: a ratio to a noise of nothing says nothing, and is None."""
    plain = _as_plain(value)
    is_ratio = name.endswith("_sigmas") or name.startswith("rise_over_")
    return None if is_ratio and isinstance(plain, float) and abs(plain) >= _NO_SCALE else plain


def _as_plain(value: Any) -> Any:
    """A number as Python's own, and finite: beyond the largest double stands the largest double."""
    if isinstance(value, (bool, str)) or value is None:
        return value
    if isinstance(value, (int, np.integer)):
        return int(value)
    number = float(value)
    if math.isnan(number):
        return None
    return min(max(number, -sys.float_info.max), sys.float_info.max)


def _along(train: Half, at: Float64Array, places: Float64Array) -> Float64Array:
    """Train between each place and the one before; where train is hardly denser than the places, smoothed train there.

    A smoothed curve is noisy at its ends: the last block of a loss of single batches is not what an epoch ends at.
    """
    smooth = np.interp(places, at, train.smooth)
    if at.size < 2 * places.size:
        return smooth
    stop = np.searchsorted(at, places, side="right")
    start = np.concatenate(([0], stop[:-1]))
    sums = np.concatenate(([0.0], np.cumsum(train.blocks.levels)))
    return np.where(stop > start, (sums[stop] - sums[start]) / np.maximum(stop - start, 1), smooth)


def _overlap(train: Float64Array, validation: Float64Array) -> float:
    """Share of the validation's extent that lies within the train's; 1 for a validation at one place within it."""
    low, high = float(validation[0]), float(validation[-1])
    inside = min(high, float(train[-1])) - max(low, float(train[0]))
    if high <= low:
        return 1.0 if inside >= 0 else 0.0
    # The other way round too: a validation of 10 epochs lies wholly within 10,000 train batches, yet on another axis.
    covered = (high - low) / max(float(train[-1]) - float(train[0]), 1e-300)
    return min(inside / (high - low), 2 * covered)


def _block_times(half: Half) -> Float64Array | None:
    if half.wall_times is None:
        return None
    times = half.wall_times if half.loss_idx is None else half.wall_times[half.loss_idx]
    at_blocks = np.interp(half.blocks.centres, np.arange(times.size), times)
    if not bool(np.isfinite(at_blocks).all()) or float(at_blocks[-1]) <= float(at_blocks[0]):
        return None
    return np.asarray(np.maximum.accumulate(at_blocks))
