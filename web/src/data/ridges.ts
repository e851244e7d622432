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
}

export function buildRidges(view: HistogramView): Ridges {
  const { edges } = view;
  const nBins = Math.max(0, edges.length - 1);
  const x = Float64Array.from({ length: nBins }, (_, i) => (edges[i]! + edges[i + 1]!) / 2);
  let peak = 0;
  const density = view.steps.map((step) => {
    const row = new Float64Array(nBins);
    for (let i = 0; i < nBins; i++) {
      const width = edges[i + 1]! - edges[i]!;
      const value = step.total > 0 && width > 0 ? (step.counts[i] ?? 0) / step.total / width : 0;
      row[i] = value;
      if (value > peak) peak = value;
    }
    return row;
  });
  return { steps: view.steps.map((step) => step.step), x, lo: edges[0] ?? 0, hi: edges[nBins] ?? 1, density, peak };
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
