"""The rules, in the order in which they are asked: a rule sees what those before it said of the same metric.

Each module has NAME and either `find(case, so_far)`, for one metric, or `find_across(cases, found)`, for the metrics of
a training together.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from goodfit.findings.rules import (
    best_is_not_last,
    diverged,
    gap_constant,
    late_recovery,
    metric_conflict,
    noisy_validation,
    nonfinite,
    oscillation,
    overconfident,
    overfit,
    plateau,
    resume_jump,
    sawtooth,
    slow,
    spike,
    still_improving,
    underfit,
    validation_better,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from goodfit.findings.case import Case, SoFar, Undecided
    from goodfit.types import Finding

    RuleOfMetric = Callable[[Case, SoFar], Finding | Undecided | None]
    RuleAcross = Callable[[Sequence[Case], Sequence[SoFar]], list[tuple[int, Finding]]]

_OF_METRIC = (
    nonfinite, diverged, resume_jump, spike, overfit, underfit, late_recovery, best_is_not_last, still_improving,
    plateau, noisy_validation, gap_constant, validation_better, sawtooth, oscillation, slow,
)  # fmt: skip
_ACROSS = (overconfident, metric_conflict)

RULES_OF_METRIC: tuple[tuple[str, RuleOfMetric], ...] = tuple((rule.NAME, rule.find) for rule in _OF_METRIC)
RULES_OF_ANYTHING: tuple[tuple[str, RuleOfMetric], ...] = ((nonfinite.NAME, nonfinite.find),)
"""Asked of quantities that do not measure the model, such as a learning rate."""
RULES_ACROSS: tuple[tuple[str, RuleAcross], ...] = tuple((rule.NAME, rule.find_across) for rule in _ACROSS)
RULE_NAMES: tuple[str, ...] = tuple(rule.NAME for rule in (*_OF_METRIC, *_ACROSS))
"""Names of all rules, as in findings and in the words."""
