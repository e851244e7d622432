"""Curves of every kind → which rules speak, who is warned without need, and what divergence looks like to others."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Sequence

import numpy as np
from bench.judgement.calibration_table import diagnose
from bench.judgement.detectors import Curves
from bench.judgement.interventions import train_all
from bench.judgement.overfit_table import GENERATORS, Case
from bench.judgement.real import RealCurve
from bench.judgement.wilson import Share

from goodfit.testing.curves import KINDS, make_pairs


def print_warnings(cases: Sequence[Case]) -> None:
    """Healthy runs with any warning, by generator and stratum, and the rules that gave them."""
    print("WARNINGS on healthy runs, goodfit: share of runs with any finding of severity warning or error")
    for generator in GENERATORS:
        healthy = [case for case in cases if case.generator == generator and not case.is_overfit]
        by_stratum: dict[str, list[bool]] = defaultdict(list)
        rules: Counter[str] = Counter()
        for case in healthy:
            warned = {finding.rule for finding in diagnose(case.curves) if finding.severity != "info"}
            by_stratum[case.stratum].append(bool(warned))
            rules.update(warned)
        answers = [answer for part in by_stratum.values() for answer in part]
        worst = max(by_stratum, key=lambda stratum: float(np.mean(by_stratum[stratum])))
        named = ", ".join(f"{rule} {times}" for rule, times in rules.most_common()) or "none"
        print(
            f"  {generator:8} {Share(sum(answers), len(answers))!s:22} worst stratum {worst} "
            f"{Share(sum(by_stratum[worst]), len(by_stratum[worst]))!s:22} | {named}"
        )
    print()


def print_kinds(count: int, seed: int) -> None:
    """Which rules speak of curves with each planted event."""
    print("ALL RULES, goodfit, on curves with one planted event: share of runs with each finding")
    for kind in KINDS:
        rules: Counter[str] = Counter()
        n = 0
        for pair in make_pairs(count, seed=seed + 1, kind=kind):
            n += 1
            curves = Curves(pair.train, pair.validation, pair.steps, None, pair.direction)
            rules.update({finding.rule for finding in diagnose(curves)})
        shown = ", ".join(f"{rule} {times / n:.3f}" for rule, times in rules.most_common())
        print(f"  {kind:15} | {shown}")
    print()


def print_interventions(n_seeds: int) -> None:
    """Networks that we broke ourselves."""
    print("INTERVENTIONS on small networks, goodfit: trainings with an expected rule (sound: without any warning)")
    right: dict[str, list[bool]] = defaultdict(list)
    seen: dict[str, Counter[str]] = defaultdict(Counter)
    for intervention, curves in train_all(n_seeds=n_seeds):
        findings = diagnose(curves)
        rules = {finding.rule for finding in findings}
        has_warning = any(finding.severity != "info" for finding in findings)
        right[intervention.name].append(
            bool(rules & set(intervention.expected)) if intervention.expected else not has_warning
        )
        seen[intervention.name].update(rules)
    for name, answers in right.items():
        rules_seen = ", ".join(f"{rule} {times}" for rule, times in seen[name].most_common())
        print(f"  {name:26} {sum(answers)} of {len(answers)}   | {rules_seen}")
    print()


def goodfit_divergence(curves: Curves) -> bool:
    """Our rules `diverged` and `nonfinite`."""
    return any(finding.rule in ("diverged", "nonfinite") for finding in diagnose(curves))


def nan_only(curves: Curves) -> bool:
    """SageMaker's ExplodingTensor read on curves, and AUTOTRAINER's test of the loss: any value that is not finite."""
    return not bool(np.isfinite(_train(curves)).all() and np.isfinite(curves.validation).all())


def not_decreasing(curves: Curves) -> bool:
    """SageMaker's LossNotDecreasing: the loss is not lower than ten points ago, at the end."""
    train = _train(curves)
    return nan_only(curves) or bool(train[-1] >= train[max(0, train.size - 11)])


def above_first(curves: Curves) -> bool:
    """The loss ends above its first value, or is not finite."""
    train = _train(curves)
    return nan_only(curves) or bool(train[-1] > train[0])


DIVERGENCE: dict[str, Callable[[Curves], bool]] = {
    "goodfit": goodfit_divergence, "not finite": nan_only, "not decreasing (SageMaker)": not_decreasing,
    "ends above its start": above_first, "always yes": lambda _: True,
}  # fmt: skip


def print_divergence(rows: Sequence[RealCurve]) -> None:
    """Learning-rate sweeps: who diverged."""
    labelled = [row for row in rows if row.diverged is not None]
    if not labelled:
        return
    print(f"{'DIVERGED or NaN on learning-rate sweeps':48} {'recall':22} {'false alarms':22} F1")
    for name, detect in DIVERGENCE.items():
        answers = [detect(row.curves) for row in labelled]
        _print_divergence_line(name, labelled, answers)
        if name == "goodfit":
            for task in sorted({row.task for row in labelled}):
                places = [place for place, row in enumerate(labelled) if row.task == task]
                _print_divergence_line(f"  {task}", [labelled[i] for i in places], [answers[i] for i in places])
    print()


def _print_divergence_line(name: str, rows: Sequence[RealCurve], answers: Sequence[bool]) -> None:
    seen = Counter((bool(row.diverged), answer) for row, answer in zip(rows, answers, strict=True))
    hits, misses, alarms = seen[True, True], seen[True, False], seen[False, True]
    f1 = 2 * hits / max(1, 2 * hits + misses + alarms)
    print(f"  {name:46} {Share(hits, hits + misses)!s:22} {Share(alarms, alarms + seen[False, False])!s:22} {f1:.3f}")


def _train(curves: Curves) -> np.ndarray:
    return curves.validation if curves.train is None else curves.train
