"""Files, restarts and sessions of one training: `api/training`."""

from __future__ import annotations

from msgspec import Struct

from goodfit.server.schema.overview import FileIssueView


class TrainingQuery(Struct):
    """GET api/training"""

    name: str


class FileView(Struct):
    path: str
    run: str
    size_bytes: int
    read_bytes: int
    n_records: int
    issues: list[FileIssueView]


class RestartView(Struct):
    """Where a training went back: points of its first metric from `step` on were written again."""

    run: str
    tag: str
    step: int
    wall_time: float


class SessionView(Struct):
    """What a writer said of its own life."""

    run: str
    status: str
    """`start`, `stop` or `unspecified`; of Goodfit's writer `running`, `finished`, `failed`, `killed`."""
    step: int
    wall_time: float
    message: str
    """The reason, or what the writer noted."""


class TrainingDetail(Struct):
    """GET api/training: what the overview does not say of one training."""

    name: str
    began: float | None
    """Wall time of the first event; None when no file tells."""
    n_tags: int
    files: list[FileView]
    restarts: list[RestartView]
    sessions: list[SessionView]
