"""Generated and real curves → how often judges from PyPI are right about overfitting, by default and tuned, and we."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from bench.judgement.detectors import DETECTORS, Array, Curves
from bench.judgement.overfit_table import GENERATORS, TUNING_SEED, Case, macro_f1, make_cases
from bench.judgement.real import RealCurve
from bench.judgement.rivals import DEFAULTS, SETTINGS, Row, Setting, ask
from bench.judgement.wilson import Share

LONGEST = 3_000  # points; some of them take minutes over longer curves
N_TUNING = 54  # healthy and overfit curves of each generator


def print_rivals(python: Path, cases: Sequence[Case], rows: Sequence[RealCurve]) -> None:
    """Judges from PyPI on the same curves, those with a train curve and of at most 3,000 points.

    Tuned: by the settings that are right most often on generated curves of another seed.
    """
    named = [(case.generator, case.curves, case.is_overfit) for case in cases]
    named += [("real", row.curves, row.overfit) for row in rows if row.overfit is not None]
    kept = [(source, truth, curves) for source, curves, truth in named if _can_be_asked(curves)]
    tuned = _tune(python)
    settings = {name: [*DEFAULTS[name], tuned[name]] for name in tuned}
    answers = ask(python, [_as_row(curves) for _, _, curves in kept], settings)
    said: dict[str, list[bool]] = {}
    for name, (by_default, by_tuning) in answers.items():
        said[name], said[f"{name}, tuned"] = by_default, by_tuning
    said["goodfit, same curves"] = [DETECTORS["goodfit"](curves) is not None for _, _, curves in kept]
    print(f"{'OVERFIT, from PyPI':22} {'curves':10} {'false alarms':22} {'recall':22} macro-F1")
    for name, verdicts in said.items():
        for source in (*GENERATORS, "real"):
            seen = Counter(
                (truth, verdict) for (place, truth, _), verdict in zip(kept, verdicts, strict=True) if place == source
            )
            hits, misses = seen[True, True], seen[True, False]
            alarms, rejections = seen[False, True], seen[False, False]
            has_both = hits + misses > 0 and alarms + rejections > 0
            score = f"{macro_f1(hits, misses, alarms, rejections):.3f}" if has_both else "-"
            print(
                f"{name:22} {source:10} {Share(alarms, alarms + rejections)!s:22} {Share(hits, hits + misses)!s:22} "
                f"{score}"
            )
    for name, setting in tuned.items():
        print(f"  {name}, tuned: {', '.join(f'{key} {value}' for key, value in setting.items()) or 'its defaults'}")
    print()


def _tune(python: Path) -> dict[str, Setting]:
    """Of each rival that is there the setting with the highest macro-F1 on generated curves of another seed."""
    cases = [
        case
        for name in GENERATORS
        for case in make_cases(name, N_TUNING, seed=TUNING_SEED)
        if _can_be_asked(case.curves)
    ]
    answers = ask(python, [_as_row(case.curves) for case in cases], SETTINGS)
    best = {}
    for name, of_settings in answers.items():
        scores = []
        for verdicts in of_settings:
            seen = Counter((case.is_overfit, verdict) for case, verdict in zip(cases, verdicts, strict=True))
            scores.append(macro_f1(seen[True, True], seen[True, False], seen[False, True], seen[False, False]))
        best[name] = SETTINGS[name][int(np.argmax(scores))]
    return best


def _can_be_asked(curves: Curves) -> bool:
    return curves.train is not None and curves.validation.size <= LONGEST


def _as_row(curves: Curves) -> Row:
    train, validation = curves.oriented()
    assert train is not None
    return {"steps": curves.steps.tolist(), "train": _plain(train), "validation": _plain(validation)}


def _plain(values: Array) -> list[float | None]:
    return [value if np.isfinite(value) else None for value in values.tolist()]
