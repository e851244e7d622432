/**
 * The landing view's first chart asks while the page around it is still being made: its question is known as soon as the
 * overview is, its width nearly so. The chart takes the answer when it would ask the same.
 */

import { readCurves, readCurvesAtOnce } from "../api/client.ts";
import { report } from "../api/report.ts";
import type { CurvesRequest } from "../api/schema.ts";
import { columnsOf, linesRequest } from "../data/chart-request.ts";
import type { Curves } from "../data/columns.ts";
import { MetricSeries } from "./metric-series.svelte.ts";
import { place } from "./place.svelte.ts";
import { server } from "./server.svelte.ts";

/** An answer of about as many columns as the chart turns out to have looks the same. */
const NEAR_COLUMNS = 40;

let asked: { readonly key: string; readonly px: number; readonly answer: Promise<Curves> } | null = null;

/**
 * Sends the question; call it once, when the overview has come and before anything shows it. `pageWidthPx` was measured
 * before there was anything to lay out.
 */
export function askAhead(pageWidthPx: number): void {
  const metrics = server.overview?.shown_metrics ?? [];
  const [metric] = metrics;
  if (report || metric === undefined || place.now.view !== "overview") return;
  const series = new MetricSeries(() => metric);
  if (series.isGrouped || series.lines.length === 0) return;
  const px = columnsOf({ chartWidthPx: guessWidth(pageWidthPx, metrics.length), hasLabels: true });
  const request = linesRequest(series.lines, px, place.now, place.now.x);
  const answer = readCurvesAtOnce(request);
  // Who takes it hears of its failure; where nobody does, the chart's own question tells.
  answer.catch(() => undefined);
  asked = { key: keyOf(request), px, answer };
}

/** Curves as `readCurves` gives them, from what was asked ahead where that is the same. */
export function readCurvesAhead(request: CurvesRequest, signal: AbortSignal): Promise<Curves> {
  const ahead = asked;
  asked = null;
  if (ahead && ahead.key === keyOf(request) && Math.abs(ahead.px - request.px) <= NEAR_COLUMNS) return ahead.answer;
  return readCurves(request, signal);
}

/** Inner width of the large chart, as App.svelte, Overview.svelte and ChartFrame.svelte lay it out. */
function guessWidth(pageWidthPx: number, nMetrics: number): number {
  const inner = Math.min(1800, pageWidthPx) - 2 * (pageWidthPx <= 700 ? 12 : 18);
  const column = pageWidthPx < 900 || nMetrics === 1 ? inner : ((inner - 10) * 1.45) / 2.45;
  return column - 6;
}

function keyOf(request: CurvesRequest): string {
  return JSON.stringify({ ...request, px: 0 });
}
