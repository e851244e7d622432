"""Generated curves → the table that turns a finding's strength into a confidence.

`python -m bench.judgement.calibrate` writes `python/goodfit/findings/calibration.json`; the curves and what makes a
finding right are those of `calibration_table`. It then checks the table on curves of another seed and draws the answer,
`docs/rules/confidence.svg`.
"""

from __future__ import annotations

import json
from bisect import bisect_right
from collections import defaultdict
from pathlib import Path
from typing import Any

from bench.judgement.calibration_table import Outcome, draw, gather

import goodfit.findings.calibration as calibration
import goodfit.findings.case as case

SEED = 20_000
CHECK_SEED = 20_001
COUNT = 1_050
PICTURE = Path(__file__).parents[2] / "docs" / "rules" / "confidence.svg"
EDGES = (1.0, 1.2, 1.5, 2.0, 3.0, 5.0, 10.0, 30.0)
COMMAND = "python -m bench.judgement.calibrate"


def main() -> None:
    outcomes: dict[str, list[Outcome]] = defaultdict(list)
    # The confidence of a finding is all that its strength can be read back from: let it pass through unchanged.
    original = case.confidence_of
    case.confidence_of = lambda rule, strength: float(strength)
    try:
        for outcome in gather(COUNT, seed=SEED):
            outcomes[outcome.rule].append(outcome)
    finally:
        case.confidence_of = original
    rules: dict[str, Any] = {}
    for rule in sorted(outcomes):
        row = rules[rule] = _row(outcomes[rule])
        print(f"{rule:20} {len(outcomes[rule]):5} findings  " + "  ".join(
            f"{edge:g}: {confidence:.3f} ({n:g})"
            for edge, confidence, n in zip(row["strengths"], row["confidences"], row["counts"], strict=True)
        ))  # fmt: skip
    path = Path(calibration.__file__).parent / "calibration.json"
    table = {"command": COMMAND, "seed": SEED, "count": COUNT, "rules": rules}
    path.write_text(json.dumps(table, indent=1) + "\n", encoding="utf-8")
    calibration.read_table.cache_clear()
    PICTURE.write_text(draw(list(gather(COUNT // 3, seed=CHECK_SEED))), encoding="utf-8")


def _row(outcomes: list[Outcome]) -> dict[str, list[float]]:
    """Confidence from each edge on: Jeffreys' estimate, made non-decreasing by pooling neighbours."""
    hits, counts = [0.0] * len(EDGES), [0] * len(EDGES)
    for outcome in outcomes:
        place = max(0, bisect_right(EDGES, outcome.confidence) - 1)
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
