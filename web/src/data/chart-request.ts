/** Lines and a range → the question to api/curves, the same from wherever it is asked. */

import type { CurvesRequest } from "../api/schema.ts";
import type { Place } from "./address.ts";
import type { HalfSeries } from "./metric.ts";

/** Room of the y-axis, and of the names at the ends of lines. */
const AXIS_PX = 70;
const LABELS_PX = 80;
const LEAST = 40;
const MOST = 2000;
/** So that a scroll bar coming or going does not ask anew. */
const STEP = 20;

/** How many columns are worth asking for: of a plot, or of a chart that is not there yet. */
export function columnsOf(
  plot: { readonly plotWidthPx: number } | { readonly chartWidthPx: number; readonly hasLabels: boolean },
): number {
  const px = "plotWidthPx" in plot ? plot.plotWidthPx : plot.chartWidthPx - AXIS_PX - (plot.hasLabels ? LABELS_PX : 0);
  return Math.max(LEAST, Math.min(MOST, Math.round(px / STEP) * STEP));
}

export function linesRequest(
  lines: readonly HalfSeries[],
  px: number,
  { xAxis, smoothing }: Pick<Place, "xAxis" | "smoothing">,
  x: readonly [number, number] | null,
): CurvesRequest {
  return {
    series: lines.map((one) => one.ref),
    px,
    x_axis: xAxis,
    lo: x?.[0] ?? null,
    hi: x?.[1] ?? null,
    smoothing,
  };
}
