"""Many floats → their sum, with the rounding error of each addition kept beside it.

Model: high + low, where low collects what each addition to high lost (Neumaier's variant of Kahan's sum). Whole
    numbers are exact up to 2**53, and ten million float32 losses sum to within one rounding of the true value.

References: A. Neumaier (1974), Rundungsfehleranalyse einiger Verfahren zur Summation endlicher Summen, ZAMM 54, 39-51,
    doi:10.1002/zamm.19740540106.
"""

from __future__ import annotations


class CompensatedSum:
    """A running sum. NaN sticks; so does an infinity, until one of the other sign makes NaN."""

    __slots__ = ("high", "low")

    def __init__(self, high: float = 0.0, low: float = 0.0) -> None:
        self.high = high
        self.low = low

    def add(self, term: float) -> None:
        total = self.high + term
        if total - total == 0.0:
            larger, smaller = (self.high, term) if abs(self.high) >= abs(term) else (term, self.high)
            self.low += (larger - total) + smaller
        else:
            self.low = 0.0  # not finite: there is no rounding to keep
        self.high = total

    @property
    def value(self) -> float:
        return self.high + self.low
