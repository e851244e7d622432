/**
 * Trainings → a table of any columns: cells, order, groups with mean and spread, and the whole as text to paste.
 *
 * A column is named by a short key that fits a link: `run`, `health`, `state`, `step`, `points`, `updated`, `h:lr` for a
 * hyperparameter, and `l:validation:loss`, `b:…`, `s:…` for a metric's newest value, best value and the step of the best.
 */

import type { TrainingView } from "../api/schema.ts";
import { healthOf, healthRank } from "./health.ts";
import type { Half } from "./metric.ts";
import { parseNumber } from "./numbers.ts";
import type { Sort } from "./rows.ts";

export type Cell = number | string | null;

export interface TableColumn {
  readonly key: string;
  readonly kind: "plain" | "hparam" | "latest" | "best" | "best_step";
  /** The hyperparameter or the metric; the key itself for plain ones. */
  readonly name: string;
  readonly half: Half | null;
  readonly isNumber: boolean;
  readonly valueOf: (training: TrainingView) => Cell;
}

const PLAIN: readonly { key: string; isNumber: boolean; valueOf: (training: TrainingView) => Cell }[] = [
  { key: "run", isNumber: false, valueOf: (training) => training.name },
  { key: "health", isNumber: false, valueOf: (training) => healthOf(training).word },
  { key: "state", isNumber: false, valueOf: (training) => training.state },
  { key: "step", isNumber: true, valueOf: (training) => training.last_step },
  { key: "points", isNumber: true, valueOf: (training) => training.n_points },
  { key: "updated", isNumber: true, valueOf: (training) => training.last_wall_time },
];

/** Every column that the trainings have something for, in a fixed order. */
export function listColumns(trainings: readonly TrainingView[]): TableColumn[] {
  const metrics = new Map<string, Set<Half>>();
  const hparams = new Map<string, boolean>();
  for (const training of trainings) {
    for (const one of training.latest) {
      let halves = metrics.get(one.metric);
      if (!halves) metrics.set(one.metric, (halves = new Set()));
      halves.add(one.half);
    }
    for (const [name, value] of Object.entries(training.hparams))
      hparams.set(name, (hparams.get(name) ?? true) && numberOf(value) !== null);
  }
  const columns: TableColumn[] = PLAIN.map((one) => ({ ...one, kind: "plain", name: one.key, half: null }));
  for (const [metric, halves] of metrics)
    for (const half of ["validation", "train"] as const)
      if (halves.has(half)) columns.push(...metricColumns(metric, half));
  for (const [name, isNumber] of hparams)
    columns.push({
      key: `h:${name}`,
      kind: "hparam",
      name,
      half: null,
      isNumber,
      valueOf: (training) => cellOf(training.hparams[name]),
    });
  return columns;
}

function metricColumns(metric: string, half: Half): TableColumn[] {
  const find = (training: TrainingView) => training.latest.find((one) => one.metric === metric && one.half === half);
  const common = { name: metric, half, isNumber: true } as const;
  return [
    {
      ...common,
      key: `l:${half}:${metric}`,
      kind: "latest",
      valueOf: (training) => orNull(find(training)?.value),
    },
    { ...common, key: `b:${half}:${metric}`, kind: "best", valueOf: (training) => orNull(find(training)?.best) },
    {
      ...common,
      key: `s:${half}:${metric}`,
      kind: "best_step",
      valueOf: (training) => find(training)?.best_step ?? null,
    },
  ];
}

const orNull = (value: number | string | null | undefined): number | null =>
  value === null || value === undefined ? null : parseNumber(value);

/** A hyperparameter as a number, where it is one or its text is. */
function numberOf(value: unknown): number | null {
  if (typeof value === "number") return value;
  if (typeof value === "string" && value.trim() !== "" && Number.isFinite(Number(value))) return Number(value);
  return null;
}

function cellOf(value: unknown): Cell {
  if (value === undefined || value === null) return null;
  return numberOf(value) ?? (typeof value === "object" ? JSON.stringify(value) : String(value));
}

/** Columns to start with: health, the objective's halves and its best, the step, and hyperparameters that differ. */
export function usualColumns(
  columns: readonly TableColumn[],
  trainings: readonly TrainingView[],
  objective: string | null,
): string[] {
  const ofObjective = columns.filter((column) => column.half !== null && column.name === objective);
  const best = ofObjective.find((column) => column.kind === "best");
  return [
    "run",
    "health",
    "state",
    ...ofObjective.filter((column) => column.kind === "latest").map((column) => column.key),
    ...(best ? [best.key, `s:${best.half}:${best.name}`] : []),
    "step",
    ...listVaried(columns, trainings)
      .slice(0, 6)
      .map((column) => column.key),
  ];
}

/** Hyperparameters with at least two values among those that have them, the commonest first. */
export function listVaried(columns: readonly TableColumn[], trainings: readonly TrainingView[]): TableColumn[] {
  return columns
    .filter((column) => column.kind === "hparam")
    .map((column) => ({ column, values: trainings.map((one) => column.valueOf(one)).filter((one) => one !== null) }))
    .filter(({ values }) => new Set(values).size > 1)
    .toSorted((a, b) => b.values.length - a.values.length)
    .map(({ column }) => column);
}

/** Rows in the order asked for; missing values and NaN last in either direction. Stable. */
export function sortBy(
  rows: readonly TrainingView[],
  sort: Sort | null,
  columns: readonly TableColumn[],
): TrainingView[] {
  const column = columns.find((one) => one.key === sort?.column);
  if (!sort || !column) return [...rows];
  const valueOf = column.key === "health" ? healthRank : column.valueOf;
  return order(rows, valueOf, sort.isDescending);
}

function order<Row>(rows: readonly Row[], valueOf: (row: Row) => Cell, isDescending: boolean): Row[] {
  const collator = new Intl.Collator("en", { numeric: true, sensitivity: "base" });
  const isMissing = (value: Cell) => value === null || (typeof value === "number" && Number.isNaN(value));
  const sign = isDescending ? -1 : 1;
  return rows
    .map((row) => ({ row, value: valueOf(row) }))
    .toSorted((a, b) => {
      if (isMissing(a.value) || isMissing(b.value)) return Number(isMissing(a.value)) - Number(isMissing(b.value));
      if (typeof a.value === "number" && typeof b.value === "number") return sign * (a.value - b.value);
      return sign * collator.compare(String(a.value), String(b.value));
    })
    .map(({ row }) => row);
}

/** Mean and spread of one column over the members of a group. */
export interface Spread {
  readonly mean: number;
  /** Sample standard deviation; null for fewer than two values. */
  readonly deviation: number | null;
  /** Finite values that were counted. */
  readonly n: number;
}

export interface Group {
  readonly label: Cell;
  readonly members: readonly TrainingView[];
  /** By column key: a spread for numbers; the common text of all members, or null where they differ. */
  readonly cells: ReadonlyMap<string, Spread | string | null>;
}

/** Trainings grouped by the value of a column, ordered by it, or by `sort` where that names a column shown. */
export function groupBy(
  rows: readonly TrainingView[],
  by: TableColumn,
  columns: readonly TableColumn[],
  sort: Sort | null,
): Group[] {
  const groups = new Map<string, TrainingView[]>();
  for (const row of rows) {
    const key = String(by.valueOf(row));
    const members = groups.get(key);
    if (members) members.push(row);
    else groups.set(key, [row]);
  }
  const made = [...groups.values()].map((members): Group => ({
    label: by.valueOf(members[0]!),
    members,
    cells: new Map(columns.map((column) => [column.key, summarise(members, column)])),
  }));
  const sorted = columns.find((column) => column.key === sort?.column);
  if (!sort || !sorted || sorted.key === by.key || sorted.key === "run")
    return order(made, (group) => group.label, sorted !== undefined && sort !== null && sort.isDescending);
  return order(
    made,
    (group) => {
      const cell = group.cells.get(sorted.key) ?? null;
      return cell === null || typeof cell === "string" ? cell : cell.mean;
    },
    sort.isDescending,
  );
}

function summarise(members: readonly TrainingView[], column: TableColumn): Spread | string | null {
  const values = members.map((member) => column.valueOf(member));
  if (!column.isNumber) return new Set(values.map(String)).size === 1 && values[0] !== null ? String(values[0]) : null;
  return spreadOf(values.filter((value): value is number => typeof value === "number" && Number.isFinite(value)));
}

/** Null where there is nothing to take a mean of. */
export function spreadOf(values: readonly number[]): Spread | null {
  const n = values.length;
  if (n === 0) return null;
  // From the first value on, so that equal values have exactly their mean and no deviation.
  const first = values[0]!;
  const mean = first + values.reduce((sum, value) => sum + (value - first) / n, 0);
  const deviation = n < 2 ? null : Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2 / (n - 1), 0));
  return { mean, deviation, n };
}

export type TextFormat = "csv" | "markdown" | "latex";

/** A head and rows of texts → what a spreadsheet, a README or a paper takes. */
export function formatTable(format: TextFormat, head: readonly string[], rows: readonly (readonly string[])[]): string {
  if (format === "csv") return [head, ...rows].map((row) => row.map(quoteCsv).join(",")).join("\r\n") + "\r\n";
  const isNumber = head.map((_, i) => isOfNumbers(rows.map((row) => row[i] ?? "")));
  if (format === "markdown") {
    const line = (cells: readonly string[]) => `| ${cells.map(escapeMarkdown).join(" | ")} |`;
    const rule = `| ${isNumber.map((one) => (one ? "---:" : "---")).join(" | ")} |`;
    return [line(head), rule, ...rows.map(line)].join("\n") + "\n";
  }
  const line = (cells: readonly string[]) => `${cells.map(escapeLatex).join(" & ")} \\\\`;
  return [
    `\\begin{tabular}{${isNumber.map((one) => (one ? "r" : "l")).join("")}}`,
    "\\toprule",
    line(head),
    "\\midrule",
    ...rows.map(line),
    "\\bottomrule",
    "\\end{tabular}",
    "",
  ].join("\n");
}

/** Whether a column stands to the right: it has numbers, and nothing else. */
function isOfNumbers(cells: readonly string[]): boolean {
  const filled = cells.filter((cell) => cell !== "");
  return filled.length > 0 && filled.every((cell) => /^[−-]?(\d[\d,.]*(e[−-]?\d+)?|∞)( |%|$)|^NaN$/.test(cell));
}

/** A spreadsheet runs what begins with =, +, - or @; such a text gets an apostrophe, a number stays one. */
function quoteCsv(text: string): string {
  const isNumber = text !== "" && !Number.isNaN(Number(text));
  const safe = !isNumber && /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

function escapeMarkdown(text: string): string {
  return text.replace(/[\\|`*_<>[\]]/g, "\\$&").replace(/[\r\n]+/g, " ");
}

const LATEX: Readonly<Record<string, string>> = {
  "\\": "\\textbackslash{}",
  "~": "\\textasciitilde{}",
  "^": "\\textasciicircum{}",
  "±": "$\\pm$",
  "−": "$-$",
  "∞": "$\\infty$",
};

function escapeLatex(text: string): string {
  return text.replace(/[\\~^±−∞]|[&%$#_{}]/g, (sign) => LATEX[sign] ?? `\\${sign}`).replace(/[\r\n]+/g, " ");
}
