/**
 * Between the axis that a chart shows and the one it does not: the wall time at a place on the step axis, the step at a
 * moment, and the moment at which a step was reached. `other` ascends, for steps and time both go forward.
 */

import type { SeriesColumns } from "./columns.ts";

/** The other axis at the column nearest to `x`: seconds since the epoch, or a step; null where it is not known. */
export function otherAt(columns: SeriesColumns, grid: Float64Array, x: number): number | null {
  if (grid.length === 0) return null;
  const width = grid.length > 1 ? grid[1]! - grid[0]! : 1;
  const i = Math.min(grid.length - 1, Math.max(0, Math.round((x - grid[0]!) / width)));
  const after = columns.other[i]!;
  return Number.isFinite(after) ? columns.origin + after : null;
}

/** Where on the shown axis the other one reaches `value`; null when that lies outside of the part in view. */
export function placeOf(columns: SeriesColumns, grid: Float64Array, value: number): number | null {
  const wanted = value - columns.origin;
  const { other } = columns;
  const i = other.findIndex((one) => one >= wanted);
  if (i < 0) return null;
  if (i === 0) return other[0] === wanted ? grid[0]! : null;
  const before = other[i - 1]!;
  const share = other[i]! > before ? (wanted - before) / (other[i]! - before) : 0;
  return grid[i - 1]! + share * (grid[i]! - grid[i - 1]!);
}
