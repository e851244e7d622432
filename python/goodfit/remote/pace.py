"""What looking at a remote folder cost and found → how soon to look again.

An idle bucket is listed once a minute: 43,200 requests a month, which Amazon bills with $0.22 ($0.005 per 1,000,
2025).
"""

from __future__ import annotations

import random

SHORTEST_S = 2.0
"""Between two looks while files grow. Writers of buckets upload the whole file anew, seldom more often than this."""
LONGEST_S = 60.0
COSTS = 20
"""Looking takes a twentieth of the time at most."""
IDLE_GROWTH = 1.3
FIRST_TROUBLE_S = 5.0


class RemotePace:
    """Kept by a mirror."""

    def __init__(self, rng: random.Random) -> None:
        self._rng = rng
        self._pause_s = SHORTEST_S
        self._trouble_s = FIRST_TROUBLE_S

    def after_look(self, *, cost_s: float, has_news: bool) -> float:
        """Seconds until the next look."""
        self._trouble_s = FIRST_TROUBLE_S
        self._pause_s = SHORTEST_S if has_news else min(LONGEST_S, self._pause_s * IDLE_GROWTH)
        return max(self._pause_s, COSTS * cost_s)

    def after_trouble(self) -> float:
        """Seconds until the next try after a look that failed."""
        pause_s = self._trouble_s * self._rng.uniform(0.5, 1.0)
        self._trouble_s = min(LONGEST_S, self._trouble_s * 2)
        return pause_s
