"""What travels between server and page, as JSON; the page's types in `web/src/api/schema.ts` are generated from here.

Numbers that are NaN or infinite travel as the strings "NaN", "Infinity" and "-Infinity".
"""

from __future__ import annotations

from typing import Any, Literal

import msgspec


class Struct(msgspec.Struct, frozen=True, kw_only=True):
    """Base: read-only, named fields."""


class SeriesRef(Struct):
    run: str
    tag: str


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
    file_issues: list[FileIssueView]
    progress: Progress


class TagView(Struct):
    tag: str
    kind: str
    runs: list[str]
    n_points: int
    description: str


class Catalog(Struct):
    """GET api/catalog"""

    revision: int
    tags: list[TagView]


class CurvesRequest(Struct):
    """POST api/curves: one chart, all its series at once."""

    series: list[SeriesRef]
    px: int
    x_axis: Literal["step", "wall_time", "relative"] = "step"
    lo: float | None = None
    hi: float | None = None
    smoothing: float = 0.0


class CurveHeader(Struct):
    run: str
    tag: str
    n_points: int
    n_nonfinite: int
    nonfinite_x: list[float]
    clipped: int = 0


class CurvesHeader(Struct):
    """The JSON header of the answer to POST api/curves.

    The answer is `u32le header length | header JSON, space-padded so that the columns start at a multiple of 4 |
    float32 columns`. Columns: `x` (px values, column centres), then per series `minimum maximum mean last smooth`,
    each of px values, NaN where empty.
    """

    revision: int
    px: int
    lo: float
    hi: float
    x_axis: str
    smoothing: float
    columns: list[str]
    series: list[CurveHeader]


class HistogramStep(Struct):
    step: int
    wall_time: float
    counts: list[float]
    """On the common bins."""
    percentiles: list[float | str]
    """At the nine basis points of HistogramView.basis_points."""
    minimum: float | str
    maximum: float | str
    total: float


class HistogramView(Struct):
    """GET api/histograms?run=&tag=&max_steps="""

    run: str
    tag: str
    n_recorded: int
    """Recorded steps; `steps` is an even choice of them, first and last always in."""
    edges: list[float]
    """Common bins of all steps, n+1 ascending."""
    basis_points: list[int]
    steps: list[HistogramStep]


class GraphNode(Struct):
    id: str
    label: str
    op: str
    group: str
    """Name of the group that holds it, `` for the top."""
    is_group: bool
    n_inside: int
    """Leaf nodes inside a group; 0 for a leaf."""
    attributes: dict[str, str]


class GraphEdge(Struct):
    source: str
    target: str
    label: str
    is_control: bool


class GraphView(Struct):
    """GET api/graph?run=&tag=&group= : one group opened, its children and the edges among them."""

    run: str
    tag: str
    kind: str
    group: str
    nodes: list[GraphNode]
    edges: list[GraphEdge]
    n_nodes_total: int


class Tick(Struct):
    """Server-sent event `tick` on GET api/stream: something changed."""

    revision: int
    trainings: list[str]
    tags: list[str]
    overview: bool
    """Whether api/overview changed in more than its newest values."""


class ErrorBody(Struct):
    """Every error answer."""

    error: str
    """A code: not_found, bad_request, forbidden, unauthorised, too_large, internal."""
    message: str
    hint: str | None
