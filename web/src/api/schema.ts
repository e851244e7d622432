// Generated from python/goodfit/server/schema/ by tools/gen_api.py. Do not edit.

export interface SeriesRef {
  run: string;
  tag: string;
}

export interface PairView {
  metric: string;
  train: SeriesRef | null;
  validation: SeriesRef | null;
  direction: "max" | "min" | null;
  how: string;
}

/** A code and numbers; the page makes the words (same catalogue as Python: findings/words/*.json). */
export interface FindingView {
  training: string;
  rule: string;
  variant: string;
  severity: "error" | "info" | "warning";
  metric: string;
  step: number;
  onset_step: number | null;
  onset_interval: [number, number] | null;
  confidence: number;
  evidence: Record<string, unknown>;
  advice_codes: string[];
  /** The half of the metric that the finding speaks of. */
  half: "train" | "validation";
  /** The last part of that half, as `TrainingView.spark`; empty when it is the very curve that `spark` there shows. */
  spark: (number | null)[];
}

/** A question about the training's first metric that had to stay open, and why. */
export interface UndecidedView {
  metric: string;
  why: string;
  n_points: number;
  n_needed: number;
}

/** Newest and best value of one metric of a training; `half` says which half it is of. */
export interface LatestValue {
  metric: string;
  half: "train" | "validation";
  step: number;
  value: number | string;
  best: number | string | null;
  best_step: number | null;
}

export interface TrainingView {
  name: string;
  runs: string[];
  state: "failed" | "finished" | "killed" | "running" | "stalled";
  first_step: number;
  last_step: number;
  n_points: number;
  last_wall_time: number;
  hparams: Record<string, unknown>;
  pairs: PairView[];
  findings: FindingView[];
  latest: LatestValue[];
  /** Objective (validation half if there is one), last part, at most 40 values; None is a gap. */
  spark: (number | null)[];
  /** What the state rests on: `goodbye`, `quiet` or `recent`. */
  state_from: string;
  /** Whether `findings` rest on a judgement already made; False while it waits its turn. */
  judged: boolean;
  /** Why the judgement did not come about, empty when it did; the curves are shown all the same. */
  failure: string;
  /** Why rules stayed silent on the first metric, each reason once; `too_short` means that nothing can be said yet. */
  undecided: UndecidedView[];
}

export interface FileIssueView {
  path: string;
  offset: number;
  kind: string;
  skipped_bytes: number;
  detail: string;
}

/** How far the first reading and judging are. */
export interface Progress {
  read_bytes: number;
  total_bytes: number;
  n_files: number;
  judged: number;
  trainings: number;
  /** Whether everything found so far has been read and judged. */
  is_done: boolean;
  /** Whether the first reading is over; until then the lists are what is known so far. */
  is_read: boolean;
  /** Trainings whose judgement failed; each says why in its `failure`. */
  failures: number;
  /** Files read to their end. */
  n_files_read: number;
  /** The kind of error that the newest look at the files ended in, empty when it went well; what was read stays. */
  trouble: string;
}

/** GET api/overview */
export interface OverviewQuery {
  /** A revision that the asker holds: only trainings that changed after it are sent; -1 for all. */
  since?: number;
  /** The `Overview.instance` that the revision is of; of another server it counts as none, empty as of this one. */
  instance?: string;
  /** Packed, the answer is a `PackedOverview`. */
  form?: "packed" | "plain";
}

/** GET api/overview */
export interface Overview {
  schema: number;
  version: string;
  logdir: string;
  window_title: string;
  revision: number;
  /** The server's clock, seconds since the epoch, UTC. */
  now: number;
  /** Trainings by state. */
  counts: Record<string, number>;
  /** Names of trainings with a finding of severity warning or error, worst first. */
  needs_you: string[];
  /** The metric that leads the page (a pair's metric). */
  objective: string | null;
  /** At most 6 metrics for the landing charts, chosen by: objective, its accuracy partner, metrics with findings. */
  shown_metrics: string[];
  /** Sorted by name; with `since`, only those that changed after that revision. */
  trainings: TrainingView[];
  file_issues: FileIssueView[];
  progress: Progress;
  /** Whether unchanged trainings were left out of `trainings`. */
  is_partial: boolean;
  /** When partial: names of all trainings there are, sorted; those held that are not in it are gone. */
  names: string[];
  /** Of this server's start: revisions of another one say nothing of this one's. */
  instance: string;
}

export interface SeriesShape {
  /** Place among the training's runs. */
  run: number;
  tag: string;
}

/** A pair of any training. */
export interface PairShape {
  metric: string;
  train: SeriesShape | null;
  validation: SeriesShape | null;
  direction: "max" | "min" | null;
  how: string;
}

export interface ValueShape {
  metric: string;
  half: "train" | "validation";
}

/** `TrainingView`, its pairs and latest values by the numbers of their shapes. */
export interface PackedTraining {
  name: string;
  runs: string[];
  state: "failed" | "finished" | "killed" | "running" | "stalled";
  first_step: number;
  last_step: number;
  n_points: number;
  last_wall_time: number;
  hparams: Record<string, unknown>;
  pairs: number;
  findings: FindingView[];
  latest: number;
  /** Step, value, best and best_step of each latest value, in the order of the shape. */
  values: (number | string | null)[];
  spark: (number | null)[];
  state_from: string;
  judged: boolean;
  failure: string;
  undecided: UndecidedView[];
}

/** GET api/overview?form=packed */
export interface PackedOverview {
  /** All but the trainings. */
  overview: Overview;
  trainings: PackedTraining[];
  pairs: Record<string, PairShape[]>;
  latest: Record<string, ValueShape[]>;
}

export interface TagView {
  tag: string;
  kind: string;
  runs: string[];
  n_points: number;
  description: string;
}

/** GET api/catalog */
export interface Catalog {
  revision: number;
  tags: TagView[];
}

/** POST api/curves: one chart, all its series at once. */
export interface CurvesRequest {
  series: SeriesRef[];
  px: number;
  /**
   * `log_step` is log10 of the step, in which `lo` and `hi` then are; steps of 0 and below have no place on it.
   * `epoch` is that of the run's metric of this name, or the step of tags that begin with `epoch_`; series of runs
   * that tell none are left out.
   */
  x_axis?: "epoch" | "log_step" | "relative" | "step" | "wall_time";
  /** Left edge in units of the x axis; None: the first x of the series together. */
  lo?: number | null;
  hi?: number | null;
  /**
   * Weight of the debiased exponential moving average, over all points before they are reduced; None lets the
   * number of points decide: none for short series.
   */
  smoothing?: number | null;
}

export interface CurveHeader {
  run: string;
  tag: string;
  n_points: number;
  n_nonfinite: number;
  nonfinite_x: number[];
  clipped: number;
  /** Recorded points of the whole series, restarts included; `n_points` are those in range. */
  n_recorded: number;
  /** What the column `other` counts from: the wall time of the first point, or on time axes its step. */
  origin: number;
}

/**
 * The JSON header of the answer to POST api/curves.
 *
 * The answer is `u32le header length | header JSON, space-padded so that the columns start at a multiple of 4 |
 * float32 columns`. Columns: `x` (px values, column centres), then per series `minimum maximum mean last smooth`,
 * each of px values, NaN where empty, and `other`: the axis that is not shown, counted from the series' `origin`,
 * which is seconds on the step axis and steps on the axes of time and epochs. All of these are of the newest
 * branch; where restarts left points behind, `abandoned` is one more column, the mean of those. A float32 holds a
 * wall time to two minutes only: compute exact centres as `lo + (i + 0.5) * (hi - lo) / px` in float64. Series that
 * are not there (any more) are left out.
 */
export interface CurvesHeader {
  revision: number;
  px: number;
  lo: number;
  hi: number;
  x_axis: string;
  /** As applied. */
  smoothing: number;
  /** Whether the asker chose the weight; False when the number of points did. */
  is_smoothing_chosen: boolean;
  columns: string[];
  series: CurveHeader[];
}

/** POST api/density: many series as one picture, for the grey context behind the curves in focus. */
export interface DensityRequest {
  series: SeriesRef[];
  width: number;
  height: number;
  x_axis?: "epoch" | "log_step" | "relative" | "step" | "wall_time";
  lo?: number | null;
  hi?: number | null;
  /** Lower edge of the picture; None: the lowest value there is. */
  y_lo?: number | null;
  y_hi?: number | null;
  /** Rows are spaced by the logarithm of y; values at or below zero are left out. */
  is_log?: boolean;
}

/**
 * The JSON header of the answer to POST api/density.
 *
 * The answer is `u32le header length | header JSON, space-padded to a multiple of 4 | width * height bytes`, rows
 * from the top (y_hi) down, each byte a level from 0 (no curve) to `levels - 1` (as many as anywhere in the
 * picture), in equal steps of log(1 + curves).
 */
export interface DensityHeader {
  revision: number;
  width: number;
  height: number;
  lo: number;
  hi: number;
  y_lo: number;
  y_hi: number;
  x_axis: string;
  is_log: boolean;
  levels: number;
  /** Series drawn: those with at least one finite point in range. */
  n_series: number;
  /** Curves through the fullest pixel. */
  max_curves: number;
}

/** POST api/charts: what api/curves and api/density would be asked one by one. */
export interface ChartsRequest {
  curves?: CurvesRequest[];
  density?: DensityRequest[];
}

/** One chart's answer. */
export interface ChartPart {
  /** Of its frame, which is the one that its own address would answer; 0 with an error. */
  size_bytes: number;
  error: ErrorBody | null;
}

/** Header of the frame; the charts' frames follow each other, each padded to a multiple of 4 bytes. */
export interface ChartsHeader {
  curves: ChartPart[];
  density: ChartPart[];
}

/** One group of a GroupsRequest. */
export interface GroupAsk {
  name: string;
  series: SeriesRef[];
}

/** POST api/groups: groups of curves, each as one mean with a band; the series of all groups share one x range. */
export interface GroupsRequest {
  groups: GroupAsk[];
  px: number;
  x_axis?: "epoch" | "log_step" | "relative" | "step" | "wall_time";
  lo?: number | null;
  hi?: number | null;
  /** As in CurvesRequest; each curve is smoothed before the group is made. */
  smoothing?: number | null;
  /** Share of a group's curves between its columns `low` and `high`. */
  interval?: number;
}

export interface GroupHeader {
  name: string;
  /** Curves with a value in range: the n of the mean. */
  n_series: number;
  n_asked: number;
}

/**
 * The JSON header of the answer to POST api/groups.
 *
 * The answer is a frame as that of api/curves; its columns are, for each group, those named in `columns`, each of
 * px values, NaN where fewer curves have a value than it takes. A curve counts once a column, by the mean of its
 * points (smoothed: by its last value), and lies on a straight line between its columns. `deviation` is that
 * between curves, with n - 1; `count` is how many have a value in the column.
 */
export interface GroupsHeader {
  revision: number;
  px: number;
  lo: number;
  hi: number;
  x_axis: string;
  smoothing: number;
  is_smoothing_chosen: boolean;
  interval: number;
  columns: string[];
  groups: GroupHeader[];
}

/** POST api/formula: a formula over metrics as y, of some trainings, over any axis. */
export interface FormulaRequest {
  /**
   * As `val/loss - train/loss`, `ema(loss, 0.9)`, `log(loss) / accuracy`: numbers, metrics and tags, `+ - * / ^`,
   * and log log2 log10 exp sqrt abs min max ema diff cummin cummax cumsum. A tag is called as it is, the halves of
   * a metric `train/…` and `val/…`; the metric alone is the half that decides.
   */
  y: string;
  trainings: string[];
  px: number;
  x_axis?: "formula" | "log_step" | "relative" | "step" | "wall_time";
  /** The formula of the axis where `x_axis` is `formula`; points are placed by the steps that y and x both have. */
  x?: string;
  lo?: number | null;
  hi?: number | null;
  /** As in CurvesRequest, over the points in the order of their steps. */
  smoothing?: number | null;
}

/** A training that a formula has no curve of. */
export interface LeftOut {
  training: string;
  reason: "no_common_step" | "no_finite_x" | "no_metric";
  /** The metrics that it lacks, or that never meet. */
  names: string[];
}

/**
 * The JSON header of the answer to POST api/formula: that of api/curves, `run` the training and `tag` the formula.
 *
 * Metrics are taken at the steps that all of them have; nothing is interpolated and a NaN stays one. Over a formula
 * as x all points of a pixel column are reduced together, whichever way the curve went.
 */
export interface FormulaHeader {
  revision: number;
  px: number;
  lo: number;
  hi: number;
  x_axis: string;
  smoothing: number;
  is_smoothing_chosen: boolean;
  columns: string[];
  series: CurveHeader[];
  /** The metrics in it. */
  names: string[];
  left_out: LeftOut[];
  /** Points whose x is no finite number: they have no place. */
  n_without_x: number;
}

/** GET api/formula/check */
export interface FormulaCheckQuery {
  text: string;
}

/** GET api/formula/check: whether a formula can be read for at least the names that some training has. */
export interface FormulaCheck {
  /**
   * Empty when it can; else empty, too_long, too_deep, too_many_parts, too_many_names, unknown_name,
   * unknown_function, wrong_count, wrong_weight, unclosed, ends_early, unexpected or no_metric.
   */
  reason: string;
  /** Of the character that it fails at, from 0. */
  position: number;
  detail: string;
  /** The same in a sentence. */
  message: string;
  /** The metrics in it. */
  names: string[];
}

/** POST api/importance: which hyperparameters explain the differences of a metric between some trainings. */
export interface ImportanceRequest {
  metric: string;
  half: "train" | "validation";
  trainings: string[];
}

/** What one hyperparameter explains, looked at alone. */
export interface ImportanceItem {
  name: string;
  /** Of the variance of the outcomes' ranks, 0 to 1, corrected for the number of groups. */
  share: number;
  lower: number;
  /** 95 % bootstrap interval of the share. */
  upper: number;
  /** Of a permutation test of "explains nothing", corrected for the number of hyperparameters (Holm). */
  p_value: number;
  /** The groups that were compared, the best first; of numbers of many values ranges as `low to high`. */
  levels: string[];
  /** Groups there are, also those left out of `levels`. */
  n_levels: number;
  /** Trainings that it was logged for. */
  n_trainings: number;
  /** Hyperparameters that changed along with it: which of them did it cannot be told. */
  tied_with: string[];
}

/** POST api/importance; outcomes are the best values, or the last ones where no direction is known. */
export interface ImportanceView {
  revision: number;
  /** None: neither is known to be better, and levels go from the lowest outcome up. */
  direction: "max" | "min" | null;
  /** Trainings that have the metric. */
  n_trainings: number;
  /** With fewer there are no items, for a share would mean nothing. */
  n_needed: number;
  /** The most important first. */
  items: ImportanceItem[];
}

/** POST api/forecasts: where a metric of some trainings will probably go, as `goodfit.forecast`. */
export interface ForecastsRequest {
  trainings: string[];
  /** None: of each training the metric that leads it. */
  metric?: string | null;
  /** A value to be reached, in the metric's units. */
  target?: number | null;
}

/** The future of one curve: the half that decides (validation where there is one) of a metric of a training. */
export interface ForecastView {
  training: string;
  metric: string;
  half: "train" | "validation";
  run: string;
  tag: string;
  direction: "max" | "min";
  /** Finite points that it rests on. */
  n_points: number;
  last_step: number;
  last_value: number | string;
  first_wall_time: number;
  last_wall_time: number;
  /** The last step of the path. */
  end_step: number;
  /**
   * What says so: the steps or epochs in the hyperparameters, the end of the logged learning-rate schedule, the
   * lengths of other trainings that have ended, or nothing: then it is half as long again.
   */
  end_from: "hparams" | "others" | "schedule" | "share";
  /** None where the times tell no pace. */
  seconds_per_step: number | null;
  /** Probability that a value lies in the band, for each step by itself. */
  level: number;
  /** Of the path, ascending, the end last; empty where the forecast is refused. */
  steps: number[];
  median: number[];
  lower: number[];
  upper: number[];
  /** Why there is no forecast: `too_short`; empty where there is one. */
  refusal: string;
  /** Why to trust it less, as `Forecast.cautions` names them. */
  cautions: string[];
  trust: "less" | "no" | "yes";
  /** Whether going on to the end is worth its time to whoever keeps the best checkpoint. */
  advice: "go_on" | "stop" | "unknown";
  best_value: number | null;
  /** By how much the end is expected to be better than the best so far, where worse counts as 0. */
  expected_improvement: number | null;
  improvement_per_hour: number | null;
  /** The first step at which a new best is as likely as not; None where that is beyond the end. */
  better_step: number | null;
  /** That the value at the end is better than the best so far. */
  better_chance: number | null;
  /** The first step at which the target is as likely reached as not; None beyond the end, or without a target. */
  target_step: number | null;
  /** That the value at the end is at least as good as the target; None without one. */
  target_chance: number | null;
  /** Earlier trainings that went the same way and had a say. */
  n_alike: number;
}

/** POST api/forecasts */
export interface ForecastsView {
  revision: number;
  /** In the order asked for; trainings that do not have the metric are left out. */
  forecasts: ForecastView[];
}

/** GET api/kinds: what kinds of data there are, so that the page offers the views for them. */
export interface KindsView {
  revision: number;
  /** Sorted; `embedding` where projector files name one. */
  kinds: string[];
}

export interface EmbeddingInfo {
  run: string;
  tag: string;
  has_labels: boolean;
  has_sprite: boolean;
}

/** GET api/embeddings: the embeddings that the runs' projector_config.pbtxt name. */
export interface EmbeddingList {
  revision: number;
  embeddings: EmbeddingInfo[];
}

/** GET api/embedding and api/embedding/sprite */
export interface EmbeddingQuery {
  run: string;
  tag: string;
}

/** GET api/embedding: what one embedding holds; its files are read when it is first asked for. */
export interface EmbeddingView {
  run: string;
  tag: string;
  n_points: number;
  n_dimensions: number;
  /** Rows with a NaN or an infinity, which have no place. */
  n_nonfinite: number;
  /** Names of the columns of labels; one without a name is empty. */
  columns: string[];
  /** Rows of labels; other than `n_points` when the files do not fit each other. */
  n_label_rows: number;
  /** Width and height of one point's picture, in pixels. */
  sprite_size: [number, number] | null;
  /** Of pca, umap, tsne those that this server can do. */
  methods: string[];
  /** The command that brings the others. */
  install_hint: string;
}

/** GET api/embedding/points */
export interface EmbeddingPointsQuery {
  run: string;
  tag: string;
  method?: "axes" | "pca" | "tsne" | "umap";
  n_components?: number;
  /** `n_neighbors` of UMAP, the perplexity of t-SNE. */
  neighbours?: number;
  /** Of `axes`: which points lie at an end, in the words of a search; the middle of all where it is empty. */
  left?: string;
  right?: string;
  up?: string;
  down?: string;
}

/**
 * The JSON header of the answer to GET api/embedding/points: a frame.
 *
 * Its body is `n_components` columns of float32 and one of uint32 (the row of each point), each of `n_shown`
 * values; empty until the state is `done`. Asking begins a UMAP or a t-SNE; ask again to see how far it is. One
 * that nobody asks after for half a minute is ended.
 */
export interface EmbeddingPointsHeader {
  /** `waiting`: for another one to end. */
  state: "done" | "failed" | "running" | "waiting";
  method: string;
  n_points: number;
  n_shown: number;
  n_nonfinite: number;
  n_components: number;
  /** Of a PCA and of axes, the share of all variance along each. */
  explained: number[];
  /** Of axes, the points that left, right, up and down name; all of them where nothing is named. */
  n_at_ends: number[];
  /** Of axes, whether each runs between its ends; one whose ends are not apart is the greatest spread of the rest. */
  is_own: boolean[];
  elapsed_s: number;
  /** Why it failed. */
  message: string;
}

/** POST api/embedding/stop */
export interface Stopped {
  was_running: boolean;
}

/** GET api/embedding/column */
export interface EmbeddingColumnQuery {
  run: string;
  tag: string;
  column: string;
}

/**
 * The JSON header of the answer to GET api/embedding/column: a frame with one float32 for each point.
 *
 * Of numbers, the number; of categories, the place in `categories`, or their length for one that is not named
 * there.
 */
export interface EmbeddingColumnHeader {
  column: string;
  is_number: boolean;
  lo: number;
  hi: number;
  /** The commonest first, at most 30. */
  categories: string[];
  counts: number[];
  n_categories: number;
}

/** GET api/embedding/search */
export interface EmbeddingSearchQuery {
  run: string;
  tag: string;
  /** `dog` is a part of a label, `"dog"` a whole one, without regard to case; `#3,17` are the points of these rows. */
  text: string;
  column?: string | null;
  limit?: number;
}

/** GET api/embedding/search */
export interface EmbeddingMatches {
  n_found: number;
  /** The first ones. */
  rows: number[];
}

/** GET api/embedding/rows */
export interface EmbeddingRowsQuery {
  run: string;
  tag: string;
  /** Numbers with commas between them. */
  rows: string;
}

/** GET api/embedding/rows */
export interface EmbeddingRows {
  rows: number[];
  /** For each row its labels, one for each column. Untrusted text. */
  labels: string[][];
}

/** GET api/embedding/neighbours */
export interface NeighboursQuery {
  run: string;
  tag: string;
  row: number;
  n?: number;
  distance?: "cosine" | "euclidean";
}

export interface Neighbour {
  row: number;
  distance: number | string;
  /** Of the first column; empty without any. */
  label: string;
}

/** GET api/embedding/neighbours: nearest first, without the point itself. */
export interface Neighbours {
  row: number;
  neighbours: Neighbour[];
}

export interface MeshInfo {
  run: string;
  name: string;
  steps: number[];
  has_faces: boolean;
  has_colours: boolean;
}

/** GET api/meshes: meshes and clouds of points. */
export interface MeshList {
  revision: number;
  meshes: MeshInfo[];
}

/** GET api/mesh */
export interface MeshQuery {
  run: string;
  name: string;
  /** Position in `MeshInfo.steps`. */
  index?: number;
  /** Of a batch. */
  sample?: number;
}

/**
 * The JSON header of the answer to GET api/mesh: a frame.
 *
 * Its body is three float32 for each vertex, three uint32 for each face, and four bytes (red, green, blue, 255) for
 * each vertex where there are colours.
 */
export interface MeshHeader {
  run: string;
  name: string;
  step: number;
  n_samples: number;
  n_vertices: number;
  n_faces: number;
  has_colours: boolean;
  /** Vertices with a NaN or an infinity: left out with their faces. */
  n_nonfinite: number;
  /** Faces that name a vertex that is not there or was left out. */
  n_dropped_faces: number;
}

/** One chart of a layout: lines of all tags that match a pattern, or values between two bounds. */
export interface LayoutChart {
  title: string;
  /** Regular expressions, each matched at the beginning of a tag, as Python's `re.match` does. */
  patterns: string[];
  margins: MarginSeries[];
}

/** Tags of a line and of the two bounds around it. */
export interface MarginSeries {
  value: string;
  lower: string;
  upper: string;
}

export interface LayoutCategory {
  title: string;
  is_closed: boolean;
  charts: LayoutChart[];
}

/** GET api/layouts: the custom-scalars layouts, equal ones of several runs as one. */
export interface LayoutsView {
  revision: number;
  layouts: LayoutView[];
}

export interface LayoutView {
  /** That recorded it. */
  runs: string[];
  categories: LayoutCategory[];
}

/** GET api/histograms */
export interface HistogramsQuery {
  run: string;
  tag: string;
  max_steps?: number;
  n_bins?: number;
}

export interface HistogramStep {
  step: number;
  wall_time: number;
  /** On the common bins. */
  counts: number[];
  /** At the nine basis points of HistogramView.basis_points. */
  percentiles: (number | string)[];
  minimum: number | string;
  maximum: number | string;
  total: number;
  /** Values left of the common bins, in none of them. */
  n_below: number;
  n_above: number;
}

/** GET api/histograms?run=&tag=&max_steps= */
export interface HistogramView {
  run: string;
  tag: string;
  /** Recorded steps; `steps` is an even choice of them, first and last always in. */
  n_recorded: number;
  /**
   * Common bins of all steps, n+1 ascending; they hold the middle 99 % of the values, and all where these are not
   * far out.
   */
  edges: number[];
  basis_points: number[];
  steps: HistogramStep[];
}

export interface GraphInfo {
  run: string;
  tag: string;
  kind: "graph" | "keras_graph" | "run_metadata";
  step: number;
  /** Tags of run metadata of the same run that tell what nodes took in a traced step. */
  profiles: string[];
}

/** GET api/graphs: which model graphs there are. */
export interface GraphList {
  revision: number;
  graphs: GraphInfo[];
}

/** GET api/graph */
export interface GraphQuery {
  run: string;
  tag: string;
  /** Id of the group to open, `` for the top. */
  group?: string;
  /** Tag of the run metadata whose times and memory the nodes shall tell, `` for none. */
  profile?: string;
}

export interface GraphNode {
  id: string;
  label: string;
  op: string;
  /** Name of the group that holds it, `` for the top. */
  group: string;
  is_group: boolean;
  /** Leaf nodes inside a group; 0 for a leaf. */
  n_inside: number;
  attributes: Record<string, string>;
  /** What flows out, as `?×10 float32` or a number of units; empty when it was not recorded. */
  output: string;
  /** The commonest operations inside a group, at most three. */
  ops_inside: string[];
  /** Microseconds that it, or all inside it, took in the traced step; None when that was not recorded. */
  micros: number | null;
  /** Allocated by its kernels in the traced step. */
  memory_bytes: number | null;
}

export interface GraphEdge {
  source: string;
  target: string;
  label: string;
  is_control: boolean;
}

/** GET api/graph?run=&tag=&group= : one group opened, its children and the edges among them. */
export interface GraphView {
  run: string;
  tag: string;
  kind: string;
  group: string;
  nodes: GraphNode[];
  /** Among `nodes`; several wires between the same two are one edge, whose label says what flows or how many. */
  edges: GraphEdge[];
  /** Leaf nodes of the whole graph. */
  n_nodes_total: number;
  /** From outside the opened group into it; `source` is the id of a node or group not in `nodes`. */
  inputs: GraphEdge[];
  /** From the opened group to outside; `target` is the id of a node or group not in `nodes`. */
  outputs: GraphEdge[];
  /** Nodes of the group that were not sent because it holds more than the limit. */
  n_left_out: number;
  /** Inputs, anywhere in the graph, that name a node which was not recorded (PyTorch leaves some). */
  n_dangling: number;
}

/** GET api/graph/search */
export interface GraphSearchQuery {
  run: string;
  tag: string;
  /** A part of a name or an operation, without regard to case. */
  text: string;
  limit?: number;
}

export interface GraphMatch {
  id: string;
  label: string;
  op: string;
  /** Id of the group to open, `` for the top. */
  group: string;
}

/** GET api/graph/search: nodes anywhere in the graph. */
export interface GraphMatches {
  n_found: number;
  /** The first ones, in the order of the graph. */
  matches: GraphMatch[];
}

/** GET api/media */
export interface MediaQuery {
  run: string;
  tag: string;
  max_steps?: number;
}

/** GET api/blob */
export interface BlobQuery {
  run: string;
  tag: string;
  index: number;
  part?: number;
}

export interface MediaStep {
  /** Position in the series, the `index` of api/blob. */
  index: number;
  step: number;
  wall_time: number;
  /** Images, sounds or texts recorded at this step. */
  n_parts: number;
  /** The texts themselves when the kind is `text`, else empty. Untrusted: escape or sanitise before showing. */
  texts: string[];
}

/** GET api/media?run=&tag=&max_steps= ; bytes of a part come from GET api/blob?run=&tag=&index=&part= */
export interface MediaView {
  run: string;
  tag: string;
  kind: string;
  /** Recorded steps; `steps` is an even choice of them, first and last always in. */
  n_recorded: number;
  steps: MediaStep[];
}

/** GET api/pr_curves */
export interface PrCurvesQuery {
  run: string;
  tag: string;
  max_steps?: number;
}

/** One recorded curve; all lists have one value for each threshold, thresholds even from 0 to 1. */
export interface PrCurveStep {
  step: number;
  wall_time: number;
  precision: (number | string)[];
  recall: (number | string)[];
  true_positives: (number | string)[];
  false_positives: (number | string)[];
  true_negatives: (number | string)[];
  false_negatives: (number | string)[];
  /** Below the curve, by steps of recall (average precision); NaN where no value is finite. */
  area: number | string;
}

/** GET api/pr_curves */
export interface PrCurvesView {
  run: string;
  tag: string;
  n_recorded: number;
  steps: PrCurveStep[];
}

/** GET api/training */
export interface TrainingQuery {
  name: string;
}

export interface FileView {
  path: string;
  run: string;
  size_bytes: number;
  read_bytes: number;
  n_records: number;
  issues: FileIssueView[];
}

/** Where a training went back: points of its first metric from `step` on were written again. */
export interface RestartView {
  run: string;
  tag: string;
  step: number;
  wall_time: number;
}

/** What a writer said of its own life. */
export interface SessionView {
  run: string;
  /** `start`, `stop` or `unspecified`; of Goodfit's writer `running`, `finished`, `failed`, `killed`. */
  status: string;
  step: number;
  wall_time: number;
  /** The reason, or what the writer noted. */
  message: string;
}

/** GET api/training: what the overview does not say of one training. */
export interface TrainingDetail {
  name: string;
  /** Wall time of the first event; None when no file tells. */
  began: number | null;
  n_tags: number;
  files: FileView[];
  restarts: RestartView[];
  sessions: SessionView[];
}

/** GET api/alerts */
export interface AlertsQuery {
  limit?: number;
}

export interface AttemptView {
  wall_time: number;
  outcome: string;
  status_code: number | null;
  reason: string;
  duration_s: number | null;
}

/** One message on its way to one target, without its secrets. */
export interface DeliveryView {
  id: string;
  kind: string;
  title: string;
  severity: string;
  channel: string;
  /** The target's address without its secrets. */
  label: string;
  state: string;
  created: number;
  updated: number;
  /** Of the next try; None when there is none. */
  due: number | null;
  waits_for: string | null;
  attempts: AttemptView[];
}

/** GET api/alerts: the delivery log of this user on this machine. */
export interface AlertsView {
  /** Newest first. */
  deliveries: DeliveryView[];
}

/** What people call a training and say of it. */
export interface RunLabel {
  /** Shown in place of the folder's name; empty shows that. */
  name: string;
  note: string;
  is_hidden: boolean;
  colour: string;
}

export interface SavedView {
  name: string;
  /** The part of the page's address after its folder. */
  address: string;
}

/** GET api/shelf: what people put on this log folder, kept outside of it. */
export interface Shelf {
  /** By training. */
  runs: Record<string, RunLabel>;
  /** Metrics that the Curves view begins with. */
  pinned: string[];
  views: SavedView[];
  /** By the group's name, as `optimizer=adam`. */
  group_colours: Record<string, string>;
  /** By training, the colour that the page first gave it: the same in every browser. The eldest first. */
  slots: Record<string, number>;
}

/** POST api/shelf/change: one change; what is absent stays as it is. */
export interface ShelfChange {
  training: string | null;
  name: string | null;
  note: string | null;
  is_hidden: boolean | null;
  group: string | null;
  /** Of the training, and of the group. */
  colour: string | null;
  pinned: string[] | null;
  /** Kept under its name, in place of another of that name. */
  view: SavedView | null;
  /** Colours that the page gave; a training that has one keeps it. */
  slots: Record<string, number> | null;
  forget_view: string | null;
}

/** Server-sent event `tick` on GET api/stream: something changed. */
export interface Tick {
  revision: number;
  trainings: string[];
  tags: string[];
  /** Whether api/overview changed in more than its newest values. */
  overview: boolean;
  /** Whether so much changed that the lists were left empty: read all that is on screen again. */
  everything: boolean;
}

/** POST api/session: exchanges the access token for a cookie. */
export interface SessionRequest {
  token: string;
}

/** GET api/health: whether the server is up; needs no token. */
export interface Health {
  version: string;
  needs_token: boolean;
}

/** Every error answer. */
export interface ErrorBody {
  /** A code: not_found, bad_request, forbidden, unauthorised, too_large, too_many, wrong_method, damaged, internal. */
  error: string;
  message: string;
  hint: string | null;
}
