/**
 * Answers of api/embedding/… → places and colours of points, a million of them in typed arrays.
 *
 * Places are moved and scaled so that all lie within one unit of the middle. A colour is a place in a table of colours: the
 * first `N_LEVELS` are levels of numbers or categories, then one for what has none and one for what is dimmed.
 */

import type { EmbeddingColumnHeader, EmbeddingPointsHeader } from "../api/schema.ts";
import { parseHeader } from "./columns.ts";

export interface Places {
  readonly header: EmbeddingPointsHeader;
  /** One array an axis; the third of two dimensions is all zero. */
  readonly x: Float32Array;
  readonly y: Float32Array;
  readonly z: Float32Array;
  /** Row of the embedding's file of each point. */
  readonly rows: Uint32Array;
}

/** The frame's points, scaled. Throws RangeError when header and length disagree. */
export function parsePlaces(frame: ArrayBuffer): Places {
  const header = parseHeader<EmbeddingPointsHeader>(frame);
  const start = 4 + new DataView(frame).getUint32(0, true);
  const { n_shown: n, n_components: nAxes } = header;
  if (frame.byteLength < start + 4 * n * (nAxes + 1))
    throw new RangeError(`embedding frame: ${frame.byteLength} bytes, wanted ${start + 4 * n * (nAxes + 1)}`);
  const axes = Array.from({ length: nAxes }, (_, axis) => new Float32Array(frame, start + 4 * n * axis, n));
  const [x, y, z] = scaled(axes);
  return { header, x: x!, y: y!, z: z ?? new Float32Array(n), rows: new Uint32Array(frame, start + 4 * n * nAxes, n) };
}

/** All axes by one measure, so that distances keep their proportions. */
function scaled(axes: readonly Float32Array[]): Float32Array[] {
  const ends = axes.map(extentOf);
  const reach = Math.max(...ends.map(([lo, hi]) => (hi - lo) / 2)) || 1;
  return axes.map((axis, i) => {
    const middle = (ends[i]![0] + ends[i]![1]) / 2;
    return axis.map((value) => (value - middle) / reach);
  });
}

function extentOf(values: Float32Array): [number, number] {
  let lo = Infinity;
  let hi = -Infinity;
  for (const value of values) {
    if (value < lo) lo = value;
    if (value > hi) hi = value;
  }
  return lo <= hi ? [lo, hi] : [0, 0];
}

export interface LabelColumn {
  readonly header: EmbeddingColumnHeader;
  /** Of each row of the file: a number, or the place among the categories. */
  readonly values: Float32Array;
}

export function parseColumn(frame: ArrayBuffer): LabelColumn {
  const header = parseHeader<EmbeddingColumnHeader>(frame);
  return { header, values: new Float32Array(frame, 4 + new DataView(frame).getUint32(0, true)) };
}

export const N_LEVELS = 64;
/** Categories that have a colour of their own. */
export const MAX_COLOURED = 8;
export const NO_VALUE = N_LEVELS;
export const DIMMED = N_LEVELS + 1;

/** Each shown point's colour. `only` is a category beside which all others are dimmed; `found` are rows likewise. */
export function colourPoints(
  rows: Uint32Array,
  column: LabelColumn | null,
  only: number | null,
  found: ReadonlySet<number> | null,
): Uint8Array {
  const colours = new Uint8Array(rows.length);
  const { header, values } = column ?? { header: null, values: null };
  const span = header && header.hi > header.lo ? header.hi - header.lo : 1;
  for (let i = 0; i < rows.length; i++) {
    const row = rows[i]!;
    if (header && values) {
      const value = values[row] ?? NaN;
      if (Number.isNaN(value)) colours[i] = NO_VALUE;
      else if (header.is_number)
        colours[i] = Math.min(N_LEVELS - 1, Math.max(0, Math.floor(((value - header.lo) / span) * N_LEVELS)));
      else colours[i] = only !== null && value !== only ? DIMMED : value < MAX_COLOURED ? value : NO_VALUE;
      if (only !== null && !header.is_number && value === only && value >= MAX_COLOURED) colours[i] = 0;
    }
    if (found && !found.has(row)) colours[i] = DIMMED;
  }
  return colours;
}

/** Where a row stands among the shown points, whose rows ascend; -1 where it is not shown. */
export function indexOfRow(rows: Uint32Array, row: number): number {
  let lo = 0;
  let hi = rows.length;
  while (lo < hi) {
    const middle = (lo + hi) >>> 1;
    if (rows[middle]! < row) lo = middle + 1;
    else hi = middle;
  }
  return rows[lo] === row ? lo : -1;
}
