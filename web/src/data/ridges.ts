/**
 * A histogram series → shapes to draw: densities on the common bins, and the bands between percentiles.
 *
 * Counts become densities (count / bin width / total), so that steps with more values are not taller and bins of unequal
 * width are not distorted.
 */

import type { HistogramView } from "../api/schema.ts";
import { parseNumber } from "./numbers.ts";

export interface Ridges {
  readonly steps: readonly number[];
  /** Middles of the bins. */
  readonly x: Float64Array;
  readonly lo: number;
  readonly hi: number;
  /** One row per step, each of the length of `x`, in units of 1 / value. */
  readonly density: readonly Float64Array[];
  /** The highest density of all steps. */
  readonly peak: number;
  /** The highest density of each step. */
  readonly peaks: readonly number[];
}

/** How much of the difference between two steps' peaks is kept: all of it would flatten the others below a spike. */
const KEPT = 0.4;

/**
 * Share of the room that the peak of each ridge takes. A step whose values have drawn together is a hundred times as high
 * as the others: heights are compared within a ridge, and only roughly between ridges.
 */
export function ridgeShares(ridges: Ridges): number[] {
  return ridges.peaks.map((peak) => (peak > 0 ? (peak / ridges.peak) ** KEPT : 0));
}

export function buildRidges(view: HistogramView): Ridges {
  const { edges } = view;
  const nBins = Math.max(0, edges.length - 1);
  const x = Float64Array.from({ length: nBins }, (_, i) => (edges[i]! + edges[i + 1]!) / 2);
  const peaks: number[] = [];
  const density = view.steps.map((step) => {
    const row = new Float64Array(nBins);
    let peak = 0;
    for (let i = 0; i < nBins; i++) {
      const width = edges[i + 1]! - edges[i]!;
      const value = step.total > 0 && width > 0 ? (step.counts[i] ?? 0) / step.total / width : 0;
      row[i] = value;
      if (value > peak) peak = value;
    }
    peaks.push(peak);
    return row;
  });
  const peak = peaks.reduce((highest, one) => Math.max(highest, one), 0);
  return {
    steps: view.steps.map((step) => step.step),
    x,
    lo: edges[0] ?? 0,
    hi: edges[nBins] ?? 1,
    density,
    peak,
    peaks,
  };
}

/** The band between two percentiles over the steps. */
export interface Band {
  /** In basis points: 10,000 is 100 %. */
  readonly from: number;
  readonly to: number;
  readonly lower: readonly number[];
  readonly upper: readonly number[];
}

/** Bands from the outermost pair of percentiles inwards, and the median; values that are not finite stay NaN. */
export function buildBands(view: HistogramView): {
  steps: number[];
  bands: Band[];
  median: number[];
  lo: number;
  hi: number;
} {
  const points = view.basis_points;
  const at = (k: number) => view.steps.map((step) => parseNumber(step.percentiles[k] ?? NaN));
  const bands: Band[] = [];
  for (let i = 0, j = points.length - 1; i < j; i++, j--)
    bands.push({ from: points[i]!, to: points[j]!, lower: at(i), upper: at(j) });
  const finite = bands.flatMap((band) => [...band.lower, ...band.upper]).filter(Number.isFinite);
  const lo = finite.length ? Math.min(...finite) : 0;
  const hi = finite.length ? Math.max(...finite) : 1;
  return {
    steps: view.steps.map((step) => step.step),
    bands,
    median: at(points.indexOf(5000)),
    lo: lo === hi ? lo - 0.5 : lo,
    hi: lo === hi ? hi + 0.5 : hi,
  };
}
