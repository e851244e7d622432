"""Generated curves → the table that turns a finding's strength into a confidence.

`python -m bench.judgement.calibrate` writes `python/goodfit/findings/calibration.json`. A finding is right when what it
says is true of the noise-free curve; healthy and planted curves come in equal numbers.
"""

from __future__ import annotations

import json
from bisect import bisect_right
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from bench.judgement.other_truth import make_other_pairs

import goodfit
import goodfit.findings.calibration as calibration
from goodfit.testing.curves import PlantedPair, make_pairs
from goodfit.types import Finding

SEED = 20_000
COUNT = 2_100
EDGES = (1.0, 1.2, 1.5, 2.0, 3.0, 5.0, 10.0, 30.0)
COMMAND = "python -m bench.judgement.calibrate"


@dataclass(frozen=True)
class Outcome:
    strength: float
    is_right: bool


def main() -> None:
    outcomes: dict[str, list[Outcome]] = defaultdict(list)
    # The confidence of a finding is all that its strength can be read back from: let it pass through unchanged.
    calibration.read_table.cache_clear()
    original = calibration.confidence_of
    _let_strength_through()
    try:
        for kind in ("healthy", "overfit", "diverged", "nonfinite", "spike", "plateau"):
            count = COUNT if kind in ("healthy", "overfit") else COUNT // 3
            for pair in make_pairs(count, seed=SEED, kind=kind):
                for finding in goodfit.diagnose(
                    train=pair.train, validation=pair.validation, steps=pair.steps, direction=pair.direction
                ):
                    is_right = _is_right(finding, pair)
                    if is_right is not None:
                        outcomes[finding.rule].append(Outcome(finding.confidence, is_right))
        for truth in ("healthy", "overfit"):
            for other in make_other_pairs(COUNT, seed=SEED, kind=truth):  # type: ignore[arg-type]
                curves = other.curves
                findings = goodfit.diagnose(
                    train=curves.train, validation=curves.validation, steps=curves.steps,
                    train_steps=curves.train_steps, direction=curves.direction,  # type: ignore[arg-type]
                )  # fmt: skip
                outcomes["overfit"].extend(
                    Outcome(finding.confidence, truth == "overfit") for finding in findings if finding.rule == "overfit"
                )
    finally:
        _restore(original)
    table = {"command": COMMAND, "seed": SEED, "count": COUNT, "rules": {}}
    for rule in sorted(outcomes):
        row = _row(outcomes[rule])
        table["rules"][rule] = row  # type: ignore[index]
        print(f"{rule:20} {len(outcomes[rule]):5} findings  " + "  ".join(
            f"{edge:g}: {confidence:.3f} ({n})"
            for edge, confidence, n in zip(row["strengths"], row["confidences"], row["counts"], strict=True)
        ))  # fmt: skip
    path = Path(calibration.__file__).parent / "calibration.json"
    path.write_text(json.dumps(table, indent=1) + "\n", encoding="utf-8")


def _let_strength_through() -> None:
    import goodfit.findings.case as case

    case.confidence_of = lambda rule, strength: float(strength)


def _restore(original: object) -> None:
    import goodfit.findings.case as case

    case.confidence_of = original  # type: ignore[assignment]


def _is_right(finding: Finding, pair: PlantedPair) -> bool | None:
    """Whether the noise-free truth bears the finding out; None where the generator does not know."""
    truth, level = pair.truth, pair.validation_level * (1 if pair.direction == "min" else -1)
    n = level.size
    if finding.rule == "overfit":
        return truth.kind in ("overfit", "double_descent")
    if finding.rule == "diverged":
        return truth.kind == "diverged"
    if finding.rule == "nonfinite":
        return truth.kind == "nonfinite"
    if finding.rule == "spike":
        return truth.kind == "spike"
    if truth.kind in ("diverged", "nonfinite"):
        return None
    end = max(10, round(0.2 * n))
    change = float(level[-1] - level[-min(end, n)])
    if finding.rule == "still_improving":
        return -change > 0.5 * float(finding.evidence["change"])
    if finding.rule == "plateau":
        return abs(change) < 2 * float(finding.evidence["tolerance"])
    if finding.rule == "best_is_not_last":
        return float(np.median(level[-max(1, n // 10) :]) - level.min()) > 0.25 * float(finding.evidence["rise"])
    return None


def _row(outcomes: list[Outcome]) -> dict[str, list[float]]:
    """Confidence from each edge on: Jeffreys' estimate, made non-decreasing by pooling neighbours."""
    hits, counts = [0.0] * len(EDGES), [0] * len(EDGES)
    for outcome in outcomes:
        place = max(0, bisect_right(EDGES, outcome.strength) - 1)
        hits[place] += outcome.is_right
        counts[place] += 1
    pools: list[list[float]] = []
    for place in range(len(EDGES)):
        pools.append([hits[place], counts[place], 1])
        while len(pools) > 1 and _share(pools[-2]) >= _share(pools[-1]):
            last = pools.pop()
            pools[-1] = [pools[-1][0] + last[0], pools[-1][1] + last[1], pools[-1][2] + last[2]]
    confidences = [round(_share(pool), 3) for pool in pools for _ in range(int(pool[2]))]
    return {"strengths": list(EDGES), "confidences": confidences, "counts": [float(count) for count in counts]}


def _share(pool: list[float]) -> float:
    return (pool[0] + 0.5) / (pool[1] + 1)


if __name__ == "__main__":
    main()
