"""A flat model graph → any one group opened: its members, the edges among them and across its border.

Leaves are put in the order of their paths, so that a group is a range of them; wires are two arrays of positions in
that order. Opening a group is then a few array operations whatever its size: 100,000 nodes take milliseconds.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Mapping
from functools import cached_property
from typing import TYPE_CHECKING

from goodfit.server.graph.model import ModelGraph, Path
from goodfit.server.graph.placed_costs import PlacedCosts
from goodfit.server.graph.step_stats import NodeCost
from goodfit.server.schema import GraphEdge, GraphMatch, GraphMatches, GraphNode, GraphView

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from goodfit.types import Int64Array

MAX_NODES = 1_000
"""Of one opened group; the page lays out a few hundred with ease."""
MAX_BORDER = 200
"""Edges across the border, each way."""
MAX_OPS_INSIDE = 3
MAX_LOOKED_AT = 12
"""Leaves of a group that are looked at, last first, for what it gives."""
OUTPUT_ATTRIBUTES = ("output shape", "shape", "units", "filters")
"""Attributes that tell what a layer gives where no wire does."""


def tell_output(attributes: Mapping[str, str]) -> str:
    """What a layer gives, by its attributes; empty when none tells."""
    return next((attributes[name] for name in OUTPUT_ATTRIBUTES if attributes.get(name)), "")


def join(path: Path) -> str:
    return "/".join(path)


class Hierarchy:
    """One model graph, ready to be opened group by group."""

    def __init__(self, graph: ModelGraph) -> None:
        import numpy as np

        self._graph = graph
        order = sorted(range(len(graph.paths)), key=graph.paths.__getitem__)
        self._order = order
        self._paths = [graph.paths[index] for index in order]
        position = np.empty(len(order), dtype=np.int64)
        position[order] = np.arange(len(order))
        self._sources = position[np.asarray(graph.wires.sources, dtype=np.int64)]
        self._targets = position[np.asarray(graph.wires.targets, dtype=np.int64)]
        self._groups = {join(path): path for path in self._list_groups()}

    def _list_groups(self) -> set[Path]:
        return {path[:depth] for path in self._paths for depth in range(len(path))} | {()}

    @property
    def n_leaves(self) -> int:
        return len(self._paths)

    def place(self, costs: Mapping[str, NodeCost]) -> PlacedCosts:
        """What the leaves took in a traced step, by the names of the nodes."""
        return PlacedCosts(self._paths, costs)

    def open(self, group: str, *, run: str, tag: str, kind: str, costs: PlacedCosts | None = None) -> GraphView | None:
        """The group of this id opened, `` for the top; None when there is no such group."""
        import numpy as np

        path = self._groups.get(group)
        if path is None:
            return None
        depth = len(path)
        start = bisect_left(self._paths, path)
        stop = self._end_of(path, start, len(self._paths))
        starts = self._child_starts(start, stop, depth)
        stops = [*starts[1:], stop]
        ids = [join(self._paths[at][: depth + 1]) for at in starts]
        first_seen = [min(self._order[at:end]) for at, end in zip(starts, stops, strict=True)]
        by_appearance = sorted(range(len(starts)), key=first_seen.__getitem__)
        shown = by_appearance[:MAX_NODES]
        is_inside_source = (self._sources >= start) & (self._sources < stop)
        is_inside_target = (self._targets >= start) & (self._targets < stop)
        boundaries = np.asarray(starts, dtype=np.int64)
        outlets = self._outlets(np.flatnonzero(is_inside_source), is_inside_target, boundaries)
        nodes = [self._view_child(starts[child], stops[child], depth, group, outlets.get(child)) for child in shown]
        if costs is not None:
            for child, node in zip(shown, nodes, strict=True):
                _add_cost(node, costs, starts[child], stops[child])
        shown_ids = {node.id for node in nodes}

        edges = self._edges_among(np.flatnonzero(is_inside_source & is_inside_target), boundaries, ids)
        inputs = self._border(
            np.flatnonzero(~is_inside_source & is_inside_target), path, boundaries, ids, is_input=True
        )
        outputs = self._border(
            np.flatnonzero(is_inside_source & ~is_inside_target), path, boundaries, ids, is_input=False
        )
        return GraphView(
            run=run,
            tag=tag,
            kind=kind,
            group=group,
            nodes=nodes,
            edges=[edge for edge in edges if edge.source in shown_ids and edge.target in shown_ids],
            n_nodes_total=self.n_leaves,
            inputs=[edge for edge in inputs if edge.target in shown_ids][:MAX_BORDER],
            outputs=[edge for edge in outputs if edge.source in shown_ids][:MAX_BORDER],
            n_left_out=len(starts) - len(shown),
            n_dangling=self._graph.n_dangling,
        )

    @cached_property
    def _search_texts(self) -> list[str]:
        """Of each node in the order of the graph: its path and its operation, folded; made at the first search."""
        return [f"{join(path)} {op}".casefold() for path, op in zip(self._graph.paths, self._graph.ops, strict=True)]

    def search(self, text: str, *, limit: int) -> GraphMatches:
        """Groups, then leaves, whose own name (leaves: whole path or operation) holds every word of the text."""
        words = text.casefold().split()
        matches: list[GraphMatch] = []
        n_found = 0
        for path in sorted(self._groups.values()):
            if path and words and all(word in path[-1].casefold() for word in words):
                n_found += 1
                if n_found <= limit:
                    known = self._graph.groups.get(path)
                    matches.append(GraphMatch(join(path), path[-1], known.op if known else "", join(path[:-1])))
        for index, folded in enumerate(self._search_texts):
            if words and all(word in folded for word in words):
                n_found += 1
                if n_found <= limit:
                    path = self._graph.paths[index]
                    matches.append(GraphMatch(join(path), path[-1], self._graph.ops[index], join(path[:-1])))
        return GraphMatches(n_found=n_found, matches=matches)

    def _child_starts(self, start: int, stop: int, depth: int) -> list[int]:
        """Where each child of the group that is `[start, stop)` begins."""
        starts = []
        at = start
        while at < stop:
            starts.append(at)
            at = self._end_of(self._paths[at][: depth + 1], at, stop)
        return starts

    def _end_of(self, path: Path, start: int, stop: int) -> int:
        """The position after the last leaf, from `start` on, whose path begins with `path`."""
        depth = len(path)
        return bisect_left(self._paths, True, lo=start, hi=stop, key=lambda other: other[:depth] != path)

    def _outlets(
        self, wires: Int64Array, is_inside_target: npt.NDArray[np.bool_], boundaries: Int64Array
    ) -> dict[int, int]:
        """For each child, one wire of data that leaves it."""
        import numpy as np

        children = np.searchsorted(boundaries, self._sources[wires], side="right") - 1
        targets = np.searchsorted(boundaries, self._targets[wires], side="right") - 1
        is_control = np.asarray(self._graph.wires.is_control, dtype=bool)[wires]
        leaves = ~is_control & ((children != targets) | ~is_inside_target[wires])
        found, first = np.unique(children[leaves], return_index=True)
        return dict(zip(found.tolist(), wires[leaves][first].tolist(), strict=True))

    def _output_of(self, start: int, stop: int, outlet: int | None) -> str:
        """What flows out of the leaves `[start, stop)`, as a wire or the last of them says; empty when none does."""
        label = "" if outlet is None else self._graph.read_label(outlet)
        if label:
            return label
        last_first = sorted(self._order[start : min(stop, start + 1_000)], reverse=True)
        for index in last_first[:MAX_LOOKED_AT]:
            found = tell_output(self._graph.read_attributes(index))
            if found:
                return found
        return ""

    def _view_child(self, start: int, stop: int, depth: int, group: str, outlet: int | None) -> GraphNode:
        path = self._paths[start]
        child = path[: depth + 1]
        if len(path) == depth + 1:
            index = self._order[start]
            return GraphNode(
                id=join(path),
                label=path[-1],
                op=self._graph.ops[index],
                group=group,
                is_group=False,
                n_inside=0,
                attributes=dict(self._graph.read_attributes(index)),
                output=self._output_of(start, stop, outlet),
            )
        known = self._graph.groups.get(child)
        return GraphNode(
            id=join(child),
            label=child[-1],
            op=known.op if known else "",
            group=group,
            is_group=True,
            n_inside=stop - start,
            attributes=dict(known.attributes) if known else {},
            output=(tell_output(known.attributes) if known else "") or self._output_of(start, stop, outlet),
            ops_inside=self._ops_inside(start, stop),
        )

    def _ops_inside(self, start: int, stop: int) -> list[str]:
        ops = self._graph.ops
        counts = Counter(ops[index] for index in sorted(self._order[start:stop]))
        return [op for op, _ in counts.most_common(MAX_OPS_INSIDE) if op]

    def _label(self, wire_index: int, n_wires: int) -> str:
        if n_wires > 1:
            return f"×{n_wires}"
        return self._graph.read_label(wire_index)

    def _edges_among(self, wires: Int64Array, boundaries: Int64Array, ids: list[str]) -> list[GraphEdge]:
        """One edge for all wires between the same two children."""
        import numpy as np

        if not len(wires):
            return []
        sources = np.searchsorted(boundaries, self._sources[wires], side="right") - 1
        targets = np.searchsorted(boundaries, self._targets[wires], side="right") - 1
        is_between = sources != targets
        wires, sources, targets = wires[is_between], sources[is_between], targets[is_between]
        pairs, first, counts = np.unique(sources * len(ids) + targets, return_index=True, return_counts=True)
        order = np.argsort(first, kind="stable")
        edges = []
        for pair, at, count in zip(pairs[order].tolist(), first[order].tolist(), counts[order].tolist(), strict=True):
            wire_index = int(wires[at])
            edges.append(
                GraphEdge(
                    source=ids[pair // len(ids)],
                    target=ids[pair % len(ids)],
                    label=self._label(wire_index, count),
                    is_control=self._graph.wires.is_control[wire_index],
                )
            )
        return edges

    def _border(
        self, wires: Int64Array, path: Path, boundaries: Int64Array, ids: list[str], *, is_input: bool
    ) -> list[GraphEdge]:
        """Edges across the border, the outer end named by the widest group that does not hold the opened one."""
        import numpy as np

        inner = (self._targets if is_input else self._sources)[wires]
        outer = (self._sources if is_input else self._targets)[wires]
        children = (np.searchsorted(boundaries, inner, side="right") - 1).tolist()
        edges: dict[tuple[str, str], list[int]] = {}
        for child, position, wire_index in zip(children, outer.tolist(), wires.tolist(), strict=True):
            other = self._paths[position]
            n_shared = next((d for d in range(len(path)) if d >= len(other) or other[d] != path[d]), len(path))
            edges.setdefault((join(other[: n_shared + 1]), ids[child]), []).append(wire_index)
            if len(edges) > 4 * MAX_BORDER:
                break
        return [
            GraphEdge(
                source=outside if is_input else inside,
                target=inside if is_input else outside,
                label=self._label(found[0], len(found)),
                is_control=self._graph.wires.is_control[found[0]],
            )
            for (outside, inside), found in edges.items()
        ]


def _add_cost(node: GraphNode, costs: PlacedCosts, start: int, stop: int) -> None:
    """Writes into a node what its leaves `[start, stop)` took."""
    spent = costs.sum_range(start, stop)
    if spent is None:
        return
    node.micros, node.memory_bytes = spent
    if not node.is_group and costs.device_of(start):
        node.attributes["device"] = costs.device_of(start)
