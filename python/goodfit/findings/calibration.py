"""How strong a finding's statistics are → how often such findings were right on development data.

The table (`calibration.json`) is written by `python -m bench.judgement.calibrate`, which also stands in it.
"""

from __future__ import annotations

import json
from bisect import bisect_right
from functools import cache
from pathlib import Path
from typing import Any


@cache
def read_table() -> dict[str, Any]:
    """The table: by rule, ascending strengths and the confidence from each strength on."""
    text = (Path(__file__).parent / "calibration.json").read_text(encoding="utf-8")
    table: dict[str, Any] = json.loads(text)
    return table


def confidence_of(rule: str, strength: float) -> float:
    """Share of findings of this rule and strength that were right; 0.9 for a rule that was not calibrated.

    Example:
        >>> 0.5 < confidence_of("overfit", 10.0) <= 1
        True
    """
    row = read_table()["rules"].get(rule)
    if row is None:
        return 0.9
    place = bisect_right(row["strengths"], strength) - 1
    return float(row["confidences"][max(place, 0)])
