"""What every kind of model graph is turned into: leaves with paths, and wires between them, as columns.

Invariants: paths are unique; no leaf's path is the beginning of another's (a node that also names a scope is moved into
it); wires refer to leaves by index. Graphs of 100,000 nodes pass through here, hence columns instead of objects.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

MAX_DEPTH = 48
"""Groups within groups; a hostile name made of slashes ends there."""

Path = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Wires:
    """Something flows from one leaf to another; all columns have one length."""

    sources: Sequence[int]
    targets: Sequence[int]
    is_control: Sequence[bool]

    def __len__(self) -> int:
        return len(self.sources)


@dataclass(frozen=True, slots=True)
class Group:
    """What is known of a group beyond its members: a nested model's class, say."""

    op: str
    attributes: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class ModelGraph:
    """A whole model. Attributes and labels are worked out only for what is shown."""

    paths: Sequence[Path]
    """Of each leaf: groups from the top, then its own name."""
    ops: Sequence[str]
    """Of each leaf: its operation, or its layer's class."""
    wires: Wires
    read_attributes: Callable[[int], Mapping[str, str]]
    """Takes a leaf's index."""
    read_label: Callable[[int], str]
    """Takes a wire's index; what flows, as `32×10 float32`, empty when it was not recorded."""
    groups: Mapping[Path, Group] = field(default_factory=dict)
    n_dangling: int = 0
    """Inputs that name a node which is not there."""


def split_scope(name: str) -> Path:
    """A slash-separated name as a path without empty parts.

    >>> split_scope("net/dense//kernel")
    ('net', 'dense', 'kernel')
    """
    parts = tuple(part for part in name.split("/", MAX_DEPTH) if part)
    return parts or (name or "(unnamed)",)


def settle(paths: list[Path]) -> list[Path]:
    """Unique paths of which none is the beginning of another.

    A node that also names a scope becomes `scope/(node)`; a second node of one name gets ` (2)`.
    """
    scopes = {path[:depth] for path in paths for depth in range(1, len(path))}
    taken: set[Path] = set()
    settled = []
    for path in paths:
        wanted = (*path, f"({path[-1]})") if path in scopes else path
        unique, n_same = wanted, 1
        while unique in taken:
            n_same += 1
            unique = (*wanted[:-1], f"{wanted[-1]} ({n_same})")
        taken.add(unique)
        settled.append(unique)
    return settled


def format_shape(sizes: list[int | None]) -> str:
    """Sizes with `?` for unknown ones.

    >>> format_shape([None, 28, 28])
    '?×28×28'
    """
    return "×".join("?" if size is None or size < 0 else str(size) for size in sizes) or "scalar"
