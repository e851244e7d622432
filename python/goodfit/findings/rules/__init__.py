"""The rules, in the order in which they are asked: a rule sees what those before it said of the same metric.

Each module has NAME and one of `find(case, so_far)`, for one metric, `find_across(cases, found)`, for the metrics of a
training together, and `find_layers(layers, training)`, for the histograms of its layers. `stalled` is asked about a
training's state, `outlier_run` about groups of trainings.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from goodfit.findings.rules import (
    best_is_not_last,
    dead_units,
    diverged,
    exploding_gradient,
    gap_constant,
    late_recovery,
    metric_conflict,
    noisy_validation,
    nonfinite,
    oscillation,
    outlier_run,
    overconfident,
    overfit,
    plateau,
    resume_jump,
    saturated,
    sawtooth,
    schedule_conflict,
    slow,
    spike,
    staircase,
    stalled,
    still_improving,
    unchanged_weights,
    underfit,
    update_ratio,
    validation_better,
    vanishing_gradient,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from goodfit.findings.case import Case, SoFar, Undecided
    from goodfit.findings.finding import Finding
    from goodfit.findings.layers import Layer

    RuleOfMetric = Callable[[Case, SoFar], Finding | Undecided | None]
    RuleAcross = Callable[[Sequence[Case], Sequence[SoFar]], list[tuple[int, Finding]]]
    RuleOfLayers = Callable[[Sequence[Layer], str], list[Finding]]

_OF_METRIC = (
    nonfinite, diverged, resume_jump, spike, overfit, underfit, late_recovery, best_is_not_last, still_improving,
    plateau, noisy_validation, gap_constant, validation_better, staircase, sawtooth, oscillation, slow,
)  # fmt: skip
_ACROSS = (overconfident, metric_conflict, schedule_conflict)
_OF_LAYERS = (dead_units, vanishing_gradient, exploding_gradient, saturated, unchanged_weights, update_ratio)

RULES_OF_METRIC: tuple[tuple[str, RuleOfMetric], ...] = tuple((rule.NAME, rule.find) for rule in _OF_METRIC)
RULES_OF_ANYTHING: tuple[tuple[str, RuleOfMetric], ...] = ((nonfinite.NAME, nonfinite.find),)
"""Asked of quantities that do not measure the model, such as a learning rate."""
RULES_ACROSS: tuple[tuple[str, RuleAcross], ...] = tuple((rule.NAME, rule.find_across) for rule in _ACROSS)
RULES_OF_LAYERS: tuple[tuple[str, RuleOfLayers], ...] = tuple((rule.NAME, rule.find_layers) for rule in _OF_LAYERS)
RULE_NAMES: tuple[str, ...] = tuple(rule.NAME for rule in (*_OF_METRIC, *_ACROSS, *_OF_LAYERS, stalled, outlier_run))
"""Names of all rules, as in findings and in the words."""
