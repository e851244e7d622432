/**
 * Ridges or bands → strokes on a canvas. Oldest step at the back and palest, newest in front; the step under the pointer or
 * the slider is drawn once more on top. Axes stand on the same grid as those of the line charts.
 */

import { formatStepShort, formatTicks, formatValue } from "../data/numbers.ts";
import { ridgeShares, type Band, type Ridges } from "../data/ridges.ts";
import { linearTicks } from "../data/ticks.ts";
import type { Ink } from "./ink.ts";

const LEFT_PX = 56;
const RIGHT_PX = 60;
const TOP_PX = 12;
const BOTTOM_PX = 28;

export interface Box {
  readonly widthPx: number;
  readonly heightPx: number;
  readonly ratio: number;
}

export type RidgeMode = "offset" | "overlay";

/** Sizes the canvas and returns its pen in CSS pixels, cleared. */
export function prepare(canvas: HTMLCanvasElement, box: Box): CanvasRenderingContext2D {
  canvas.width = Math.round(box.widthPx * box.ratio);
  canvas.height = Math.round(box.heightPx * box.ratio);
  canvas.style.width = `${box.widthPx}px`;
  canvas.style.height = `${box.heightPx}px`;
  const pen = canvas.getContext("2d")!;
  pen.setTransform(box.ratio, 0, 0, box.ratio, 0, 0);
  pen.clearRect(0, 0, box.widthPx, box.heightPx);
  return pen;
}

/** Share of the height that one ridge may rise in offset mode. */
const RISE = 0.3;

export function drawRidges(
  pen: CanvasRenderingContext2D,
  box: Box,
  ridges: Ridges,
  mode: RidgeMode,
  chosen: number,
  colour: string,
  ink: Ink,
): void {
  const plot = plotOf(box);
  const toX = (value: number) => plot.left + ((value - ridges.lo) / (ridges.hi - ridges.lo || 1)) * plot.width;
  const n = ridges.steps.length;
  const rise = mode === "offset" ? plot.height * RISE : plot.height * 0.96;
  const baseOf = (i: number) =>
    mode === "offset" && n > 1 ? plot.top + rise + ((plot.height - rise) * i) / (n - 1) : plot.top + plot.height;
  drawXAxis(pen, plot, linearTicks(ridges.lo, ridges.hi, plot.width / 90), toX, ink, formatTicks);
  const shares = ridgeShares(ridges);
  const trace = (i: number) => {
    const base = baseOf(i);
    const height = ridges.peaks[i]! > 0 ? (shares[i]! * rise) / ridges.peaks[i]! : 0;
    pen.beginPath();
    pen.moveTo(plot.left, base);
    ridges.x.forEach((x, k) => pen.lineTo(toX(x), base - ridges.density[i]![k]! * height));
    pen.lineTo(plot.left + plot.width, base);
  };
  for (let i = 0; i < n; i++) {
    // The newest is the deepest in colour: the eye follows where the weights went.
    const age = n > 1 ? i / (n - 1) : 1;
    trace(i);
    if (mode === "offset") {
      pen.fillStyle = ink.panel;
      pen.globalAlpha = 0.86;
      pen.fill();
      pen.fillStyle = colour;
      pen.globalAlpha = 0.1 + 0.4 * age;
      pen.fill();
    }
    pen.strokeStyle = mode === "offset" ? ink.panel : colour;
    pen.globalAlpha = mode === "offset" ? 1 : 0.12 + 0.5 * age;
    pen.lineWidth = 1;
    pen.stroke();
    if (mode === "offset") {
      pen.strokeStyle = colour;
      pen.globalAlpha = 0.35 + 0.5 * age;
      pen.stroke();
    }
  }
  pen.globalAlpha = 1;
  if (chosen >= 0 && chosen < n) {
    trace(chosen);
    pen.strokeStyle = ink.text;
    pen.lineWidth = 2;
    pen.stroke();
  }
  if (mode === "offset") {
    pen.textAlign = "left";
    pen.textBaseline = "middle";
    pen.fillStyle = ink.faint;
    let before = -Infinity;
    const last = baseOf(n - 1);
    for (let i = 0; i < n; i++) {
      const y = baseOf(i);
      if (i !== n - 1 && (y - before < 18 || last - y < 14)) continue;
      before = y;
      pen.fillText(formatStepShort(ridges.steps[i]!), plot.left + plot.width + 8, y - 4);
    }
  }
}

export function drawBands(
  pen: CanvasRenderingContext2D,
  box: Box,
  shape: { steps: readonly number[]; bands: readonly Band[]; median: readonly number[]; lo: number; hi: number },
  chosen: number,
  colour: string,
  ink: Ink,
): void {
  const plot = plotOf(box);
  const { steps } = shape;
  const first = steps[0] ?? 0;
  const last = steps[steps.length - 1] ?? 1;
  const air = (shape.hi - shape.lo) * 0.04;
  const lo = shape.lo - air;
  const hi = shape.hi + air;
  const toX = (step: number) => plot.left + (last === first ? 0.5 : (step - first) / (last - first)) * plot.width;
  const toY = (value: number) => plot.top + plot.height - ((value - lo) / (hi - lo)) * plot.height;
  const ticks = linearTicks(lo, hi, plot.height / 44);
  pen.textBaseline = "middle";
  pen.textAlign = "right";
  formatTicks(ticks).forEach((text, i) => {
    const y = Math.round(toY(ticks[i]!)) + 0.5;
    pen.strokeStyle = ink.grid;
    pen.beginPath();
    pen.moveTo(plot.left, y);
    pen.lineTo(plot.left + plot.width, y);
    pen.stroke();
    pen.fillStyle = ink.faint;
    pen.fillText(text, plot.left - 8, y);
  });
  drawXAxis(pen, plot, linearTicks(first, last, plot.width / 80), toX, ink, (all) => all.map(formatStepShort));
  pen.fillStyle = colour;
  for (const band of shape.bands) {
    pen.globalAlpha = 0.2;
    pen.beginPath();
    steps.forEach((step, i) => pen.lineTo(toX(step), toY(band.upper[i]!)));
    for (let i = steps.length - 1; i >= 0; i--) pen.lineTo(toX(steps[i]!), toY(band.lower[i]!));
    pen.fill();
  }
  pen.globalAlpha = 1;
  pen.strokeStyle = colour;
  pen.lineWidth = 2;
  pen.beginPath();
  steps.forEach((step, i) => pen.lineTo(toX(step), toY(shape.median[i]!)));
  pen.stroke();
  const at = steps[chosen];
  if (at !== undefined) {
    pen.strokeStyle = ink.faint;
    pen.lineWidth = 1;
    pen.beginPath();
    pen.moveTo(Math.round(toX(at)) + 0.5, plot.top);
    pen.lineTo(Math.round(toX(at)) + 0.5, plot.top + plot.height);
    pen.stroke();
  }
  pen.textAlign = "left";
  pen.fillStyle = ink.faint;
  const end = steps.length - 1;
  if (end >= 0 && Number.isFinite(shape.median[end]))
    pen.fillText(formatValue(shape.median[end]), plot.left + plot.width + 6, toY(shape.median[end]!));
}

/** The index of the step nearest to a place on the canvas. */
export function stepAt(
  box: Box,
  steps: readonly number[],
  mode: RidgeMode | "bands",
  leftPx: number,
  topPx: number,
): number {
  const plot = plotOf(box);
  const n = steps.length;
  if (n <= 1) return n - 1;
  if (mode === "bands") {
    const step = steps[0]! + ((leftPx - plot.left) / plot.width) * (steps[n - 1]! - steps[0]!);
    return steps.reduce((best, one, i) => (Math.abs(one - step) < Math.abs(steps[best]! - step) ? i : best), 0);
  }
  const rise = plot.height * RISE;
  const share = mode === "offset" ? (topPx - plot.top - rise) / (plot.height - rise) : (topPx - plot.top) / plot.height;
  return Math.max(0, Math.min(n - 1, Math.round(share * (n - 1))));
}

interface Plot {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
}

function plotOf(box: Box): Plot {
  return {
    left: LEFT_PX,
    top: TOP_PX,
    width: Math.max(10, box.widthPx - LEFT_PX - RIGHT_PX),
    height: Math.max(10, box.heightPx - TOP_PX - BOTTOM_PX),
  };
}

function drawXAxis(
  pen: CanvasRenderingContext2D,
  plot: Plot,
  ticks: number[],
  toX: (value: number) => number,
  ink: Ink,
  format: (ticks: number[]) => string[],
): void {
  pen.font = `11px ${ink.font}`;
  pen.lineWidth = 1;
  pen.textAlign = "center";
  pen.textBaseline = "top";
  format(ticks).forEach((text, i) => {
    const x = Math.round(toX(ticks[i]!)) + 0.5;
    pen.strokeStyle = ink.grid;
    pen.beginPath();
    pen.moveTo(x, plot.top);
    pen.lineTo(x, plot.top + plot.height);
    pen.stroke();
    pen.fillStyle = ink.faint;
    pen.fillText(text, x, plot.top + plot.height + 8);
  });
  pen.textBaseline = "middle";
}
