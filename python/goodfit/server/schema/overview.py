"""What all trainings are, and how far the first reading is: `api/overview`."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from msgspec import Meta, Struct

from goodfit.server.schema.base import SeriesRef


class PairView(Struct):
    metric: str
    train: SeriesRef | None
    validation: SeriesRef | None
    direction: Literal["min", "max"] | None
    how: str


class FindingView(Struct):
    """A code and numbers; the page makes the words (same catalogue as Python: findings/words/*.json)."""

    training: str
    rule: str
    variant: str
    severity: Literal["info", "warning", "error"]
    metric: str
    step: int
    onset_step: int | None
    onset_interval: tuple[int, int] | None
    confidence: float
    evidence: dict[str, Any]
    advice_codes: list[str]
    half: Literal["train", "validation"] = "validation"
    """The half of the metric that the finding speaks of."""
    spark: list[float | None] = []
    """The last part of that half, as `TrainingView.spark`; empty when it is the very curve that `spark` there shows."""


class UndecidedView(Struct):
    """A question about the training's first metric that had to stay open, and why."""

    metric: str
    why: str
    n_points: int
    n_needed: int


class LatestValue(Struct):
    """Newest and best value of one metric of a training; `half` says which half it is of."""

    metric: str
    half: Literal["train", "validation"]
    step: int
    value: float | str
    best: float | str | None
    best_step: int | None


class TrainingView(Struct):
    name: str
    runs: list[str]
    state: Literal["running", "finished", "failed", "killed", "stalled"]
    first_step: int
    last_step: int
    n_points: int
    last_wall_time: float
    hparams: dict[str, Any]
    pairs: list[PairView]
    findings: list[FindingView]
    latest: list[LatestValue]
    spark: list[float | None]
    """Objective (validation half if there is one), last part, at most 40 values; None is a gap."""
    state_from: str = ""
    """What the state rests on: `goodbye`, `quiet` or `recent`."""
    judged: bool = False
    """Whether `findings` rest on a judgement already made; False while it waits its turn."""
    failure: str = ""
    """Why the judgement did not come about, empty when it did; the curves are shown all the same."""
    undecided: list[UndecidedView] = []
    """Why rules stayed silent on the first metric, each reason once; `too_short` means that nothing can be said yet."""


class FileIssueView(Struct):
    path: str
    offset: int
    kind: str
    skipped_bytes: int
    detail: str


class Progress(Struct):
    """How far the first reading and judging are."""

    read_bytes: int
    total_bytes: int
    n_files: int
    judged: int
    trainings: int
    is_done: bool
    """Whether everything found so far has been read and judged."""
    is_read: bool = True
    """Whether the first reading is over; until then the lists are what is known so far."""
    failures: int = 0
    """Trainings whose judgement failed; each says why in its `failure`."""
    n_files_read: int = 0
    """Files read to their end."""
    trouble: str = ""
    """The kind of error that the newest look at the files ended in, empty when it went well; what was read stays."""


class OverviewQuery(Struct):
    """GET api/overview"""

    since: Annotated[int, Meta(ge=-1, le=2**53)] = -1
    """A revision that the asker holds: only trainings that changed after it are sent; -1 for all."""
    instance: Annotated[str, Meta(max_length=64)] = ""
    """The `Overview.instance` that the revision is of; of another server it counts as none, empty as of this one."""
    form: Literal["plain", "packed"] = "plain"
    """Packed, the answer is a `PackedOverview`."""


class Overview(Struct):
    """GET api/overview"""

    schema: int
    version: str
    logdir: str
    window_title: str
    revision: int
    now: float
    """The server's clock, seconds since the epoch, UTC."""
    counts: dict[str, int]
    """Trainings by state."""
    needs_you: list[str]
    """Names of trainings with a finding of severity warning or error, worst first."""
    objective: str | None
    """The metric that leads the page (a pair's metric)."""
    shown_metrics: list[str]
    """At most 6 metrics for the landing charts, chosen by: objective, its accuracy partner, metrics with findings."""
    trainings: list[TrainingView]
    """Sorted by name; with `since`, only those that changed after that revision."""
    file_issues: list[FileIssueView]
    progress: Progress
    is_partial: bool = False
    """Whether unchanged trainings were left out of `trainings`."""
    names: list[str] = []
    """When partial: names of all trainings there are, sorted; those held that are not in it are gone."""
    instance: str = ""
    """Of this server's start: revisions of another one say nothing of this one's."""


class SeriesShape(Struct):
    run: int
    """Place among the training's runs."""
    tag: str


class PairShape(Struct):
    """A pair of any training."""

    metric: str
    train: SeriesShape | None
    validation: SeriesShape | None
    direction: Literal["min", "max"] | None
    how: str


class ValueShape(Struct):
    metric: str
    half: Literal["train", "validation"]


class PackedTraining(Struct):
    """`TrainingView`, its pairs and latest values by the numbers of their shapes."""

    name: str
    runs: list[str]
    state: Literal["running", "finished", "failed", "killed", "stalled"]
    first_step: int
    last_step: int
    n_points: int
    last_wall_time: float
    hparams: dict[str, Any]
    pairs: int
    findings: list[FindingView]
    latest: int
    values: list[float | str | None]
    """Step, value, best and best_step of each latest value, in the order of the shape."""
    spark: list[float | None]
    state_from: str
    judged: bool
    failure: str
    undecided: list[UndecidedView]


class PackedOverview(Struct):
    """GET api/overview?form=packed"""

    overview: Overview
    """All but the trainings."""
    trainings: list[PackedTraining]
    pairs: dict[str, list[PairShape]]
    latest: dict[str, list[ValueShape]]
