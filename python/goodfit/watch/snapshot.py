"""What the loop publishes: the state of a whole log folder at one moment, never changed afterwards.

Invariants: trainings are sorted by name; `revision` grows by one with every snapshot of one loop; a training's
`version` changes exactly when the training or its findings did, so that views of it can be kept until then.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from goodfit.findings.finding import Finding
from goodfit.query.training import Training
from goodfit.types import ReadIssue

if TYPE_CHECKING:
    from goodfit.findings.case import Undecided


@dataclass(frozen=True, slots=True)
class Judged:
    """A training with the newest judgement of it."""

    training: Training
    version: int
    findings: tuple[Finding, ...] = ()
    is_judged: bool = False
    """Whether `findings` rest on a judgement; it may be of some points fewer than `training` has."""
    failure: str = ""
    """The kind of error that ended the judgement, empty when it went well."""
    undecided: tuple[Undecided, ...] = ()
    """Rules that had to stay silent, and why."""


@dataclass(frozen=True, slots=True)
class Snapshot:
    """Everything that the page's first view needs."""

    revision: int
    wall_time: float
    """When it was made, seconds since the epoch, UTC."""
    trainings: tuple[Judged, ...] = ()
    issues: tuple[ReadIssue, ...] = ()
    is_read: bool = False
    """Whether the first reading is over."""
    n_judged: int = 0
    n_failures: int = 0
    n_waiting: int = 0
    """Trainings with points that no judgement has seen yet."""
    n_files: int = 0
    n_files_read: int = 0
    """Files read to their end, torn tails aside."""
    read_bytes: int = 0
    total_bytes: int = 0
    trouble: str = ""
    """Why the newest refresh failed, empty when it went well; what was read before is kept."""


@dataclass(frozen=True, slots=True)
class Update:
    """A new snapshot and how it differs from the one before."""

    snapshot: Snapshot
    trainings: tuple[str, ...] = ()
    """Names of trainings that changed, came or went, sorted."""
    tags: tuple[str, ...] = ()
    """Tags with new points, sorted."""
    is_structural: bool = False
    """Whether more changed than newest values: trainings, findings, states, damage or progress."""
