/**
 * Drawn lines → the y-range of a chart and what it leaves out.
 *
 * The range holds all values unless a few lie far outside: then it is cut at the 1st and 99th percentile plus one span of
 * that middle part, and each cut peak is counted at the edge. A fast first drop is thus shown whole; a lone spike of forty
 * does not flatten the rest.
 */

export interface Fit {
  readonly lo: number;
  readonly hi: number;
}

/** A group of neighbouring columns beyond the edge. */
export interface Clipped {
  readonly x: number;
  readonly edge: "top" | "bottom";
  readonly count: number;
  /** The farthest value cut off. */
  readonly value: number;
}

/** The values' range with a little air. `robust` false shows everything; `log` needs positive values and skips the rest. */
export function fitRange(
  columns: readonly Float32Array[],
  { robust, log, from = 0, to = Infinity }: { robust: boolean; log: boolean; from?: number; to?: number },
): Fit {
  const values: number[] = [];
  for (const column of columns)
    for (let i = Math.max(0, from); i < Math.min(column.length, to); i++) {
      const value = column[i]!;
      if (Number.isFinite(value) && (!log || value > 0)) values.push(log ? Math.log10(value) : value);
    }
  if (values.length === 0) return log ? { lo: 0.1, hi: 1 } : { lo: 0, hi: 1 };
  values.sort((a, b) => a - b);
  let lo = values[0]!;
  let hi = values[values.length - 1]!;
  if (robust && values.length >= 20) {
    const q01 = values[Math.floor((values.length - 1) * 0.01)]!;
    const q99 = values[Math.ceil((values.length - 1) * 0.99)]!;
    const span = q99 - q01;
    if (span > 0) {
      if (hi > q99 + span) hi = values.findLast((value) => value <= q99 + span)!;
      if (lo < q01 - span) lo = values.find((value) => value >= q01 - span)!;
    }
  }
  if (hi === lo) {
    const half = log ? 0.5 : Math.abs(hi) * 0.1 || 0.5;
    lo -= half;
    hi += half;
  }
  const air = (hi - lo) * 0.05;
  // A metric that never goes below zero (loss, accuracy) keeps zero as its floor rather than a stretch of impossible values.
  const floor = !log && lo >= 0 && lo - air < 0 ? 0 : lo - air;
  return log ? { lo: 10 ** (lo - air), hi: 10 ** (hi + air) } : { lo: floor, hi: hi + air };
}

/** Peaks of `maximum` and `minimum` beyond the range, neighbours within `joinPx` columns made one. */
export function findClipped(
  grid: Float64Array,
  minimum: Float32Array,
  maximum: Float32Array,
  range: Fit,
  joinPx = 12,
): Clipped[] {
  const found: Clipped[] = [];
  for (const edge of ["top", "bottom"] as const) {
    const column = edge === "top" ? maximum : minimum;
    let group: { first: number; last: number; count: number; value: number } | null = null;
    const close = () => {
      if (group)
        found.push({ x: grid[(group.first + group.last) >> 1]!, edge, count: group.count, value: group.value });
      group = null;
    };
    for (let i = 0; i < grid.length; i++) {
      const value = column[i]!;
      if (!(edge === "top" ? value > range.hi : value < range.lo)) continue;
      if (group && i - group.last > joinPx) close();
      if (!group) group = { first: i, last: i, count: 1, value };
      else {
        group.last = i;
        group.count++;
        group.value = edge === "top" ? Math.max(group.value, value) : Math.min(group.value, value);
      }
    }
    close();
  }
  return found;
}
