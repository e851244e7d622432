/**
 * A place on a chart → the values of the nearest lines there, largest first; and a picture → a short table for those who
 * read rather than look.
 */

import type { Mark, Picture } from "../chart/chart.ts";
import type { HalfSeries } from "./metric.ts";
import { lineId, type ReadoutRow } from "./picture.ts";
import { nearestFilled } from "./columns.ts";
import { otherAt } from "./other-axis.ts";

const MOST_ROWS = 8;
/** Share of the x-range beyond which a point is not "at" the crosshair. */
const REACH = 0.04;

/** Values at `x` of the (at most eight) lines nearest to `y`; `y` null keeps the first eight. */
export function readAt(picture: Picture, series: readonly HalfSeries[], x: number, y: number | null): ReadoutRow[] {
  const halves = new Map(series.map((half) => [lineId(half), half]));
  const reach = (picture.x.hi - picture.x.lo) * REACH + (picture.grid[1] ?? 0) - (picture.grid[0] ?? 0);
  const rows: ReadoutRow[] = [];
  for (const line of picture.lines) {
    const i = nearestFilled(picture.grid, line.level, x);
    const half = halves.get(line.id);
    if (i < 0 || !half || Math.abs(picture.grid[i]! - x) > reach) continue;
    rows.push({
      training: line.group,
      half: half.half,
      colour: line.colour,
      isDashed: line.isDashed,
      x: picture.grid[i]!,
      value: (line.raw ?? line.level)[i]!,
      smoothed: line.raw ? line.level[i]! : null,
      other: otherAt(line.columns, picture.grid, picture.grid[i]!),
      origin: line.columns.origin,
    });
  }
  const place = (value: number) => (picture.isLog ? Math.log10(Math.max(value, 1e-300)) : value);
  const nearest =
    y === null
      ? rows.slice(0, MOST_ROWS)
      : rows.toSorted((a, b) => distance(a, place, y) - distance(b, place, y)).slice(0, MOST_ROWS);
  return nearest.toSorted((a, b) => b.value - a.value);
}

function distance(row: ReadoutRow, place: (value: number) => number, y: number): number {
  return Math.abs(place(row.smoothed ?? row.value) - place(y));
}

/** Marks within `reachPx` pixels of `x`, nearest first. */
export function marksAt(picture: Picture, x: number, plotWidthPx: number, reachPx = 10): Mark[] {
  const reach = ((picture.x.hi - picture.x.lo) / Math.max(1, plotWidthPx)) * reachPx;
  return picture.marks
    .filter((mark) => Math.abs(mark.x - x) <= reach)
    .toSorted((a, b) => Math.abs(a.x - x) - Math.abs(b.x - x));
}

/** A column's step in words' terms: exact where the column is narrower than a step, else about. */
export function stepAt(picture: Picture, x: number): { step: number; isExact: boolean } {
  const width = (picture.grid[1] ?? 0) - (picture.grid[0] ?? 0);
  if (picture.xKind === "log_step") return { step: Math.round(10 ** x), isExact: 10 ** (x + width) - 10 ** x <= 1 };
  return { step: Math.round(x), isExact: width <= 1 };
}
