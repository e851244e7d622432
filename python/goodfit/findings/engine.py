"""Trainings → findings: cases made from their pairs, each rule asked in turn, the worst first.

Deterministic, and free of clocks and files: the same points give the same findings.
"""

from __future__ import annotations

import warnings
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

from goodfit.findings.case import Case, SoFar, Undecided
from goodfit.findings.half import Half, common_unit
from goodfit.findings.layers import read_layers
from goodfit.findings.peers import Leaders, find_peer_bests
from goodfit.findings.peers import best_levels as best_levels
from goodfit.findings.rules import (
    RULES_ACROSS,
    RULES_OF_ANYTHING,
    RULES_OF_LAYERS,
    RULES_OF_METRIC,
    outlier_run,
    stalled,
)
from goodfit.findings.scope import believed_direction, is_judged
from goodfit.findings.short import find_outline

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from goodfit.findings.finding import Finding
    from goodfit.findings.layers import Layer
    from goodfit.findings.short import Outline
    from goodfit.query.training import Training
    from goodfit.types import Direction, Float64Array, Int64Array, Pair, Scalars, SeriesKey

MIN_POINTS_TO_PRAISE = 6
"""Below it hardly any rule can speak."""

_RANK = {"error": 0, "warning": 1, "info": 2}


@dataclass(frozen=True, slots=True)
class Review:
    """What the rules say of one training."""

    training: str
    findings: tuple[Finding, ...]
    """Worst first; within a severity, the objective's before other metrics'."""
    undecided: tuple[Undecided, ...]
    """Rules that had to stay silent, and why."""

    @property
    def worst(self) -> Finding | None:
        """The finding that needs the reader: of severity warning or error."""
        return next((finding for finding in self.findings if finding.severity != "info"), None)

    def open_question(self, metric: str) -> Undecided | None:
        """Why a metric of which nothing was found cannot be called healthy yet; None where it can.

        That is so when it cannot even be told whether it diverged, and below six points: rules that stay silent
        because they saw nothing are no praise.
        """
        if any(finding.metric == metric for finding in self.findings):
            return None
        for item in self.undecided:
            is_short = item.why == "too_short" and item.n_points < MIN_POINTS_TO_PRAISE
            if item.metric == metric and (item.rule == "diverged" or is_short):
                return item
        return None


def judge(training: Training, *, peer_bests: Mapping[str, float] | None = None) -> list[Finding]:
    """The findings of one training, worst first.

    Args:
        training: Its pairs say which curves belong together.
        peer_bests: Best levels that the log's other trainings reached, by the keys of `best_levels`, for `underfit`.
    """
    return list(review(training, peer_bests=peer_bests).findings)


def review(training: Training, *, peer_bests: Mapping[str, float] | None = None) -> Review:
    """The findings of one training, and the rules that could not be decided; arguments as of `judge`."""
    halves = [(pair, _points(training, pair.train), _points(training, pair.validation)) for pair in training.pairs]
    outline = find_outline(halves, has_ended=training.state != "running")
    if outline is None:
        peers = find_peer_bests(training, peer_bests or {})
        answer = _review_halves(halves, training, peers)
    else:
        answer = _named(_review_outline(outline), training.name)
    metric = training.pairs[0].metric if training.pairs else ""
    more = stalled.find_state(training.state, training=training.name, metric=metric, last_step=training.last_step)
    layers = read_layers(training)
    if layers:
        more += review_layers(layers, training=training.name)
    return replace(answer, findings=_sorted([*answer.findings, *more])) if more else answer


def _review_halves(
    halves: Iterable[tuple[Pair, Points | None, Points | None]], training: Training, peers: Mapping[str, float]
) -> Review:
    cases = [
        make_case(
            pair.metric,
            direction=pair.direction,
            train=train,
            validation=validation,
            training=training.name,
            has_ended=training.state != "running",
            peer_best=peers.get(pair.metric),
        )
        for pair, train, validation in halves
    ]
    return review_cases([case for case in cases if case is not None], training=training.name)


@lru_cache(maxsize=4096)
def _review_outline(outline: Outline) -> Review:
    """What the rules say of any training of this outline, told without a name."""
    cases = [
        make_case(
            curve.metric,
            direction=curve.direction,
            train=_stand_in(curve.n_train),
            validation=_stand_in(curve.n_validation),
            has_ended=outline.has_ended,
        )
        for curve in outline.curves
    ]
    return review_cases([case for case in cases if case is not None])


def _stand_in(n_points: int) -> Points:
    return Points(np.arange(n_points), np.linspace(1.0, 0.5, n_points))


def _named(answer: Review, training: str) -> Review:
    """The answer of an outline, as that of one training."""
    undecided = tuple(
        Undecided(item.rule, item.metric, item.why, item.n_points, item.n_needed, training) for item in answer.undecided
    )
    return Review(training, answer.findings, undecided)


def review_layers(layers: Sequence[Layer], *, training: str = "") -> list[Finding]:
    """Asks every rule of layers."""
    with np.errstate(all="ignore"), warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)  # medians of layers that are all NaN
        return [finding for _, find in RULES_OF_LAYERS for finding in find(layers, training)]


def review_all(trainings: Iterable[Training]) -> list[Review]:
    """Reviews of all trainings of a log, each judged beside the others."""
    trainings = list(trainings)
    leaders = Leaders(trainings)
    answers = [review(training, peer_bests=leaders.others(place)) for place, training in enumerate(trainings)]
    outliers: dict[str, list[Finding]] = {}
    for finding in find_outliers(trainings):
        outliers.setdefault(finding.training, []).append(finding)
    return [
        replace(answer, findings=_sorted([*answer.findings, *outliers[answer.training]]))
        if answer.training in outliers
        else answer
        for answer in answers
    ]


def find_outliers(trainings: Iterable[Training]) -> list[Finding]:
    """Trainings that part from those that differ from them in their seed alone, by their objectives."""
    groups: dict[tuple[object, ...], list[Training]] = {}
    for training in trainings:
        if not training.pairs or training.pairs[0].direction is None or not is_judged(training.pairs[0].metric):
            continue
        group = outlier_run.group_of(training.name, training.hparams, training.pairs[0].metric)
        if group is not None:
            groups.setdefault(group, []).append(training)
    found: list[Finding] = []
    for siblings in groups.values():
        if len(siblings) >= outlier_run.MIN_GROUP:
            members = [_member(training) for training in siblings]
            found += outlier_run.find_group([member for member in members if member is not None])
    return found


def _member(training: Training) -> outlier_run.Member | None:
    pair = training.pairs[0]
    points = _points(training, pair.validation or pair.train)
    if points is None or pair.direction is None:
        return None
    half = Half(points.steps, points.values, direction="min", unit=1.0)
    if half.n_nonfinite or half.losses.size < MIN_POINTS_TO_PRAISE:
        return None  # whatever else it is, it has a finding of its own, or none yet
    return outlier_run.Member(training.name, pair.metric, pair.direction, half.loss_steps, half.losses)


@dataclass(frozen=True, slots=True)
class Points:
    """One series as it comes: shape (n,) each, in file order, restarts included."""

    steps: Int64Array
    values: Float64Array
    wall_times: Float64Array | None = None


def make_case(
    metric: str,
    *,
    direction: Direction | None,
    train: Points | None,
    validation: Points | None,
    training: str = "",
    has_ended: bool = True,
    peer_best: float | None = None,
    is_live: bool = False,
) -> Case | None:
    """A case from the points of its halves; None when neither has any."""
    train = train if train is not None and train.values.size else None
    validation = validation if validation is not None and validation.values.size else None
    if train is None and validation is None:
        return None
    values = (None if train is None else train.values, None if validation is None else validation.values)
    unit = common_unit(*values)
    direction = believed_direction(metric, direction, values)

    def half(points: Points | None) -> Half | None:
        if points is None:
            return None
        return Half(points.steps, points.values, direction=direction or "min", unit=unit, wall_times=points.wall_times)

    return Case(
        metric,
        direction=direction,
        train=half(train),
        validation=half(validation),
        training=training,
        has_ended=has_ended,
        peer_best=peer_best,
        is_live=is_live,
    )


def review_cases(cases: Sequence[Case], *, training: str = "", rules: frozenset[str] | None = None) -> Review:
    """Asks every rule about every case.

    Args:
        cases: Metrics of one training, the objective first.
        training: Its name.
        rules: Names of the only rules to ask, of those about one metric; None for all rules there are.
    """
    found = [SoFar() for _ in cases]
    # Curves may hold 1e300 beside 1e-300; a rule reads an overflow as what it is.
    with np.errstate(all="ignore"):
        for case, so_far in zip(cases, found, strict=True):
            for name, find in RULES_OF_METRIC if is_judged(case.metric) else RULES_OF_ANYTHING:
                if rules is not None and name not in rules:
                    continue
                answer = find(case, so_far)
                if isinstance(answer, Undecided):
                    so_far.undecided.append(answer)
                elif answer is not None:
                    so_far.findings.append(answer)
        for _, find_across in RULES_ACROSS if rules is None else ():
            for place, finding in find_across(cases, found):
                found[place].findings.append(finding)
    findings = [finding for so_far in found for finding in so_far.findings]
    undecided = tuple(item for so_far in found for item in so_far.undecided)
    return Review(training=training, findings=_sorted(findings), undecided=undecided)


def _sorted(findings: list[Finding]) -> tuple[Finding, ...]:
    """Worst first; equals stay in their order."""
    return tuple(sorted(findings, key=lambda finding: _RANK[finding.severity]))


def _points(training: Training, key: SeriesKey | None) -> Points | None:
    if key is None:
        return None
    scalars: Scalars = training.scalars(key)
    return Points(steps=scalars.steps, values=scalars.values, wall_times=scalars.wall_times)
