"""Points of one metric as they come → alarms while the training runs, and at its end the verdict of the whole curve.

A point costs a constant amount of work on average: it is stored, looked at for NaN, and counted by a pulse that tells
whether the curve stands above its best at all. Where it does, the rules of the whole curve are asked again whenever the
curve has grown by a fortieth. What some of them say must hold over two looks before it is an alarm, for whoever looks
often is often misled. Rules about the end of a training (underfit, still improving, plateau) have nothing to say before
it.

Invariants: an alarm is raised once, until it was taken back; `finish` gives what `diagnose` gives for all points.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from goodfit.findings.engine import Points, make_case, review_cases

if TYPE_CHECKING:
    from goodfit.findings.engine import Review
    from goodfit.findings.finding import Finding
    from goodfit.types import Direction, Float64Array, Int64Array

GROWTH = 1.025
"""The rules are asked again when the curve is this much longer: what they see is at most a fortieth of the run old."""

MIN_POINTS = 15
"""Before it the noise of a curve is not known well enough to alarm anybody."""

CONFIRMED = {"overfit": 1, "diverged": 2, "spike": 1, "resume_jump": 1}
"""Looks in a row that must agree before a rule alarms. Explosions that come back within a look are no divergence. Two
looks for `overfit` halve its false alarms, and come a fortieth of the run later: see
`python -m bench.judgement.live_table`."""

SILENT = 8
"""Looks in a row without a finding before its alarm is taken back, a fifth of the run's length so far. What falters
and comes again is one alarm, not two: a quarter fewer false ones, and no delay."""

_LIVE_RULES = frozenset({"nonfinite", *CONFIRMED})

_FIRST_CAPACITY = 64

# Of the pulse. Low on purpose: it decides only whether it is worth asking the rules.
_MIN_SIGMAS = 1.0
_WINDOW_SHARE = 40
_FASTEST, _NOISE_RATE = 0.2, 0.05


@dataclass(slots=True)
class _Pulse:
    """Whether a curve stands above its best level at all; constant work a point.

    Model:
        level: running mean of rate r = min(0.2, 40 / n); best: its minimum; s: running mean |Δy| / 1.128;
        it stirs while level - best > s √(r / (2 - r)), one standard deviation of such a mean.
    References:
        S. W. Roberts, Control chart tests based on geometric moving averages, Technometrics 1, 1959,
        doi:10.1080/00401706.1959.10489860.
    """

    n: int = 0
    last: float = 0.0
    level: float = 0.0
    best: float = 0.0
    noise: float = 0.0

    def push(self, loss: float) -> bool:
        """Takes a finite loss, lower is better; whether the curve stirs."""
        self.n += 1
        if self.n == 1:
            self.last = self.level = self.best = loss
            return False
        self.noise += max(1 / (self.n - 1), _NOISE_RATE) * (abs(loss - self.last) / 1.128 - self.noise)
        self.last = loss
        rate = min(_FASTEST, _WINDOW_SHARE / self.n)
        self.level += rate * (loss - self.level)
        if self.level < self.best:
            self.best = self.level
            return False
        return self.level - self.best > _MIN_SIGMAS * self.noise * math.sqrt(rate / (2 - rate))


@dataclass(slots=True)
class _Half:
    """A growing series."""

    steps: Int64Array = field(default_factory=lambda: np.empty(_FIRST_CAPACITY, dtype=np.int64))
    values: Float64Array = field(default_factory=lambda: np.empty(_FIRST_CAPACITY))
    n: int = 0
    pulse: _Pulse = field(default_factory=_Pulse)
    stirs: bool = False

    def push(self, step: int, value: float, *, sign: float) -> None:
        if math.isfinite(value):
            self.stirs = self.pulse.push(sign * value)
        if self.n == self.steps.size:
            self.steps = np.concatenate((self.steps, np.empty_like(self.steps)))
            self.values = np.concatenate((self.values, np.empty_like(self.values)))
        self.steps[self.n], self.values[self.n] = step, value
        self.n += 1

    def points(self) -> Points | None:
        return Points(self.steps[: self.n], self.values[: self.n]) if self.n else None


class LiveMetric:
    """Watches one metric of a running training."""

    def __init__(self, metric: str = "loss", *, direction: Direction | None = "min", training: str = "") -> None:
        """Takes the metric's name and direction as `goodfit.diagnose` does."""
        self.metric, self.direction, self.training = metric, direction, training
        self._train, self._validation = _Half(), _Half()
        self._sign = -1.0 if direction == "max" else 1.0
        self._next_look = MIN_POINTS
        self._agreeing: dict[str, int] = {}
        self._silent: dict[str, int] = {}
        self._alarmed: set[str] = set()

    @property
    def alarmed(self) -> frozenset[str]:
        """Rules whose alarm stands."""
        return frozenset(self._alarmed)

    def push(self, step: int, *, train: float | None = None, validation: float | None = None) -> list[Finding]:
        """Takes the newest point of one half or both; returns alarms that begin with it.

        Args:
            step: Its step.
            train: Train value, if there is one now.
            validation: Validation value, if there is one now.
        """
        is_bad = False
        if train is not None:
            self._train.push(step, train, sign=self._sign)
            is_bad = not math.isfinite(train)
        if validation is not None:
            self._validation.push(step, validation, sign=self._sign)
            is_bad = is_bad or not math.isfinite(validation)
        if is_bad and "nonfinite" not in self._alarmed:
            self._alarmed.add("nonfinite")
            return [finding for finding in self._review(has_ended=False).findings if finding.rule == "nonfinite"]
        if self._main.n < self._next_look or not (self._train.stirs or self._validation.stirs or self._is_waiting):
            return []
        self._next_look = max(self._main.n + 1, math.ceil(self._main.n * GROWTH))
        return self._look()

    def finish(self) -> Review:
        """The verdict on all points, that of the whole curve."""
        return self._review(has_ended=True)

    @property
    def _main(self) -> _Half:
        return self._validation if self._validation.n else self._train

    @property
    def _is_waiting(self) -> bool:
        """Whether an alarm may have to be taken back, or one look more makes one."""
        return bool(self._alarmed) or any(self._agreeing.values())

    def _look(self) -> list[Finding]:
        found = {finding.rule: finding for finding in self._review(has_ended=False).findings}
        alarms = []
        for rule, n_needed in CONFIRMED.items():
            finding = found.get(rule)
            if finding is None:
                self._agreeing[rule] = 0
                self._silent[rule] = self._silent.get(rule, 0) + 1
                if self._silent[rule] >= SILENT:
                    self._alarmed.discard(rule)
                continue
            self._silent[rule] = 0
            self._agreeing[rule] = self._agreeing.get(rule, 0) + 1
            if self._agreeing[rule] >= n_needed and rule not in self._alarmed and finding.severity != "info":
                self._alarmed.add(rule)
                alarms.append(finding)
        return alarms

    def _review(self, *, has_ended: bool) -> Review:
        case = make_case(
            self.metric,
            direction=self.direction,
            train=self._train.points(),
            validation=self._validation.points(),
            training=self.training,
            has_ended=has_ended,
            is_live=not has_ended,
        )
        rules = None if has_ended else _LIVE_RULES
        return review_cases([] if case is None else [case], training=self.training, rules=rules)
