/**
 * One answer of POST api/curves: bytes → columns, as views on the frame's own memory.
 *
 *     u32le header length | header JSON, padded with spaces to a multiple of 4 | float32 columns
 *
 * The columns are `x`, then for each series `minimum maximum mean last smooth other`, each of `px` values; `other` is the
 * axis that is not shown, counted from the series' origin. A column in which no point fell holds NaN; a logged NaN is not among the columns but in `nonfiniteX`. Both stay apart for ever: an empty
 * column is bridged by the line, a logged NaN breaks it.
 */

import type { CurvesHeader } from "../api/schema.ts";

/** The points of one series in `px` columns of equal width; all arrays share the chart's grid. */
export interface SeriesColumns {
  readonly run: string;
  readonly tag: string;
  /** Recorded points of the part in view. */
  readonly nPoints: number;
  readonly nNonfinite: number;
  /** Positions of NaN and infinite points within the part in view, ascending. */
  readonly nonfiniteX: readonly number[];
  readonly minimum: Float32Array;
  readonly maximum: Float32Array;
  readonly mean: Float32Array;
  readonly last: Float32Array;
  readonly smooth: Float32Array;
  /** Of the axis that is not shown: seconds after `origin` on the step axis, steps after it on the time axes. */
  readonly other: Float32Array;
  readonly origin: number;
  /** Mean of the points that a restart wrote over; null where there are none in view. */
  readonly abandoned: Float32Array | null;
}

/** All series of one chart on one common grid. */
export interface Curves {
  readonly revision: number;
  readonly lo: number;
  readonly hi: number;
  readonly xAxis: string;
  /** Weight of the exponential mean, 0 where nothing was smoothed. */
  readonly smoothing: number;
  /** Whether the reader chose that weight; false when the number of points did. */
  readonly isSmoothingChosen: boolean;
  /** Column centres in float64: seconds since the epoch do not fit the frame's float32. */
  readonly x: Float64Array;
  readonly series: readonly SeriesColumns[];
}

const PER_SERIES = ["minimum", "maximum", "mean", "last", "smooth", "other"] as const;

/** The JSON in front of a frame's columns. */
export function parseHeader<Header>(frame: ArrayBuffer): Header {
  const headerBytes = new DataView(frame).getUint32(0, true);
  return JSON.parse(new TextDecoder().decode(new Uint8Array(frame, 4, headerBytes))) as Header;
}

/** The frame's columns, not copied. Throws RangeError when header and length disagree. */
export function parseCurves(frame: ArrayBuffer): Curves {
  const headerBytes = new DataView(frame).getUint32(0, true);
  const start = 4 + headerBytes;
  const header = JSON.parse(new TextDecoder().decode(new Uint8Array(frame, 4, headerBytes))) as CurvesHeader;
  const { px, lo, hi } = header;
  const names = header.columns.filter((name) => name !== "x");
  const nFloats = px * (1 + names.length * header.series.length);
  if (start % 4 !== 0 || frame.byteLength < start + 4 * nFloats)
    throw new RangeError(`curves frame: ${frame.byteLength} bytes, wanted ${start + 4 * nFloats}`);
  const at = (name: (typeof PER_SERIES)[number] | "abandoned", series: number) => {
    const place = names.indexOf(name);
    if (place < 0) throw new RangeError(`curves frame: no column ${name}`);
    return new Float32Array(frame, start + 4 * px * (1 + series * names.length + place), px);
  };
  return {
    revision: header.revision,
    lo,
    hi,
    xAxis: header.x_axis,
    smoothing: header.smoothing,
    isSmoothingChosen: header.is_smoothing_chosen,
    x: columnCentres(lo, hi, px),
    series: header.series.map((one, i) => ({
      run: one.run,
      tag: one.tag,
      nPoints: one.n_points,
      nNonfinite: one.n_nonfinite,
      nonfiniteX: one.nonfinite_x,
      minimum: at("minimum", i),
      maximum: at("maximum", i),
      mean: at("mean", i),
      last: at("last", i),
      smooth: at("smooth", i),
      other: at("other", i),
      origin: one.origin,
      abandoned: names.includes("abandoned") ? filledOrNull(at("abandoned", i)) : null,
    })),
  };
}

function filledOrNull(column: Float32Array): Float32Array | null {
  return lastFilled(column) < 0 ? null : column;
}

/** The middles of `px` columns of equal width over [lo, hi]. */
export function columnCentres(lo: number, hi: number, px: number): Float64Array {
  const width = (hi - lo) / px;
  return Float64Array.from({ length: px }, (_, i) => lo + (i + 0.5) * width);
}

/** Index of the last column that holds a point, -1 when none does. */
export function lastFilled(column: Float32Array): number {
  let i = column.length - 1;
  while (i >= 0 && Number.isNaN(column[i])) i--;
  return i;
}

/** Index of the filled column nearest to `x`, -1 when none is; `x` in the grid's unit. */
export function nearestFilled(grid: Float64Array, column: Float32Array, x: number): number {
  if (grid.length === 0) return -1;
  const width = grid.length > 1 ? grid[1]! - grid[0]! : 1;
  const start = Math.min(grid.length - 1, Math.max(0, Math.round((x - grid[0]!) / width)));
  for (let away = 0; away < grid.length; away++) {
    const left = start - away;
    const right = start + away;
    const isLeft = left >= 0 && !Number.isNaN(column[left]);
    const isRight = right < grid.length && !Number.isNaN(column[right]);
    if (isLeft && isRight) return Math.abs(grid[left]! - x) <= Math.abs(grid[right]! - x) ? left : right;
    if (isLeft) return left;
    if (isRight) return right;
  }
  return -1;
}
