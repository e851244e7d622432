"""Generated curves → the weights of the rule `overfit`, and how often it is wrong at each of several constants.

`python -m bench.judgement.fit_overfit` prints what stands in `goodfit/findings/rules/overfit.py`: a logistic regression
on the clues of all rises that pass the rule's gates, of the generators that may be tuned on. The constant is the
largest at which healthy curves with drift are flagged as often as `MAX_DRIFT_ALARMS`, the generators weighed alike.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
from bench.judgement.detectors import Array, Curves
from bench.judgement.overfit_table import make_cases

import goodfit.findings.rules.overfit as rule
from goodfit.findings.diagnose import diagnose

GENERATORS = ("own", "other", "plain")
"""Those with drift; short noisy curves are a matter of the gates."""

SEEDS = (501, 777)
COUNT = 1_600
MAX_DRIFT_ALARMS = 0.029
# Of the weight of all healthy curves of a generator; they are few, and most of all false alarms.
_DRIFT_WEIGHT = 0.5
_RIDGE = 1e-3


@dataclass(frozen=True)
class Rise:
    """One curve: where it is from, and its terms if it passed the gates."""

    generator: str
    stratum: str
    is_overfit: bool
    terms: dict[str, float] | None

    @property
    def is_drift(self) -> bool:
        return self.stratum == "drift" and not self.is_overfit


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=COUNT, help="healthy and overfit curves of a generator and seed")
    rises = list(gather(parser.parse_args().count))
    names = list(rule.terms_of(rule.Clues(1, 1, 1, 1, 1, 1, 1)))
    passed = [rise for rise in rises if rise.terms is not None]
    table = np.array([[rise.terms[name] for name in names] for rise in passed if rise.terms is not None])
    weights, constant = fit(table, passed)
    print("weights ", {name: round(float(weight), 2) for name, weight in zip(names, weights, strict=True)})
    scores = {id(rise): float(row @ weights + constant) for rise, row in zip(passed, table, strict=True)}
    print(f"{'constant':>9} {'drift':>6}   by generator: recall, healthy with drift, other healthy")
    best = None
    for shift in np.arange(-2.0, 2.01, 0.1):
        rates = {
            name: _rates(rises, name, lambda rise, s=shift: scores.get(id(rise), -99.0) + s >= 0) for name in GENERATORS
        }
        drift = float(np.mean([rate[1] for rate in rates.values()]))
        best = constant + shift if drift <= MAX_DRIFT_ALARMS else best
        shown = "   ".join(f"{name} {' '.join(f'{share:.4f}' for share in rate)}" for name, rate in rates.items())
        print(f"{constant + shift:9.2f} {drift:6.4f}   {shown}")
    print("constant", best)


def gather(count: int) -> Iterator[Rise]:
    """Every curve with its terms: the rule is asked with a score that lets all pass, and its clues are kept."""
    original, seen = rule.score_of, []

    def pass_all(clues: rule.Clues) -> float:
        seen.append(clues)
        return 99.0

    rule.score_of = pass_all
    try:
        for seed in SEEDS:
            for generator in GENERATORS:
                for case in make_cases(generator, count, seed=seed):
                    seen.clear()
                    _ask(case.curves)
                    terms = rule.terms_of(seen[0]) if seen else None
                    yield Rise(generator, case.stratum, case.is_overfit, terms)
    finally:
        rule.score_of = original


def _ask(curves: Curves) -> None:
    diagnose(
        train=curves.train, validation=curves.validation, steps=curves.steps, train_steps=curves.train_steps,
        direction=curves.direction,  # type: ignore[arg-type]
    )  # fmt: skip


def fit(table: Array, rises: list[Rise]) -> tuple[Array, float]:
    """Weights and constant of a logistic regression; the generators, and in each both kinds, count alike."""
    truth = np.array([rise.is_overfit for rise in rises], dtype=np.float64)
    mass = _mass(rises)
    centre, spread = table.mean(axis=0), table.std(axis=0)
    design = np.column_stack(((table - centre) / spread, np.ones(len(rises))))
    answer = np.zeros(design.shape[1])
    ridge = _RIDGE * mass.sum() * np.append(np.ones(table.shape[1]), 0.0)
    for _ in range(50):  # Newton's steps; it settles within ten
        share = 1 / (1 + np.exp(-np.clip(design @ answer, -30, 30)))
        slope = design.T @ (mass * (truth - share)) - ridge * answer
        bend = (design.T * (mass * share * (1 - share))) @ design + np.diag(ridge)
        answer = answer + np.linalg.solve(bend, slope)
    weights = answer[:-1] / spread
    return weights, float(answer[-1] - centre @ weights)


def _mass(rises: list[Rise]) -> Array:
    mass = np.empty(len(rises))
    groups: dict[tuple[str, bool, bool], list[int]] = {}
    for place, rise in enumerate(rises):
        groups.setdefault((rise.generator, rise.is_overfit, rise.is_drift), []).append(place)
    for (_, is_overfit, _is_drift), places in groups.items():
        mass[places] = (1.0 if is_overfit else _DRIFT_WEIGHT) / len(places)
    return mass / mass.mean()


def _rates(rises: list[Rise], generator: str, fires: Callable[[Rise], bool]) -> tuple[float, float, float]:
    """Shares that fire of overfit curves, of healthy ones with drift, and of other healthy ones."""
    mine = [rise for rise in rises if rise.generator == generator]
    groups = (
        [rise for rise in mine if rise.is_overfit],
        [rise for rise in mine if rise.is_drift],
        [rise for rise in mine if not rise.is_overfit and not rise.is_drift],
    )
    recall, drift, other = (sum(map(fires, group)) / len(group) for group in groups)
    return recall, drift, other


if __name__ == "__main__":
    main()
