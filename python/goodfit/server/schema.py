"""What travels between server and page, as JSON; the page's types in `web/src/api/schema.ts` are generated from here.

Numbers that are NaN or infinite travel as the strings "NaN", "Infinity" and "-Infinity".
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

MAX_CURVES = 2_000
"""Series of one chart as columns; more are unreadable as lines, see DensityRequest."""
MAX_DENSITY = 10_000
MAX_LABELS = 20_000
"""Trainings with a name, a note or hidden; beyond, the oldest labels go."""
MAX_VIEWS = 200
Px = Annotated[int, Meta(ge=1, le=8_192)]
"""Pixel columns: up to an 8k screen's width."""
Smoothing = Annotated[float, Meta(ge=0.0, lt=1.0)]
MaxSteps = Annotated[int, Meta(ge=1, le=500)]
Index = Annotated[int, Meta(ge=0, le=2**53)]


class Struct(msgspec.Struct):
    """Base of everything that travels."""


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

    series: Annotated[list[SeriesRef], Meta(max_length=MAX_CURVES)]
    px: Px
    x_axis: Literal["step", "wall_time", "relative", "log_step"] = "step"
    """`log_step` is log10 of the step, in which `lo` and `hi` then are; steps of 0 and below have no place on it."""
    lo: float | None = None
    """Left edge in units of the x axis; None: the first x of the series together."""
    hi: float | None = None
    smoothing: Smoothing | None = 0.0
    """Weight of the debiased exponential moving average, over all points before they are reduced; None lets the number
    of points decide: none for short series."""


class CurveHeader(Struct):
    run: str
    tag: str
    n_points: int
    n_nonfinite: int
    nonfinite_x: list[float]
    clipped: int = 0
    n_recorded: int = 0
    """Recorded points of the whole series, restarts included; `n_points` are those in range."""
    origin: float = 0.0
    """What the column `other` counts from: the wall time of the first point, or on time axes its step."""


class CurvesHeader(Struct):
    """The JSON header of the answer to POST api/curves.

    The answer is `u32le header length | header JSON, space-padded so that the columns start at a multiple of 4 |
    float32 columns`. Columns: `x` (px values, column centres), then per series `minimum maximum mean last smooth`, each
    of px values, NaN where empty, and `other`: the axis that is not shown, counted from the series' `origin`, which is
    seconds on the step axis and steps on the time axes. All of these are of the newest branch; where restarts left
    points behind, `abandoned` is one more column, the mean of those. A float32 holds a wall time to two minutes only:
    compute exact centres as `lo + (i + 0.5) * (hi - lo) / px` in float64. Series that are not there (any more) are left
    out.
    """

    revision: int
    px: int
    lo: float
    hi: float
    x_axis: str
    smoothing: float
    """As applied."""
    is_smoothing_chosen: bool
    """Whether the asker chose the weight; False when the number of points did."""
    columns: list[str]
    series: list[CurveHeader]


class DensityRequest(Struct):
    """POST api/density: many series as one picture, for the grey context behind the curves in focus."""

    series: Annotated[list[SeriesRef], Meta(max_length=MAX_DENSITY)]
    width: Annotated[int, Meta(ge=1, le=2_048)]
    height: Annotated[int, Meta(ge=1, le=2_048)]
    x_axis: Literal["step", "wall_time", "relative", "log_step"] = "step"
    lo: float | None = None
    hi: float | None = None
    y_lo: float | None = None
    """Lower edge of the picture; None: the lowest value there is."""
    y_hi: float | None = None
    is_log: bool = False
    """Rows are spaced by the logarithm of y; values at or below zero are left out."""


class DensityHeader(Struct):
    """The JSON header of the answer to POST api/density.

    The answer is `u32le header length | header JSON, space-padded to a multiple of 4 | width * height bytes`, rows from
    the top (y_hi) down, each byte a level from 0 (no curve) to `levels - 1` (as many as anywhere in the picture), in
    equal steps of log(1 + curves).
    """

    revision: int
    width: int
    height: int
    lo: float
    hi: float
    y_lo: float
    y_hi: float
    x_axis: str
    is_log: bool
    levels: int
    n_series: int
    """Series drawn: those with at least one finite point in range."""
    max_curves: int
    """Curves through the fullest pixel."""


class GroupAsk(Struct):
    """One group of a GroupsRequest."""

    name: Annotated[str, Meta(max_length=500)]
    series: Annotated[list[SeriesRef], Meta(max_length=MAX_DENSITY)]


class GroupsRequest(Struct):
    """POST api/groups: groups of curves, each as one mean with a band; the series of all groups share one x range."""

    groups: Annotated[list[GroupAsk], Meta(max_length=64)]
    px: Px
    x_axis: Literal["step", "wall_time", "relative", "log_step"] = "step"
    lo: float | None = None
    hi: float | None = None
    smoothing: Smoothing | None = 0.0
    """As in CurvesRequest; each curve is smoothed before the group is made."""
    interval: Annotated[float, Meta(gt=0.0, le=1.0)] = 0.8
    """Share of a group's curves between its columns `low` and `high`."""


class GroupHeader(Struct):
    name: str
    n_series: int
    """Curves with a value in range: the n of the mean."""
    n_asked: int


class GroupsHeader(Struct):
    """The JSON header of the answer to POST api/groups.

    The answer is a frame as that of api/curves; its columns are, for each group, those named in `columns`, each of px
    values, NaN where fewer curves have a value than it takes. A curve counts once a column, by the mean of its points
    (smoothed: by its last value), and lies on a straight line between its columns. `deviation` is that between curves,
    with n - 1; `count` is how many have a value in the column.
    """

    revision: int
    px: int
    lo: float
    hi: float
    x_axis: str
    smoothing: float
    is_smoothing_chosen: bool
    interval: float
    columns: list[str]
    groups: list[GroupHeader]


class FormulaRequest(Struct):
    """POST api/formula: a formula over metrics as y, of some trainings, over any axis."""

    y: Annotated[str, Meta(max_length=500)]
    """As `val/loss - train/loss`, `ema(loss, 0.9)`, `log(loss) / accuracy`: numbers, metrics and tags, `+ - * / ^`, and
    log log2 log10 exp sqrt abs min max ema diff cummin cummax cumsum. A tag is called as it is, the halves of a metric
    `train/…` and `val/…`; the metric alone is the half that decides."""
    trainings: Annotated[list[str], Meta(max_length=64)]
    px: Px
    x_axis: Literal["step", "wall_time", "relative", "log_step", "formula"] = "step"
    x: Annotated[str, Meta(max_length=500)] = ""
    """The formula of the axis where `x_axis` is `formula`; points are placed by the steps that y and x both have."""
    lo: float | None = None
    hi: float | None = None
    smoothing: Smoothing | None = 0.0
    """As in CurvesRequest, over the points in the order of their steps."""


class LeftOut(Struct):
    """A training that a formula has no curve of."""

    training: str
    reason: Literal["no_metric", "no_common_step", "no_finite_x"]
    names: list[str]
    """The metrics that it lacks, or that never meet."""


class FormulaHeader(CurvesHeader):
    """The JSON header of the answer to POST api/formula: that of api/curves, `run` the training and `tag` the formula.

    Metrics are taken at the steps that all of them have; nothing is interpolated and a NaN stays one. Over a formula as
    x all points of a pixel column are reduced together, whichever way the curve went.
    """

    names: list[str]
    """The metrics in it."""
    left_out: list[LeftOut]
    n_without_x: int
    """Points whose x is no finite number: they have no place."""


class FormulaCheckQuery(Struct):
    """GET api/formula/check"""

    text: Annotated[str, Meta(max_length=2_000)]


class FormulaCheck(Struct):
    """GET api/formula/check: whether a formula can be read for at least the names that some training has."""

    reason: str
    """Empty when it can; else empty, too_long, too_deep, too_many_parts, too_many_names, unknown_name,
    unknown_function, wrong_count, wrong_weight, unclosed, ends_early, unexpected or no_metric."""
    position: int
    """Of the character that it fails at, from 0."""
    detail: str
    message: str
    """The same in a sentence."""
    names: list[str]
    """The metrics in it."""


class ImportanceRequest(Struct):
    """POST api/importance: which hyperparameters explain the differences of a metric between some trainings."""

    metric: str
    half: Literal["train", "validation"]
    trainings: Annotated[list[str], Meta(max_length=MAX_DENSITY)]


class ImportanceItem(Struct):
    """What one hyperparameter explains, looked at alone."""

    name: str
    share: float
    """Of the variance of the outcomes' ranks, 0 to 1, corrected for the number of groups."""
    lower: float
    upper: float
    """95 % bootstrap interval of the share."""
    p_value: float
    """Of a permutation test of "explains nothing", corrected for the number of hyperparameters (Holm)."""
    levels: list[str]
    """The groups that were compared, the best first; of numbers of many values ranges as `low to high`."""
    n_levels: int
    """Groups there are, also those left out of `levels`."""
    n_trainings: int
    """Trainings that it was logged for."""
    tied_with: list[str]
    """Hyperparameters that changed along with it: which of them did it cannot be told."""


class ImportanceView(Struct):
    """POST api/importance; outcomes are the best values, or the last ones where no direction is known."""

    revision: int
    direction: Literal["min", "max"] | None
    """None: neither is known to be better, and levels go from the lowest outcome up."""
    n_trainings: int
    """Trainings that have the metric."""
    n_needed: int
    """With fewer there are no items, for a share would mean nothing."""
    items: list[ImportanceItem]
    """The most important first."""


class KindsView(Struct):
    """GET api/kinds: what kinds of data there are, so that the page offers the views for them."""

    revision: int
    kinds: list[str]
    """Sorted; `embedding` where projector files name one."""


class EmbeddingInfo(Struct):
    run: str
    tag: str
    has_labels: bool
    has_sprite: bool


class EmbeddingList(Struct):
    """GET api/embeddings: the embeddings that the runs' projector_config.pbtxt name."""

    revision: int
    embeddings: list[EmbeddingInfo]


class EmbeddingQuery(Struct):
    """GET api/embedding and api/embedding/sprite"""

    run: str
    tag: str


class EmbeddingView(Struct):
    """GET api/embedding: what one embedding holds; its files are read when it is first asked for."""

    run: str
    tag: str
    n_points: int
    n_dimensions: int
    n_nonfinite: int
    """Rows with a NaN or an infinity, which have no place."""
    columns: list[str]
    """Names of the columns of labels; one without a name is empty."""
    n_label_rows: int
    """Rows of labels; other than `n_points` when the files do not fit each other."""
    sprite_size: tuple[int, int] | None
    """Width and height of one point's picture, in pixels."""
    methods: list[str]
    """Of pca, umap, tsne those that this server can do."""
    install_hint: str
    """The command that brings the others."""


class EmbeddingPointsQuery(Struct):
    """GET api/embedding/points"""

    run: str
    tag: str
    method: Literal["pca", "umap", "tsne"] = "pca"
    n_components: Annotated[int, Meta(ge=2, le=3)] = 3
    neighbours: Annotated[int, Meta(ge=2, le=200)] = 15
    """`n_neighbors` of UMAP, the perplexity of t-SNE."""


class EmbeddingPointsHeader(Struct):
    """The JSON header of the answer to GET api/embedding/points: a frame.

    Its body is `n_components` columns of float32 and one of uint32 (the row of each point), each of `n_shown` values;
    empty until the state is `done`. Asking begins a UMAP or a t-SNE; ask again to see how far it is. One that nobody
    asks after for half a minute is ended.
    """

    state: Literal["running", "waiting", "done", "failed"]
    """`waiting`: for another one to end."""
    method: str
    n_points: int
    n_shown: int
    n_nonfinite: int
    n_components: int
    explained: list[float]
    """Of a PCA, the share of all variance along each component."""
    elapsed_s: float
    message: str
    """Why it failed."""


class Stopped(Struct):
    """POST api/embedding/stop"""

    was_running: bool


class EmbeddingColumnQuery(Struct):
    """GET api/embedding/column"""

    run: str
    tag: str
    column: str


class EmbeddingColumnHeader(Struct):
    """The JSON header of the answer to GET api/embedding/column: a frame with one float32 for each point.

    Of numbers, the number; of categories, the place in `categories`, or their length for one that is not named there.
    """

    column: str
    is_number: bool
    lo: float
    hi: float
    categories: list[str]
    """The commonest first, at most 30."""
    counts: list[int]
    n_categories: int


class EmbeddingSearchQuery(Struct):
    """GET api/embedding/search"""

    run: str
    tag: str
    text: Annotated[str, Meta(min_length=1, max_length=200)]
    """A part of a label, without regard to case."""
    column: str | None = None
    limit: Annotated[int, Meta(ge=1, le=10_000)] = 1_000


class EmbeddingMatches(Struct):
    """GET api/embedding/search"""

    n_found: int
    rows: list[int]
    """The first ones."""


class EmbeddingRowsQuery(Struct):
    """GET api/embedding/rows"""

    run: str
    tag: str
    rows: Annotated[str, Meta(max_length=4_000)]
    """Numbers with commas between them."""


class EmbeddingRows(Struct):
    """GET api/embedding/rows"""

    rows: list[int]
    labels: list[list[str]]
    """For each row its labels, one for each column. Untrusted text."""


class NeighboursQuery(Struct):
    """GET api/embedding/neighbours"""

    run: str
    tag: str
    row: Index
    n: Annotated[int, Meta(ge=1, le=1_000)] = 20
    distance: Literal["cosine", "euclidean"] = "cosine"


class Neighbour(Struct):
    row: int
    distance: float | str
    label: str
    """Of the first column; empty without any."""


class Neighbours(Struct):
    """GET api/embedding/neighbours: nearest first, without the point itself."""

    row: int
    neighbours: list[Neighbour]


class MeshInfo(Struct):
    run: str
    name: str
    steps: list[int]
    has_faces: bool
    has_colours: bool


class MeshList(Struct):
    """GET api/meshes: meshes and clouds of points."""

    revision: int
    meshes: list[MeshInfo]


class MeshQuery(Struct):
    """GET api/mesh"""

    run: str
    name: str
    index: Index = 0
    """Position in `MeshInfo.steps`."""
    sample: Index = 0
    """Of a batch."""


class MeshHeader(Struct):
    """The JSON header of the answer to GET api/mesh: a frame.

    Its body is three float32 for each vertex, three uint32 for each face, and four bytes (red, green, blue, 255) for
    each vertex where there are colours.
    """

    run: str
    name: str
    step: int
    n_samples: int
    n_vertices: int
    n_faces: int
    has_colours: bool
    n_nonfinite: int
    """Vertices with a NaN or an infinity: left out with their faces."""
    n_dropped_faces: int
    """Faces that name a vertex that is not there or was left out."""


class LayoutChart(Struct):
    """One chart of a layout: lines of all tags that match a pattern, or values between two bounds."""

    title: str
    patterns: list[str]
    """Regular expressions, each matched at the beginning of a tag, as Python's `re.match` does."""
    margins: list[MarginSeries]


class MarginSeries(Struct):
    """Tags of a line and of the two bounds around it."""

    value: str
    lower: str
    upper: str


class LayoutCategory(Struct):
    title: str
    is_closed: bool
    charts: list[LayoutChart]


class LayoutsView(Struct):
    """GET api/layouts: the custom-scalars layouts, equal ones of several runs as one."""

    revision: int
    layouts: list[LayoutView]


class LayoutView(Struct):
    runs: list[str]
    """That recorded it."""
    categories: list[LayoutCategory]


class HistogramsQuery(Struct):
    """GET api/histograms"""

    run: str
    tag: str
    max_steps: MaxSteps = 50
    n_bins: Annotated[int, Meta(ge=1, le=500)] = 80


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
    n_below: float = 0.0
    """Values left of the common bins, in none of them."""
    n_above: float = 0.0


class HistogramView(Struct):
    """GET api/histograms?run=&tag=&max_steps="""

    run: str
    tag: str
    n_recorded: int
    """Recorded steps; `steps` is an even choice of them, first and last always in."""
    edges: list[float]
    """Common bins of all steps, n+1 ascending; they hold the middle 99 % of the values, and all where these are not far
    out."""
    basis_points: list[int]
    steps: list[HistogramStep]


class GraphInfo(Struct):
    run: str
    tag: str
    kind: Literal["graph", "keras_graph", "run_metadata"]
    step: int


class GraphList(Struct):
    """GET api/graphs: which model graphs there are."""

    revision: int
    graphs: list[GraphInfo]


class GraphQuery(Struct):
    """GET api/graph"""

    run: str
    tag: str
    group: str = ""
    """Id of the group to open, `` for the top."""


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
    output: str = ""
    """What flows out, as `?×10 float32` or a number of units; empty when it was not recorded."""
    ops_inside: list[str] = []
    """The commonest operations inside a group, at most three."""


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
    """Among `nodes`; several wires between the same two are one edge, whose label says what flows or how many."""
    n_nodes_total: int
    """Leaf nodes of the whole graph."""
    inputs: list[GraphEdge] = []
    """From outside the opened group into it; `source` is the id of a node or group not in `nodes`."""
    outputs: list[GraphEdge] = []
    """From the opened group to outside; `target` is the id of a node or group not in `nodes`."""
    n_left_out: int = 0
    """Nodes of the group that were not sent because it holds more than the limit."""
    n_dangling: int = 0
    """Inputs, anywhere in the graph, that name a node which was not recorded (PyTorch leaves some)."""


class GraphSearchQuery(Struct):
    """GET api/graph/search"""

    run: str
    tag: str
    text: Annotated[str, Meta(min_length=1, max_length=200)]
    """A part of a name or an operation, without regard to case."""
    limit: Annotated[int, Meta(ge=1, le=200)] = 50


class GraphMatch(Struct):
    id: str
    label: str
    op: str
    group: str
    """Id of the group to open, `` for the top."""


class GraphMatches(Struct):
    """GET api/graph/search: nodes anywhere in the graph."""

    n_found: int
    matches: list[GraphMatch]
    """The first ones, in the order of the graph."""


class MediaQuery(Struct):
    """GET api/media"""

    run: str
    tag: str
    max_steps: MaxSteps = 100


class BlobQuery(Struct):
    """GET api/blob"""

    run: str
    tag: str
    index: Index
    part: Index = 0


class MediaStep(Struct):
    index: int
    """Position in the series, the `index` of api/blob."""
    step: int
    wall_time: float
    n_parts: int
    """Images, sounds or texts recorded at this step."""
    texts: list[str]
    """The texts themselves when the kind is `text`, else empty. Untrusted: escape or sanitise before showing."""


class MediaView(Struct):
    """GET api/media?run=&tag=&max_steps= ; bytes of a part come from GET api/blob?run=&tag=&index=&part="""

    run: str
    tag: str
    kind: str
    n_recorded: int
    """Recorded steps; `steps` is an even choice of them, first and last always in."""
    steps: list[MediaStep]


class PrCurvesQuery(Struct):
    """GET api/pr_curves"""

    run: str
    tag: str
    max_steps: MaxSteps = 50


class PrCurveStep(Struct):
    """One recorded curve; all lists have one value for each threshold, thresholds even from 0 to 1."""

    step: int
    wall_time: float
    precision: list[float | str]
    recall: list[float | str]
    true_positives: list[float | str]
    false_positives: list[float | str]
    true_negatives: list[float | str]
    false_negatives: list[float | str]
    area: float | str
    """Below the curve, by steps of recall (average precision); NaN where no value is finite."""


class PrCurvesView(Struct):
    """GET api/pr_curves"""

    run: str
    tag: str
    n_recorded: int
    steps: list[PrCurveStep]


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
    step: int
    wall_time: float
    message: str


class TrainingDetail(Struct):
    """GET api/training: what the overview does not say of one training."""

    name: str
    began: float | None
    """Wall time of the first event; None when no file tells."""
    n_tags: int
    files: list[FileView]
    restarts: list[RestartView]
    sessions: list[SessionView]


class AlertsQuery(Struct):
    """GET api/alerts"""

    limit: Annotated[int, Meta(ge=1, le=1000)] = 100


class AttemptView(Struct):
    wall_time: float
    outcome: str
    status_code: int | None
    reason: str
    duration_s: float | None


class DeliveryView(Struct):
    """One message on its way to one target, without its secrets."""

    id: str
    kind: str
    title: str
    severity: str
    channel: str
    label: str
    """The target's address without its secrets."""
    state: str
    created: float
    updated: float
    due: float | None
    """Of the next try; None when there is none."""
    waits_for: str | None
    attempts: list[AttemptView]


class AlertsView(Struct):
    """GET api/alerts: the delivery log of this user on this machine."""

    deliveries: list[DeliveryView]
    """Newest first."""


class RunLabel(Struct):
    """What people call a training and say of it."""

    name: str = ""
    """Shown in place of the folder's name; empty shows that."""
    note: str = ""
    is_hidden: bool = False


class SavedView(Struct):
    name: Annotated[str, Meta(min_length=1, max_length=100)]
    address: Annotated[str, Meta(pattern=r"^#/", max_length=4_000)]
    """The part of the page's address after its folder."""


class Shelf(Struct):
    """GET api/shelf: what people put on this log folder, kept outside of it."""

    runs: dict[str, RunLabel] = {}
    """By training."""
    pinned: list[str] = []
    """Metrics that the Curves view begins with."""
    views: list[SavedView] = []


class ShelfChange(Struct):
    """POST api/shelf/change: one change; what is absent stays as it is."""

    training: Annotated[str, Meta(max_length=4_000)] | None = None
    name: Annotated[str, Meta(max_length=200)] | None = None
    note: Annotated[str, Meta(max_length=20_000)] | None = None
    is_hidden: bool | None = None
    pinned: Annotated[list[Annotated[str, Meta(max_length=4_000)]], Meta(max_length=100)] | None = None
    view: SavedView | None = None
    """Kept under its name, in place of another of that name."""
    forget_view: Annotated[str, Meta(max_length=100)] | None = None


class Tick(Struct):
    """Server-sent event `tick` on GET api/stream: something changed."""

    revision: int
    trainings: list[str]
    tags: list[str]
    overview: bool
    """Whether api/overview changed in more than its newest values."""
    everything: bool = False
    """Whether so much changed that the lists were left empty: read all that is on screen again."""


class SessionRequest(Struct):
    """POST api/session: exchanges the access token for a cookie."""

    token: str


class Health(Struct):
    """GET api/health: whether the server is up; needs no token."""

    version: str
    needs_token: bool


class ErrorBody(Struct):
    """Every error answer."""

    error: str
    """A code: not_found, bad_request, forbidden, unauthorised, too_large, too_many, wrong_method, damaged, internal."""
    message: str
    hint: str | None
