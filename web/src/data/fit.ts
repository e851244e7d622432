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

/**
 * The values' range with a little air. `columns` decide what is ordinary; `extremes` (the envelope's edges) are held as well
 * unless they lie far outside. `robust` false shows everything; `log` needs positive values and skips the rest.
 */
export function fitRange(
  columns: readonly Float32Array[],
  extremes: readonly Float32Array[],
  { robust, log }: { robust: boolean; log: boolean },
): Fit {
  const all = [...columns, ...extremes];
  let { lo, hi } = extent(all, -Infinity, Infinity, log);
  if (!(lo <= hi)) return log ? { lo: 0.1, hi: 1 } : { lo: 0, hi: 1 };
  const ordinary = robust ? gather(columns, log) : new Float64Array();
  if (ordinary.length >= 20) {
    const q01 = select(ordinary, Math.floor((ordinary.length - 1) * 0.01));
    const q99 = select(ordinary, Math.ceil((ordinary.length - 1) * 0.99));
    const span = q99 - q01;
    if (span > 0) ({ lo, hi } = extent(all, q01 - span, q99 + span, log));
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

/** Least and greatest of the finite values within the bounds, as logarithms where asked; `lo <= hi` where there are any. */
function extent(columns: readonly Float32Array[], least: number, most: number, log: boolean): Fit {
  // Compared as they are: logarithms of all values would take longer than all else.
  const floor = log ? Math.max(10 ** least, Number.MIN_VALUE) : Math.max(least, -Number.MAX_VALUE);
  const ceiling = Math.min(log ? 10 ** most : most, Number.MAX_VALUE);
  let lo = Infinity;
  let hi = -Infinity;
  for (const column of columns)
    for (let i = 0; i < column.length; i++) {
      const value = column[i]!;
      // False for NaN.
      if (value >= floor && value <= ceiling) {
        if (value < lo) lo = value;
        if (value > hi) hi = value;
      }
    }
  return log ? { lo: Math.log10(lo), hi: Math.log10(hi) } : { lo, hi };
}

/** The value that would stand at `k` if the values were sorted; they are moved about. Sorting all takes ten times as long. */
export function select(values: Float64Array, k: number): number {
  let left = 0;
  let right = values.length - 1;
  while (left < right) {
    const pivot = values[(left + right) >> 1]!;
    let i = left;
    let j = right;
    while (i <= j) {
      while (values[i]! < pivot) i++;
      while (values[j]! > pivot) j--;
      if (i > j) break;
      const held = values[i]!;
      values[i++] = values[j]!;
      values[j--] = held;
    }
    if (k <= j) right = j;
    else if (k >= i) left = i;
    else break;
  }
  return values[k]!;
}

/** Finite values of the columns, as logarithms where asked. */
function gather(columns: readonly Float32Array[], log: boolean): Float64Array {
  const values = new Float64Array(columns.reduce((sum, column) => sum + column.length, 0));
  let n = 0;
  for (const column of columns)
    for (let i = 0; i < column.length; i++) {
      const value = column[i]!;
      // False for NaN and both infinities.
      if (value - value === 0 && (!log || value > 0)) values[n++] = log ? Math.log10(value) : value;
    }
  return values.subarray(0, n);
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
