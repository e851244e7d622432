/** The counts of a precision-recall curve → the receiver operating characteristic: true against false positive rate. */

import type { PrCurveStep } from "../api/schema.ts";
import { parseNumber } from "./numbers.ts";

export interface RocPoint {
  /** Share of the negatives that are taken for positives. */
  readonly falseRate: number;
  /** Share of the positives that are found. */
  readonly trueRate: number;
}

/** One point for each threshold, ascending; null where there are no negatives or no positives at all. */
export function rocPoints(step: PrCurveStep): (RocPoint | null)[] {
  return step.true_positives.map((_, i) => {
    const [found, wrong, passed, missed] = [
      step.true_positives,
      step.false_positives,
      step.true_negatives,
      step.false_negatives,
    ].map((column) => parseNumber(column[i] ?? NaN));
    const falseRate = wrong! / (wrong! + passed!);
    const trueRate = found! / (found! + missed!);
    return Number.isFinite(falseRate) && Number.isFinite(trueRate) ? { falseRate, trueRate } : null;
  });
}

/** Area below the curve by straight lines, from (0, 0) to (1, 1); NaN without a point. */
export function rocArea(points: readonly (RocPoint | null)[]): number {
  const known = points.filter((point) => point !== null);
  if (known.length === 0) return NaN;
  const path = [{ falseRate: 0, trueRate: 0 }, ...known, { falseRate: 1, trueRate: 1 }].toSorted(
    (a, b) => a.falseRate - b.falseRate || a.trueRate - b.trueRate,
  );
  return path.reduce((area, point, i) => {
    const before = path[i - 1] ?? point;
    return area + ((point.falseRate - before.falseRate) * (point.trueRate + before.trueRate)) / 2;
  }, 0);
}
