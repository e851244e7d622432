/** Trainings → the table's columns and the order of its rows; and a scroll position → the rows worth rendering. */

import type { TrainingView } from "../api/schema.ts";
import { healthRank } from "./health.ts";
import { parseNumber } from "./numbers.ts";
import { readNumber } from "./query.ts";

export interface Sort {
  readonly column: string;
  readonly isDescending: boolean;
}

const MOST_HPARAMS = 5;

/** Hyperparameters worth a column: those that differ between trainings first, then the others, at most five. */
export function hparamColumns(trainings: readonly TrainingView[]): string[] {
  const seen = new Map<string, Set<string>>();
  for (const training of trainings)
    for (const [name, value] of Object.entries(training.hparams)) {
      let values = seen.get(name);
      if (!values) seen.set(name, (values = new Set()));
      if (values.size < 2) values.add(String(value));
    }
  const names = [...seen.keys()];
  const differing = names.filter((name) => seen.get(name)!.size > 1);
  const others = names.filter((name) => seen.get(name)!.size <= 1);
  return [...differing, ...others].slice(0, MOST_HPARAMS);
}

/** The newest value of a metric's half that decides; null when there is none. */
export function latestValue(training: TrainingView, metric: string | null): number | string | null {
  const halves = training.latest.filter((one) => one.metric === metric);
  return (halves.find((half) => half.half === "validation") ?? halves[0])?.value ?? null;
}

/** Rows in the order asked for; values that are missing or not numbers last in either direction. Stable. */
export function sortRows(rows: readonly TrainingView[], sort: Sort | null, metric: string | null): TrainingView[] {
  if (!sort) return [...rows];
  const collator = new Intl.Collator("en", { numeric: true, sensitivity: "base" });
  const keyed = rows.map((row) => ({ row, key: sortKey(row, sort.column, metric) }));
  const sign = sort.isDescending ? -1 : 1;
  const isMissing = (key: number | string | null) => key === null || (typeof key === "number" && Number.isNaN(key));
  return keyed
    .toSorted((a, b) => {
      if (isMissing(a.key) || isMissing(b.key)) return Number(isMissing(a.key)) - Number(isMissing(b.key));
      if (typeof a.key === "number" && typeof b.key === "number") return sign * (a.key - b.key);
      return sign * collator.compare(String(a.key), String(b.key));
    })
    .map(({ row }) => row);
}

function sortKey(row: TrainingView, column: string, metric: string | null): number | string | null {
  if (column === "run") return row.name;
  if (column === "health") return healthRank(row);
  if (column === "state") return row.state;
  if (column === "step") return row.last_step;
  if (column === "updated") return row.last_wall_time;
  if (column === "value") {
    const value = latestValue(row, metric);
    return value === null ? null : parseNumber(value);
  }
  const name = column.replace(/^h:/, "");
  const number = readNumber(row, name);
  if (number !== null) return number;
  const given = row.hparams[name];
  return given === undefined || given === null ? null : String(given);
}

/** Indices [first, stop) of the rows to render, with a margin, for a scroll position. */
export function visibleRows(
  nRows: number,
  rowHeightPx: number,
  scrollPx: number,
  viewPx: number,
  margin = 8,
): { first: number; stop: number } {
  const first = Math.max(0, Math.floor(scrollPx / rowHeightPx) - margin);
  const stop = Math.min(nRows, Math.ceil((scrollPx + viewPx) / rowHeightPx) + margin);
  return { first: Math.min(first, stop), stop };
}
