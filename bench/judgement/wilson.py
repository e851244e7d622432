"""Successes out of trials → the share with its 95 % interval.

E. B. Wilson, Probable inference, JASA 22, 1927, doi:10.1080/01621459.1927.10502953.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

_Z = 1.959964


@dataclass(frozen=True)
class Share:
    """A share of trials with its interval."""

    successes: int
    trials: int

    @property
    def value(self) -> float:
        return self.successes / self.trials if self.trials else math.nan

    @property
    def interval(self) -> tuple[float, float]:
        n = self.trials
        if n == 0:
            return (0.0, 1.0)
        p = self.successes / n
        centre = (p + _Z**2 / (2 * n)) / (1 + _Z**2 / n)
        reach = _Z / (1 + _Z**2 / n) * math.sqrt(p * (1 - p) / n + _Z**2 / (4 * n * n))
        return (max(0.0, centre - reach), min(1.0, centre + reach))

    def __str__(self) -> str:
        if not self.trials:
            return "-"
        low, high = self.interval
        return f"{self.value:.3f} [{low:.3f} {high:.3f}]"
