/**
 * What the reader looks at ⇄ the address after `#`: short keys, defaults left out, so that a link fits a chat message.
 *
 *     #/curves?x=52000-72000&s=.9&r=exp1,exp2&q=lr<1e-3
 *
 * Unknown or damaged parts are dropped, never an error: links outlive versions.
 */

import { stableHash } from "./palette.ts";

export const VIEWS = [
  "overview",
  "curves",
  "table",
  "hparams",
  "compare",
  "distributions",
  "media",
  "pr",
  "graph",
  "layouts",
  "embeddings",
  "meshes",
  "alerts",
  "run",
] as const;
export type ViewName = (typeof VIEWS)[number];
/** Views that always stand in the head; the others come with what they show. */
export const MAIN_VIEWS: readonly ViewName[] = [
  "overview",
  "curves",
  "table",
  "hparams",
  "distributions",
  "media",
  "graph",
  "alerts",
];
/** `log_step` is log10 of the step, its range in that unit; `epoch` where runs log one. */
export type XAxis = "step" | "relative" | "wall_time" | "log_step" | "epoch";

/** A chart of a formula. */
export interface Made {
  readonly y: string;
  /** A formula as x; empty for the axis of all charts. */
  readonly x: string;
}

export interface Place {
  view: ViewName;
  /** Shared x-range of all charts in the unit of `xAxis`; null shows all. */
  x: readonly [number, number] | null;
  xAxis: XAxis;
  /** Weight of the exponential mean, 0 to 0.999; null lets the number of points decide. */
  smoothing: number | null;
  isLog: boolean;
  /** Whether far outliers are cut and counted at the edge. */
  isRobust: boolean;
  /** Whether lines of unfinished trainings go on as forecasts. */
  isForecast: boolean;
  selected: readonly string[];
  filter: string;
  sort: { column: string; isDescending: boolean } | null;
  /** Search among tags in the Curves view. */
  search: string;
  /** The metric shown large. */
  metric: string | null;
  pinned: readonly string[];
  run: string | null;
  tag: string | null;
  /** The training of the run page. */
  training: string | null;
  /** Columns of the table and axes of the hyperparameters, by their keys; null for the usual ones. */
  columns: readonly string[] | null;
  /** What runs are grouped by: a hyperparameter, and in charts also `~seed` or a `/regular expression/`. */
  group: string | null;
  /** Charts that the reader made: a formula each, with its own axis where it has one. */
  charts: readonly Made[];
  /** Step chosen for pictures, sounds, texts and precision-recall curves; null for the newest. */
  step: number | null;
  /** How points in many dimensions are laid out. */
  method: Method;
  /** In two dimensions rather than three. */
  isFlat: boolean;
  /** How the points are looked at, in words that their view alone reads. */
  look: readonly string[];
}

export const METHODS = ["pca", "umap", "tsne", "axes"] as const;
export type Method = (typeof METHODS)[number];

export const HOME: Place = {
  view: "overview",
  x: null,
  xAxis: "step",
  smoothing: null,
  isLog: false,
  isRobust: true,
  isForecast: true,
  selected: [],
  filter: "",
  sort: null,
  search: "",
  metric: null,
  pinned: [],
  run: null,
  tag: null,
  training: null,
  columns: null,
  group: null,
  charts: [],
  step: null,
  method: "pca",
  isFlat: false,
  look: [],
};

/** The part after `#` → a place. */
export function parsePlace(hash: string): Place {
  const [path = "", query = ""] = splitOnce(hash.replace(/^#\/?/, ""), "?");
  const keys = new URLSearchParams(query);
  const view = VIEWS.find((name) => name === path) ?? "overview";
  const smoothing = Number(keys.get("s") ?? NaN);
  const axis = { rel: "relative", wall: "wall_time", log: "log_step", ep: "epoch" } as const;
  return {
    view,
    x: parseRange(keys.get("x")),
    xAxis: axis[keys.get("ax") as keyof typeof axis] ?? "step",
    smoothing: smoothing >= 0 && smoothing < 1 ? smoothing : null,
    isLog: keys.get("log") === "1",
    isRobust: keys.get("out") !== "1",
    isForecast: keys.get("fc") !== "0",
    selected: parseNames(keys.get("r")),
    filter: keys.get("q") ?? "",
    sort: parseSort(keys.get("o")),
    search: keys.get("t") ?? "",
    metric: keys.get("m"),
    pinned: parseNames(keys.get("p")),
    run: keys.get("run"),
    tag: keys.get("tag"),
    training: keys.get("id"),
    columns: keys.has("c") ? parseNames(keys.get("c")) : null,
    group: keys.get("g"),
    charts: parseNames(keys.get("f")).map(parseMade),
    step: parseStep(keys.get("at")),
    method: METHODS.find((name) => name === keys.get("by")) ?? "pca",
    isFlat: keys.get("d") === "2",
    look: parseNames(keys.get("v")),
  };
}

/** A place → the part after `#`, with defaults left out. */
export function formatPlace(place: Place): string {
  const parts: [string, string][] = [];
  if (place.x) parts.push(["x", place.x.map(shortNumber).join("~")]);
  if (place.xAxis !== "step") parts.push(["ax", AXIS_KEYS[place.xAxis]]);
  if (place.smoothing !== null) parts.push(["s", shortNumber(place.smoothing)]);
  if (place.isLog) parts.push(["log", "1"]);
  if (!place.isRobust) parts.push(["out", "1"]);
  if (!place.isForecast) parts.push(["fc", "0"]);
  if (place.selected.length) parts.push(["r", formatNames(shorten(place.selected))]);
  if (place.filter) parts.push(["q", place.filter]);
  if (place.sort) parts.push(["o", `${place.sort.isDescending ? "-" : ""}${place.sort.column}`]);
  if (place.view === "curves") {
    if (place.search) parts.push(["t", place.search]);
    if (place.metric) parts.push(["m", place.metric]);
    if (place.charts.length) parts.push(["f", formatNames(place.charts.map(formatMade))]);
  }
  if (place.pinned.length) parts.push(["p", formatNames(place.pinned)]);
  if (WITH_TAG.has(place.view)) {
    if (place.run) parts.push(["run", place.run]);
    if (place.tag) parts.push(["tag", place.tag]);
    if (place.step !== null) parts.push(["at", shortNumber(place.step)]);
  }
  if (place.view === "embeddings") {
    if (place.method !== "pca") parts.push(["by", place.method]);
    if (place.isFlat) parts.push(["d", "2"]);
    if (place.look.length) parts.push(["v", formatNames(place.look)]);
  }
  if (place.view === "run" && place.training) parts.push(["id", place.training]);
  if (place.columns && (place.view === "table" || place.view === "hparams"))
    parts.push(["c", formatNames(place.columns)]);
  if (place.group && GROUPED.has(place.view)) parts.push(["g", place.group]);
  const query = parts.map(([key, value]) => `${key}=${encode(value)}`).join("&");
  return `#/${place.view}${query && `?${query}`}`;
}

/** Percent-encodes what an address cannot hold, and leaves readable what it can. */
function encode(value: string): string {
  return encodeURIComponent(value).replace(/%2F/g, "/").replace(/%3A/g, ":").replace(/%2C/g, ",").replace(/%7E/g, "~");
}

const AXIS_KEYS = { relative: "rel", wall_time: "wall", log_step: "log", epoch: "ep" } as const;

function shortNumber(value: number): string {
  return String(Number(value.toPrecision(12)));
}

const GROUPED: ReadonlySet<ViewName> = new Set(["overview", "curves", "table", "hparams"]);
const WITH_TAG: ReadonlySet<ViewName> = new Set(["distributions", "media", "pr", "graph", "embeddings", "meshes"]);

/** `loss | accuracy`: the loss over the accuracy. */
function formatMade({ x, y }: Made): string {
  return x ? `${y}|${x}` : y;
}

function parseMade(text: string): Made {
  const [y, x] = splitOnce(text, "|");
  return { y: y.trim(), x: x.trim() };
}

function parseStep(text: string | null): number | null {
  return text !== null && text !== "" && Number.isFinite(Number(text)) ? Number(text) : null;
}

function parseRange(text: string | null): readonly [number, number] | null {
  const ends = text?.split("~").map(Number) ?? [];
  const [lo, hi] = ends;
  return ends.length === 2 && Number.isFinite(lo) && Number.isFinite(hi) && lo! < hi! ? [lo!, hi!] : null;
}

function parseSort(text: string | null): Place["sort"] {
  if (!text) return null;
  return text.startsWith("-") ? { column: text.slice(1), isDescending: true } : { column: text, isDescending: false };
}

/** Longer than this, names stand in the link by their marks. */
const LONGEST_SELECTION = 100;
const MARK = /^~[0-9a-z]+$/;

/** Eight run names of sixty letters would make a link that no chat shows whole. */
function shorten(names: readonly string[]): string[] {
  if (encode(formatNames(names)).length <= LONGEST_SELECTION) return [...names];
  return names.map((name) => (MARK.test(name) ? name : markOf(name)));
}

/** What stands for a name in a short link; two names of one folder share one once in four thousand million pairs. */
export function markOf(name: string): string {
  return `~${stableHash(name).toString(36)}`;
}

/** Names for the marks among `selected`, of those there are; a mark of none stays as it is. */
export function resolveMarks(selected: readonly string[], known: Iterable<string>): readonly string[] {
  if (!selected.some((one) => MARK.test(one))) return selected;
  const byMark = new Map<string, string>();
  for (const name of known) byMark.set(markOf(name), name);
  return selected.map((one) => (MARK.test(one) ? (byMark.get(one) ?? one) : one));
}

/** Names with commas in them are doubled: `a,b` and `a,,b` are two names and one. */
function formatNames(names: readonly string[]): string {
  return names.map((name) => name.replaceAll(",", ",,")).join(",");
}

function parseNames(text: string | null): string[] {
  if (!text) return [];
  const names: string[] = [];
  let name = "";
  for (let i = 0; i < text.length; i++) {
    if (text[i] !== ",") name += text[i];
    else if (text[i + 1] === ",") {
      name += ",";
      i++;
    } else {
      names.push(name);
      name = "";
    }
  }
  return [...names, name].filter(Boolean);
}

function splitOnce(text: string, separator: string): [string, string] {
  const at = text.indexOf(separator);
  return at < 0 ? [text, ""] : [text.slice(0, at), text.slice(at + separator.length)];
}
