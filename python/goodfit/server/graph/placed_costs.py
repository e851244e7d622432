"""What each node took, by name → what each leaf and each group of a hierarchy took.

Costs stand in the order of the leaves as running sums: a group is a range of leaves, and its cost a subtraction.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import accumulate

from goodfit.server.graph.model import Path
from goodfit.server.graph.step_stats import NodeCost


class PlacedCosts:
    """The costs of one traced step, laid over the sorted paths of a model graph."""

    def __init__(self, paths: Sequence[Path], costs: Mapping[str, NodeCost]) -> None:
        found = [_find(path, costs) for path in paths]
        self._devices = [cost.device if cost else "" for cost in found]
        self._n_known = [0, *accumulate(cost is not None for cost in found)]
        self._micros = [0, *accumulate(cost.micros if cost else 0 for cost in found)]
        self._memory_bytes = [0, *accumulate(cost.memory_bytes if cost else 0 for cost in found)]

    def sum_range(self, start: int, stop: int) -> tuple[int, int] | None:
        """Microseconds and bytes of the leaves `[start, stop)`; None when none of them was traced."""
        if self._n_known[start] == self._n_known[stop]:
            return None
        return self._micros[stop] - self._micros[start], self._memory_bytes[stop] - self._memory_bytes[start]

    def device_of(self, position: int) -> str:
        """Where the leaf ran; empty when it was not traced."""
        return self._devices[position]


def _find(path: Path, costs: Mapping[str, NodeCost]) -> NodeCost | None:
    """The cost of a leaf; one that also names a scope was moved into it as `scope/(node)`."""
    found = costs.get("/".join(path))
    if found is None and len(path) > 1 and path[-1] == f"({path[-2]})":
        found = costs.get("/".join(path[:-1]))
    return found
