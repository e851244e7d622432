/** Two to eight trainings → how their hyperparameters differ, how their curves differ, and from where on. */

import type { TrainingView } from "../api/schema.ts";
import { bridge } from "./bridge.ts";
import { settingText } from "./numbers.ts";

export interface Difference {
  readonly name: string;
  /** One text per training; null where it has none. */
  readonly values: readonly (string | null)[];
}

/** Hyperparameters that are not the same in all trainings, by name, and how many are. */
export function diffHparams(trainings: readonly TrainingView[]): { differing: Difference[]; nSame: number } {
  const names = [...new Set(trainings.flatMap((training) => Object.keys(training.hparams)))].toSorted();
  const all = names.map((name): Difference => ({
    name,
    values: trainings.map((training) => {
      const value = training.hparams[name];
      return value === undefined || value === null ? null : settingText(value);
    }),
  }));
  const differing = all.filter((one) => new Set(one.values).size > 1);
  return { differing, nSame: all.length - differing.length };
}

/** `curve - baseline`, column by column; NaN where either is empty, each bridged straight before. */
export function subtract(curve: Float32Array, baseline: Float32Array): Float32Array {
  const a = bridge(curve);
  const b = bridge(baseline);
  return Float32Array.from(a, (value, i) => value - b[i]!);
}

/** Widths of noise that a difference must leave for good to count. */
const PART_WIDTHS = 3;
/** Columns at the end that must lie outside; fewer could be one wiggle. */
const LEAST_COLUMNS = 5;

/**
 * The first column from which on a difference stays outside of three noise widths on one side; null when it does not part.
 *
 * The noise is estimated from neighbouring columns of the unsmoothed difference: their differences have twice its variance,
 * and the median of their sizes is 0.6745 of its deviation.
 */
export function partsAt(smooth: Float32Array, raw: Float32Array): number | null {
  const steps: number[] = [];
  for (let i = 1; i < raw.length; i++) {
    const size = Math.abs(raw[i]! - raw[i - 1]!);
    if (Number.isFinite(size)) steps.push(size);
  }
  if (steps.length < LEAST_COLUMNS) return null;
  const sorted = steps.toSorted((a, b) => a - b);
  const noise = sorted[sorted.length >> 1]! / 0.6745 / Math.SQRT2;
  let last = smooth.length - 1;
  while (last >= 0 && Number.isNaN(smooth[last])) last--;
  if (last < 0) return null;
  const side = Math.sign(smooth[last]!);
  let first = last + 1;
  while (first > 0 && (Number.isNaN(smooth[first - 1]) || smooth[first - 1]! * side > PART_WIDTHS * noise)) first--;
  while (first <= last && Number.isNaN(smooth[first])) first++;
  return last - first + 1 >= LEAST_COLUMNS ? first : null;
}
