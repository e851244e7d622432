"""What looking at a folder cost and found → how soon to look again, and how closely."""

from __future__ import annotations

MIN_PAUSE_S = 0.1
"""Between two looks where the system tells of nothing: half of it is the median age of what is shown."""
MAX_PAUSE_S = 5.0
COSTS = 10
"""Looking may take a tenth of the time."""
IDLE_GROWTH = 1.3
"""After each look that found nothing."""
THOROUGH_PAUSE_S = 10.0
"""Between two listings of every folder where the system tells of changes: it does not tell of all (memory maps)."""
THOROUGH_COSTS = 100
"""Listing every folder for nothing may take a hundredth of the time."""


class Attention:
    """Kept by the thread that refreshes."""

    def __init__(self) -> None:
        self.is_told = False
        """The system tells of changes."""
        self.pause_s = MIN_PAUSE_S
        """Until the next look is worth it where nothing is told."""
        self._looked_s = float("-inf")
        self._cost_s = 0.0
        self._was_thorough = True

    def is_due(self, now_s: float) -> bool:
        """Whether to list every folder."""
        pause_s = max(THOROUGH_PAUSE_S, THOROUGH_COSTS * self._cost_s)
        self._was_thorough = not self.is_told or now_s - self._looked_s >= pause_s
        return self._was_thorough

    def note_refresh(self, start_s: float, end_s: float, *, has_news: bool) -> None:
        cost_s = end_s - start_s
        if self._was_thorough:
            self._looked_s = end_s
            if not has_news:
                self._cost_s = cost_s
        if has_news:
            self.pause_s = MIN_PAUSE_S
        else:
            self.pause_s = min(MAX_PAUSE_S, max(MIN_PAUSE_S, COSTS * cost_s, IDLE_GROWTH * self.pause_s))
