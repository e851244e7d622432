"""One training of a group that differs in its seed alone parts from the others."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from goodfit.curves.median import median
from goodfit.findings.calibration import confidence_of
from goodfit.findings.finding import Finding

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Any

    from goodfit.types import Direction, Float64Array, Int64Array

NAME = "outlier_run"

MIN_GROUP = 4
# Robust sigmas; of few others, whose spread is hardly known, 40 / n more: one group of five equals in twenty fires.
MIN_SIGMAS = 6.0
SMALL_GROUP_PENALTY = 40.0
MIN_LEVEL_SHARE = 0.05
_N_PLACES = 64

_ADVICE = ("compare_seeds", "check_batches_at_onset", "warm_up", "report_all_seeds")
_ADVICE_FROM_FIRST = ("compare_seeds", "warm_up", "report_all_seeds")
_SEEDS = frozenset({"seed", "random_seed", "rng_seed", "random_state"})
# A number alone may count the draws of a sweep: only the word makes it a seed.
_SEED_IN_NAME = re.compile(r"(?i)(?:seed|replicate|replica|repeat|rep)[-_/ =]?\d+(?=$|[-_/ ,])")


@dataclass(frozen=True, slots=True)
class Member:
    """One training's curve of the objective, finite values in ascending order of steps."""

    training: str
    metric: str
    direction: Direction
    steps: Int64Array
    values: Float64Array


def group_of(training: str, hparams: Mapping[str, Any], metric: str) -> tuple[object, ...] | None:
    """What trainings have in common that differ in their seed alone; None where nothing tells of a seed.

    Example:
        >>> group_of("resnet/seed3", {}, "loss") == group_of("resnet/seed11", {}, "loss")
        True
        >>> group_of("resnet", {}, "loss") is None
        True
    """
    settings = tuple(sorted((name, repr(value)) for name, value in hparams.items() if name.casefold() not in _SEEDS))
    if any(name.casefold() in _SEEDS for name in hparams):
        return ("hparams", settings, metric)
    stem = _SEED_IN_NAME.sub("", training)
    return ("name", stem, settings, metric) if stem != training else None


def find_group(members: Sequence[Member]) -> list[Finding]:
    """Fires on each member whose end lies many robust sigmas and 5 % of the level from the median of the others."""
    if len(members) < MIN_GROUP:
        return []
    ends = np.array([median(member.values[-max(1, member.values.size // 10) :]) for member in members])
    answers = []
    for place, member in enumerate(members):
        others = np.delete(ends, place)
        middle = median(others)
        # With few others their spread is uncertain: never below a fiftieth of the level.
        sigma = max(1.4826 * median(np.abs(others - middle)), 0.02 * abs(middle) / MIN_SIGMAS, 1e-300)
        away = abs(float(ends[place]) - middle)
        if away < (MIN_SIGMAS + SMALL_GROUP_PENALTY / others.size) * sigma or away < MIN_LEVEL_SHARE * abs(middle):
            continue
        onset = _parting_step(member, [other for other in members if other is not member])
        is_worse = (float(ends[place]) > middle) == (member.direction == "min")
        answers.append(
            Finding(
                rule=NAME,
                severity="warning" if is_worse else "info",
                metric=member.metric,
                step=int(member.steps[-1]),
                onset_step=onset,
                onset_interval=None if onset is None else (onset, onset),
                confidence=confidence_of(NAME, 1.0),
                evidence={
                    "last_value": float(ends[place]),
                    "others_value": middle,
                    "n_others": len(members) - 1,
                    "away_sigmas": min(away / sigma, 1e6),
                },
                advice_codes=_ADVICE if onset is not None else _ADVICE_FROM_FIRST,
                variant="" if onset is not None else "from_first",
                training=member.training,
            )
        )
    # Two that part in a group of four are not outliers: the group has two parts.
    return answers if len(answers) <= len(members) // 4 else []


def _parting_step(member: Member, others: Sequence[Member]) -> int | None:
    """First of 64 steps from which on the member lies outside the others' range up to the end; None from the first."""
    low = max(int(each.steps[0]) for each in (member, *others))
    high = min(int(each.steps[-1]) for each in (member, *others))
    if high <= low:
        return None
    places = np.unique(np.rint(np.linspace(low, high, _N_PLACES)).astype(np.int64))
    table = np.array([np.interp(places, each.steps, each.values) for each in others])
    own = np.interp(places, member.steps, member.values)
    outside = (own > table.max(axis=0)) | (own < table.min(axis=0))
    inside = np.flatnonzero(~outside)
    if not inside.size or inside[-1] == places.size - 1:
        return None
    return int(places[inside[-1] + 1])
