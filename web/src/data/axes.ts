/** Columns of the table → axes that trainings have a place on, for parallel coordinates and the scatter matrix. */

import type { TrainingView } from "../api/schema.ts";
import type { Cell, TableColumn } from "./table.ts";
import { linearTicks, logTicks } from "./ticks.ts";
import { compareNaturally } from "./natural.ts";

/** Positive values that span more than this are spaced by their logarithm, as learning rates are. */
const LOG_RATIO = 30;
/** Texts beyond these share the last place. */
const MOST_CATEGORIES = 24;

export interface Axis {
  readonly key: string;
  readonly label: string;
  readonly kind: "linear" | "log" | "category";
  /** Ends in the values' own unit; of categories 0 and the last index. */
  readonly lo: number;
  readonly hi: number;
  readonly categories: readonly string[];
  /** From 0 (low end) to 1; null for a training without a value. */
  readonly placeOf: (training: TrainingView) => number | null;
  readonly ticks: readonly { readonly place: number; readonly value: number | string }[];
}

export function makeAxis(column: TableColumn, label: string, trainings: readonly TrainingView[]): Axis | null {
  const values = trainings.map((training) => column.valueOf(training)).filter((value) => value !== null);
  const numbers = values.filter((value): value is number => typeof value === "number" && Number.isFinite(value));
  if (values.length === 0) return null;
  if (!column.isNumber || numbers.length === 0) return categoryAxis(column, label, values);
  let lo = Math.min(...chunked(numbers, Math.min));
  let hi = Math.max(...chunked(numbers, Math.max));
  const isLog = lo > 0 && hi / lo > LOG_RATIO;
  if (lo === hi) [lo, hi] = [lo - (Math.abs(lo) * 0.1 || 0.5), hi + (Math.abs(hi) * 0.1 || 0.5)];
  const scale = isLog ? Math.log10 : (value: number) => value;
  const place = (value: number) => (scale(value) - scale(lo)) / (scale(hi) - scale(lo));
  const ticks = (isLog ? logTicks(lo, hi, 6) : linearTicks(lo, hi, 6)).map((value) => ({ place: place(value), value }));
  return {
    key: column.key,
    label,
    kind: isLog ? "log" : "linear",
    lo,
    hi,
    categories: [],
    ticks,
    placeOf: (training) => {
      const value = column.valueOf(training);
      return typeof value === "number" && Number.isFinite(value) ? place(value) : null;
    },
  };
}

function categoryAxis(column: TableColumn, label: string, values: readonly Cell[]): Axis {
  const all = [...new Set(values.map(String))].toSorted(compareNaturally);
  const categories = all.length > MOST_CATEGORIES ? [...all.slice(0, MOST_CATEGORIES - 1), "…"] : all;
  const index = new Map(all.map((text, i) => [text, Math.min(i, categories.length - 1)]));
  const last = Math.max(1, categories.length - 1);
  const place = (i: number) => (categories.length === 1 ? 0.5 : i / last);
  return {
    key: column.key,
    label,
    kind: "category",
    lo: 0,
    hi: last,
    categories,
    ticks: categories.map((text, i) => ({ place: place(i), value: text })),
    placeOf: (training) => {
      const value = column.valueOf(training);
      return value === null ? null : place(index.get(String(value)) ?? 0);
    },
  };
}

/** An axis' value at a place from 0 to 1. */
export function valueAt(axis: Axis, place: number): number {
  if (axis.kind === "log") return 10 ** (Math.log10(axis.lo) + place * (Math.log10(axis.hi) - Math.log10(axis.lo)));
  return axis.lo + place * (axis.hi - axis.lo);
}

/** The place from 0 to 1 of a value, which may lie beyond the ends. */
export function placeAt(axis: Axis, value: number): number {
  if (axis.kind === "log")
    return (Math.log10(Math.max(value, 1e-300)) - Math.log10(axis.lo)) / (Math.log10(axis.hi) - Math.log10(axis.lo));
  return (value - axis.lo) / (axis.hi - axis.lo);
}

/** Ranges chosen on axes, as places from 0 to 1, by the axis' key. */
export type Brushes = Readonly<Record<string, readonly [number, number]>>;

/** Whether a training lies within all ranges; one without a value on a brushed axis does not. */
export function isWithin(training: TrainingView, axes: readonly Axis[], brushes: Brushes): boolean {
  return axes.every((axis) => {
    const range = brushes[axis.key];
    if (!range) return true;
    const place = axis.placeOf(training);
    return place !== null && place >= range[0] - 1e-9 && place <= range[1] + 1e-9;
  });
}

/** `Math.min(...values)` of a hundred thousand values overflows the stack. */
function chunked(values: readonly number[], pick: (...part: number[]) => number): number[] {
  const found: number[] = [];
  for (let i = 0; i < values.length; i += 10_000) found.push(pick(...values.slice(i, i + 10_000)));
  return found;
}
