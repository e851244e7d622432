"""Generated and real curves → one table of how often each detector is right, with Wilson intervals."""

from __future__ import annotations

import argparse
import time
from collections import Counter, defaultdict
from pathlib import Path

import numpy as np
from bench.judgement.detectors import DETECTORS, Array, Curves, Detector
from bench.judgement.forecast_table import print_table as print_forecasts
from bench.judgement.forecasts import read_whole_curves, thin
from bench.judgement.interventions import train_all
from bench.judgement.other_truth import STRATA as OTHER_STRATA
from bench.judgement.other_truth import OtherPair, make_other_pairs
from bench.judgement.real import RealCurve, read_folder
from bench.judgement.rivals import ask
from bench.judgement.wilson import Share

import goodfit
from goodfit.curves.forecast import read_network
from goodfit.testing.curves import KINDS, STRATA, PlantedPair, make_pairs

SAMPLE = Path(__file__).parent / "sample"


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.judgement", description=__doc__)
    parser.add_argument("--curves", type=Path, default=SAMPLE, help="folder of *.jsonl.gz files (default: the sample)")
    parser.add_argument("--count", type=int, default=700, help="generated curves of each kind")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--seeds", type=int, default=2, help="trainings of each intervention; 0 leaves them out")
    parser.add_argument("--rivals", type=Path, help="python in whose environment trainspotter, losslint, runmedic are")
    arguments = parser.parse_args()
    rows = list(read_folder(arguments.curves))
    healthy = list(make_pairs(arguments.count, seed=arguments.seed, kind="healthy"))
    planted = list(make_pairs(arguments.count, seed=arguments.seed, kind="overfit"))
    print(f"generated: {len(healthy)} healthy, {len(planted)} overfit, seed {arguments.seed}")
    print(f"real: {len(rows)} rows of {arguments.curves}\n")
    _print_overfit(healthy, planted, rows)
    _print_strata(healthy, planted)
    others = list(make_other_pairs(arguments.count, seed=arguments.seed, kind="healthy"))
    others += make_other_pairs(arguments.count, seed=arguments.seed, kind="overfit")
    _print_other(others)
    if arguments.rivals:
        _print_rivals(arguments.rivals, healthy, planted, others, rows)
    if arguments.seeds:
        _print_interventions(arguments.seeds)
    _print_warnings(arguments.count, arguments.seed)
    _print_divergence(rows)
    curves = thin(list(read_whole_curves(arguments.curves)), per_source=300, rng=np.random.default_rng(3))
    print("forecasts by the network that ships, which has seen these tasks; for tasks it has not seen:")
    print("python -m bench.judgement.forecast_table FOLDER")
    print_forecasts(curves, lambda _: read_network())


def _curves_of(pair: PlantedPair) -> Curves:
    return Curves(pair.train, pair.validation, pair.steps, None, pair.direction)


def _print_overfit(healthy: list[PlantedPair], planted: list[PlantedPair], rows: list[RealCurve]) -> None:
    print(
        f"{'OVERFIT':26} {'generated: false alarms':24} {'recall':22} {'onset error':>11}  | "
        f"{'real: false alarms':22} {'recall':22} macro-F1     MCC  ms/run"
    )
    for name, detect in DETECTORS.items():
        started = time.perf_counter()
        false_alarms = sum(detect(_curves_of(pair)) is not None for pair in healthy)
        onsets = [detect(_curves_of(pair)) for pair in planted]
        took_ms = (time.perf_counter() - started) / (len(healthy) + len(planted)) * 1000
        errors = [
            abs(onset - pair.truth.onset_idx) / pair.steps.size
            for onset, pair in zip(onsets, planted, strict=True)
            if onset is not None and pair.truth.onset_idx is not None
        ]
        counts = _confusion(detect, rows)
        hits, misses, alarms, rejections = counts
        print(
            f"{name:26} {Share(false_alarms, len(healthy))!s:24} {Share(len(errors), len(planted))!s:22} "
            f"{np.median(errors) if errors else np.nan:11.4f}  | {Share(alarms, alarms + rejections)!s:22} "
            f"{Share(hits, hits + misses)!s:22} {_macro_f1(*counts):8.3f} {_mcc(*counts):7.3f} {took_ms:7.2f}"
        )
    print()


def _confusion(detect: Detector, rows: list[RealCurve]) -> tuple[int, int, int, int]:
    seen: Counter[tuple[bool, bool]] = Counter()
    for row in rows:
        if row.overfit is not None:
            seen[row.overfit, detect(row.curves) is not None] += 1
    return seen[True, True], seen[True, False], seen[False, True], seen[False, False]


def _macro_f1(hits: int, misses: int, alarms: int, rejections: int) -> float:
    positive = 2 * hits / max(1, 2 * hits + alarms + misses)
    negative = 2 * rejections / max(1, 2 * rejections + alarms + misses)
    return (positive + negative) / 2


def _mcc(hits: int, misses: int, alarms: int, rejections: int) -> float:
    product = float((hits + alarms) * (hits + misses)) * float((rejections + alarms) * (rejections + misses))
    return (hits * rejections - alarms * misses) / np.sqrt(product) if product else float("nan")


def _print_strata(healthy: list[PlantedPair], planted: list[PlantedPair]) -> None:
    print(f"{'OVERFIT, goodfit':28} {'false alarms':24} {'recall':22} onset error  interval holds truth")
    detect = DETECTORS["goodfit"]
    for stratum in STRATA:
        nulls = [pair for pair in healthy if pair.truth.stratum == stratum]
        truths = [pair for pair in planted if pair.truth.stratum == stratum]
        alarms = sum(detect(_curves_of(pair)) is not None for pair in nulls)
        errors, holds = [], 0
        for pair in truths:
            for finding in goodfit.diagnose(
                train=pair.train, validation=pair.validation, steps=pair.steps, direction=pair.direction
            ):
                if finding.rule == "overfit" and finding.onset_step is not None and finding.onset_interval is not None:
                    true_step = int(pair.steps[pair.truth.onset_idx or 0])
                    errors.append(abs(finding.onset_step - true_step) / int(pair.steps[-1]))
                    holds += finding.onset_interval[0] <= true_step <= finding.onset_interval[1]
        print(
            f"  {stratum:26} {Share(alarms, len(nulls))!s:24} {Share(len(errors), len(truths))!s:22} "
            f"{np.median(errors) if errors else np.nan:11.4f}  {Share(holds, len(errors))}"
        )
    print()


def _print_other(pairs: list[OtherPair]) -> None:
    """The second source of truth: every detector overall, ours in each stratum."""
    print(f"{'OVERFIT, other generator':28} {'false alarms':24} {'recall':22} onset error")
    for name, detect in DETECTORS.items():
        answers = [detect(pair.curves) for pair in pairs]
        _print_line(name, pairs, answers)
        if name == "goodfit":
            for stratum in OTHER_STRATA:
                places = [place for place, pair in enumerate(pairs) if pair.stratum == stratum]
                _print_line(f"  {stratum}", [pairs[i] for i in places], [answers[i] for i in places])
    print()


def _print_line(name: str, pairs: list[OtherPair], answers: list[int | None]) -> None:
    alarms = [answer is not None for pair, answer in zip(pairs, answers, strict=True) if pair.onset_idx is None]
    hits = [answer is not None for pair, answer in zip(pairs, answers, strict=True) if pair.onset_idx is not None]
    errors = [
        abs(answer - pair.onset_idx) / pair.level.size
        for pair, answer in zip(pairs, answers, strict=True)
        if answer is not None and pair.onset_idx is not None
    ]
    print(
        f"{name:28} {Share(sum(alarms), len(alarms))!s:24} {Share(sum(hits), len(hits))!s:22} "
        f"{np.median(errors) if errors else np.nan:.4f}"
    )


def _print_rivals(
    python: Path, healthy: list[PlantedPair], planted: list[PlantedPair], others: list[OtherPair], rows: list[RealCurve]
) -> None:
    """Judges from PyPI, by their defaults, on the same curves (those of at most 3,000 points)."""
    cases = [("generated", _curves_of(pair), pair.truth.kind == "overfit") for pair in [*healthy, *planted]]
    cases += [("other generator", pair.curves, pair.onset_idx is not None) for pair in others]
    cases += [("real", row.curves, row.overfit) for row in rows if row.overfit is not None]
    kept, asked = [], []
    for source, curves, truth in cases:
        train, validation = curves.oriented()
        if train is not None and validation.size <= 3_000:
            kept.append((source, truth, curves))
            asked.append({
                "steps": curves.steps.tolist(), "train": _plain(train), "validation": _plain(validation)
            })  # fmt: skip
    said = ask(python, asked)
    said["goodfit, same curves"] = [DETECTORS["goodfit"](curves) is not None for _, _, curves in kept]
    print(f"{'OVERFIT, from PyPI':22} {'curves':16} {'false alarms':24} {'recall':22} macro-F1")
    for name, verdicts in said.items():
        for source in ("generated", "other generator", "real"):
            seen = Counter(
                (truth, verdict) for (place, truth, _), verdict in zip(kept, verdicts, strict=True) if place == source
            )
            hits, misses = seen[True, True], seen[True, False]
            alarms, rejections = seen[False, True], seen[False, False]
            print(
                f"{name:22} {source:16} {Share(alarms, alarms + rejections)!s:24} {Share(hits, hits + misses)!s:22} "
                f"{_macro_f1(hits, misses, alarms, rejections):.3f}"
            )
    print()


def _plain(values: Array) -> list[float | None]:
    return [value if np.isfinite(value) else None for value in values.tolist()]


def _print_interventions(n_seeds: int) -> None:
    print("INTERVENTIONS on small networks, goodfit: trainings with an expected rule (sound: without any warning)")
    right: dict[str, list[bool]] = defaultdict(list)
    seen: dict[str, Counter[str]] = defaultdict(Counter)
    for intervention, curves in train_all(n_seeds=n_seeds):
        findings = goodfit.diagnose(train=curves.train, validation=curves.validation)
        rules = {finding.rule for finding in findings}
        has_warning = any(finding.severity != "info" for finding in findings)
        right[intervention.name].append(
            bool(rules & set(intervention.expected)) if intervention.expected else not has_warning
        )
        seen[intervention.name].update(rules)
    for name, answers in right.items():
        rules = ", ".join(f"{rule} {times}" for rule, times in seen[name].most_common())
        print(f"  {name:26} {sum(answers)} of {len(answers)}   | {rules}")
    print()


def _print_warnings(count: int, seed: int) -> None:
    print("ALL RULES, goodfit, on generated curves: share of runs with each finding")
    for kind in KINDS:
        rules: Counter[str] = Counter()
        n_warned = n = 0
        for pair in make_pairs(count // 2, seed=seed + 1, kind=kind):
            findings = goodfit.diagnose(
                train=pair.train, validation=pair.validation, steps=pair.steps, direction=pair.direction
            )
            n += 1
            n_warned += any(finding.severity != "info" for finding in findings)
            rules.update({finding.rule for finding in findings})
        shown = ", ".join(f"{rule} {times / n:.3f}" for rule, times in rules.most_common())
        print(f"  {kind:15} any warning {Share(n_warned, n)!s:22} | {shown}")
    print()


def _print_divergence(rows: list[RealCurve]) -> None:
    by_task: dict[str, Counter[tuple[bool, bool]]] = defaultdict(Counter)
    for row in rows:
        if row.diverged is None:
            continue
        findings = goodfit.diagnose(
            train=row.curves.train, validation=row.curves.validation, steps=row.curves.steps, direction="min"
        )
        fired = any(finding.rule in ("diverged", "nonfinite") for finding in findings)
        by_task[row.task][row.diverged, fired] += 1
        by_task["all"][row.diverged, fired] += 1
    if not by_task:
        return
    print("DIVERGED or NaN on learning-rate sweeps, goodfit   recall                 false alarms           F1")
    for task, seen in by_task.items():
        hits, misses, alarms = seen[True, True], seen[True, False], seen[False, True]
        f1 = 2 * hits / max(1, 2 * hits + misses + alarms)
        print(
            f"  {task:48} {Share(hits, hits + misses)!s:22} {Share(alarms, alarms + seen[False, False])!s:22} {f1:.3f}"
        )


if __name__ == "__main__":
    main()
