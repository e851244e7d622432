"""How lively a log folder is → how long to wait before looking again.

While files grow, and for a while after, the wait is the shortest; in a quiet folder it doubles up to the longest.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(slots=True)
class Pace:
    """Chooses the wait between two turns of the loop."""

    shortest_s: float = 0.3
    """A written point must be on screen within two seconds: this, plus judging, plus half a second of coalescing."""
    longest_s: float = 1.0
    """Also the longest that a folder asleep for hours takes to be noticed, so it stays well under two seconds."""
    lively_s: float = 30.0
    """How long after the last change the shortest wait is kept."""
    most_waited_s: float = 2.0
    """However large the folder."""
    _last_change_s: float = float("-inf")
    _wait_s: float = 0.0

    def wait_s(self, *, has_changed: bool, is_behind: bool, now_s: float, look_cost_s: float = 0.0) -> float:
        """Seconds until the next turn; 0 while judgements that are due are left over.

        Args:
            has_changed: whether this turn read anything new.
            is_behind: whether work is left that should not wait.
            now_s: monotonic time.
            look_cost_s: what looking at the files took. Ten thousand of them take a third of a second: the wait is
                then at least twice that while they grow, and four times when quiet.
        """
        if has_changed:
            self._last_change_s = now_s
        is_lively = now_s - self._last_change_s < self.lively_s
        if is_lively:
            self._wait_s = self.shortest_s
        else:
            self._wait_s = min(self.longest_s, max(self.shortest_s, self._wait_s * 2))
        if is_behind:
            return 0.0
        return max(self._wait_s, min(self.most_waited_s, look_cost_s * (2 if is_lively else 4)))
