/** Forecasts → strokes on a canvas: a band, and long dashes along its median from where the line ends. */

import type { ForecastLine } from "../data/forecast.ts";
import type { Overlay } from "./chart.ts";
import type { Frame } from "./layers.ts";

const BAND_ALPHA = 0.16;
const MEDIAN_PX = 1.5;
/** Longer than the dashes of a validation line, so that neither is taken for the other. */
const DASHES_PX = [9, 5] as const;
const FARTHEST_PX = 20_000;

export function makeForecastOverlay(lines: readonly ForecastLine[]): Overlay {
  return {
    drawBehind: (frame) => lines.forEach((line) => drawBand(frame, line)),
    drawFront: (frame) => lines.forEach((line) => drawMedian(frame, line)),
  };
}

function drawBand(frame: Frame, line: ForecastLine): void {
  const { context } = frame;
  const n = line.x.length;
  if (n === 0) return;
  const place = (column: Float64Array, i: number) => clamp(frame.toY(column[i]!));
  // A path of one step has no width; it is as wide as a hair.
  const right = (i: number) => frame.toX(line.x[i]!) + (n === 1 ? 1.5 * frame.ratio : 0);
  context.save();
  context.fillStyle = line.colour;
  context.globalAlpha = BAND_ALPHA;
  context.beginPath();
  context.moveTo(frame.toX(line.x[0]!), place(line.upper, 0));
  for (let i = 0; i < n; i++) context.lineTo(right(i), place(line.upper, i));
  for (let i = n - 1; i >= 0; i--) context.lineTo(right(i), place(line.lower, i));
  context.lineTo(frame.toX(line.x[0]!), place(line.lower, 0));
  context.closePath();
  context.fill();
  context.restore();
}

function drawMedian(frame: Frame, line: ForecastLine): void {
  const { context, ratio } = frame;
  context.save();
  context.strokeStyle = line.colour;
  context.lineWidth = MEDIAN_PX * ratio;
  context.lineJoin = "round";
  context.setLineDash(DASHES_PX.map((length) => length * ratio));
  context.beginPath();
  if (line.from) context.moveTo(frame.toX(line.from.x), clamp(frame.toY(line.from.y)));
  for (let i = 0; i < line.x.length; i++) {
    const x = frame.toX(line.x[i]!);
    const y = clamp(frame.toY(line.median[i]!));
    if (i === 0 && !line.from) context.moveTo(x, y);
    else context.lineTo(x, y);
  }
  context.stroke();
  context.restore();
}

/** A canvas loses paths that run millions of pixels off. */
function clamp(y: number): number {
  return Math.min(FARTHEST_PX, Math.max(-FARTHEST_PX, y));
}
