/**
 * A picture → strokes on a canvas, layer by layer from back to front: grey context, envelopes, raw lines, lines, clipped
 * peaks, crosses of NaN, the crosshair. Each layer takes a frame (where a value falls) and draws; none
 * keeps state.
 */

import type { Density } from "../data/density.ts";
import { findClipped } from "../data/fit.ts";
import { formatValue } from "../data/numbers.ts";
import type { ContextLine, Line, Picture } from "./chart.ts";
import type { Ink } from "./ink.ts";

/** The plot in canvas pixels, and how values become places. */
export interface Frame {
  readonly context: CanvasRenderingContext2D;
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
  /** Canvas pixels per CSS pixel. */
  readonly ratio: number;
  readonly toX: (value: number) => number;
  readonly toY: (value: number) => number;
  /** A path that `context` can stroke. */
  readonly makePath: () => Path2D;
}

export function drawContext(frame: Frame, grid: Float64Array, lines: readonly ContextLine[], ink: Ink): void {
  const { context } = frame;
  context.save();
  context.strokeStyle = ink.context;
  context.lineWidth = frame.ratio;
  // Forty overlapping greys must not become black: the more lines, the fainter each.
  context.globalAlpha = Math.max(0.35, Math.min(0.8, 8 / Math.max(1, lines.length)));
  for (const line of lines) {
    context.beginPath();
    traceLine(frame, context, grid, line.level, []);
    context.stroke();
  }
  context.restore();
}

/** Hundreds of curves as one grey picture, in the grid of the density. */
export function paintDensity(density: Density, ink: Ink): OffscreenCanvas {
  const bitmap = new OffscreenCanvas(density.width, density.height);
  const pen = bitmap.getContext("2d", { willReadFrequently: true })!;
  pen.fillStyle = ink.context;
  pen.fillRect(0, 0, 1, 1);
  const [red = 0, green = 0, blue = 0] = pen.getImageData(0, 0, 1, 1).data;
  const image = pen.createImageData(density.width, density.height);
  // Of each level once: a power for every pixel takes longer than all lines of the chart.
  const top = Math.max(1, density.nLevels - 1);
  const shades = Uint32Array.from({ length: top + 1 }, (_, level) => {
    const alpha = Math.round(215 * (level / top) ** 0.8);
    return ((alpha << 24) | (blue << 16) | (green << 8) | red) >>> 0;
  });
  const pixels = new Uint32Array(image.data.buffer);
  for (let i = 0; i < pixels.length; i++) pixels[i] = shades[density.levels[i]!]!;
  pen.putImageData(image, 0, 0);
  return bitmap;
}

/** The grey picture, scaled to where it belongs in the present range. */
export function drawDensity(frame: Frame, density: Density, bitmap: OffscreenCanvas): void {
  const left = frame.toX(density.lo);
  const upper = frame.toY(density.yHi);
  frame.context.save();
  frame.context.imageSmoothingEnabled = true;
  frame.context.drawImage(bitmap, left, upper, frame.toX(density.hi) - left, frame.toY(density.yLo) - upper);
  frame.context.restore();
}

/** An envelope lower than this cannot be seen beside its line. */
const LEAST_ENVELOPE_PX = 0.75;
/** A column no wider than this is one upright hairline. */
const HAIR_COLUMN_PX = 1.3;

/** The faint area between the least and the greatest value of each column. */
export function drawEnvelope(frame: Frame, grid: Float64Array, line: Line): void {
  const { context } = frame;
  const { minimum, maximum } = line;
  if (line.widthPx === 1) return;
  const isThick = (line.widthPx ?? 0) > LINE_PX;
  if (!isThick && grid.length > 1 && frame.toX(grid[1]!) - frame.toX(grid[0]!) <= HAIR_COLUMN_PX) {
    drawHairs(frame, grid, line);
    return;
  }
  context.save();
  context.fillStyle = line.colour;
  context.globalAlpha = 0.15;
  context.beginPath();
  let start = -1;
  const close = (end: number) => {
    for (let i = start; i < end; i++) context.lineTo(frame.toX(grid[i]!), frame.toY(maximum[i]!));
    for (let i = end - 1; i >= start; i--) context.lineTo(frame.toX(grid[i]!), frame.toY(minimum[i]!));
    context.closePath();
  };
  for (let i = 0; i <= grid.length; i++) {
    const isFilled = i < grid.length && maximum[i]! >= minimum[i]!;
    if (isFilled && start < 0) {
      start = i;
      context.moveTo(frame.toX(grid[i]!), frame.toY(minimum[i]!));
    }
    if (!isFilled && start >= 0) {
      if (i - start > 1) close(i);
      start = -1;
    }
  }
  context.fill();
  context.restore();
}

/** The same as one hairline a column: a polygon of so many corners takes seven times as long where there is no GPU. */
function drawHairs(frame: Frame, grid: Float64Array, line: Line): void {
  const { context } = frame;
  context.save();
  context.strokeStyle = line.colour;
  context.globalAlpha = 0.15;
  context.lineWidth = 1;
  context.beginPath();
  for (let i = 0; i < grid.length; i++) {
    const top = frame.toY(line.maximum[i]!);
    const bottom = frame.toY(line.minimum[i]!);
    // False for an empty column, whose ends are NaN.
    if (!(bottom - top >= LEAST_ENVELOPE_PX)) continue;
    const x = Math.floor(frame.toX(grid[i]!)) + 0.5;
    context.moveTo(x, clamp(top, -20_000, 20_000));
    context.lineTo(x, clamp(bottom, -20_000, 20_000));
  }
  context.stroke();
  context.restore();
}

/** What a restart wrote over: dotted and faint, so that it is seen and not taken for the curve. */
export function drawAbandoned(frame: Frame, grid: Float64Array, line: Line): void {
  const { abandoned } = line.columns;
  if (!abandoned) return;
  const { context, ratio } = frame;
  context.save();
  context.strokeStyle = line.colour;
  context.globalAlpha = 0.8;
  context.lineWidth = ratio;
  context.setLineDash([1.5 * ratio, 3 * ratio]);
  context.beginPath();
  traceLine(frame, context, grid, abandoned, []);
  context.stroke();
  context.restore();
}

/** The unsmoothed mean: thin, so that smoothing never hides what was logged. */
export function drawRaw(frame: Frame, grid: Float64Array, line: Line): void {
  if (!line.raw) return;
  const { context } = frame;
  context.save();
  context.strokeStyle = line.colour;
  context.globalAlpha = 0.32;
  context.lineWidth = frame.ratio;
  context.beginPath();
  traceLine(frame, context, grid, line.raw, line.nonfiniteX);
  context.stroke();
  context.restore();
}

/** Shifts of three hairlines that together are as wide as one line of 1.75 px, whichever way it runs. */
const HAIR_SHIFTS = [
  [0, -0.42],
  [-0.38, 0.22],
  [0.38, 0.22],
] as const;
const LINE_PX = 1.75;

/**
 * The line itself. Where there is no GPU, joining and filling a stroke of 600 corners takes ten times as long as hairlines
 * do; lines of the usual width are therefore three hairlines.
 */
export function drawLine(frame: Frame, grid: Float64Array, line: Line, widthPx = line.widthPx ?? LINE_PX): void {
  const { context, ratio } = frame;
  context.save();
  context.strokeStyle = line.colour;
  if (line.isDashed) context.setLineDash([5 * ratio, 3 * ratio]);
  const path = frame.makePath();
  const only = traceLine(frame, path, grid, line.level, line.nonfiniteX);
  if (ratio === 1 && widthPx === LINE_PX && path instanceof Path2D) {
    context.lineWidth = 1;
    for (const [x, y] of HAIR_SHIFTS) {
      context.translate(x, y);
      context.stroke(path);
      context.translate(-x, -y);
    }
  } else {
    context.lineWidth = widthPx * ratio;
    context.lineJoin = "round";
    context.stroke(path);
  }
  if (only) {
    // A line of one point has no length: a dot stands for it.
    context.fillStyle = line.colour;
    context.beginPath();
    context.arc(only.x, only.y, 3 * ratio, 0, 2 * Math.PI);
    context.fill();
  }
  context.restore();
}

/** Triangles at the edge where peaks were cut off, with how many and how far. */
export function drawClipped(frame: Frame, picture: Picture, line: Line, ink: Ink): void {
  const { context, ratio } = frame;
  for (const peak of findClipped(picture.grid, line.minimum, line.maximum, picture.y)) {
    const x = frame.toX(peak.x);
    if (x < frame.left || x > frame.left + frame.width) continue;
    const isTop = peak.edge === "top";
    const tip = isTop ? frame.top + ratio : frame.top + frame.height - ratio;
    const base = tip + (isTop ? 7 : -7) * ratio;
    context.save();
    context.fillStyle = line.colour;
    context.beginPath();
    context.moveTo(x, tip);
    context.lineTo(x - 4.5 * ratio, base);
    context.lineTo(x + 4.5 * ratio, base);
    context.fill();
    context.font = `${10 * ratio}px ${ink.font}`;
    context.textBaseline = "middle";
    const text = peak.count > 1 ? `${peak.count}× ${formatValue(peak.value)}` : formatValue(peak.value);
    const isRight = x + 60 * ratio > frame.left + frame.width;
    context.textAlign = isRight ? "right" : "left";
    context.fillText(text, x + (isRight ? -7 : 7) * ratio, (tip + base) / 2);
    context.restore();
  }
}

/** Crosses on the x-axis where NaN or an infinity was logged. */
export function drawNonfinite(frame: Frame, line: Line, ink: Ink): void {
  if (line.nonfiniteX.length === 0) return;
  const { context, ratio } = frame;
  const y = frame.top + frame.height - 5 * ratio;
  const arm = 3.5 * ratio;
  context.save();
  context.strokeStyle = ink.error;
  context.lineWidth = 1.75 * ratio;
  context.beginPath();
  let before = -Infinity;
  for (const value of line.nonfiniteX) {
    const x = frame.toX(value);
    if (x < frame.left - 1 || x > frame.left + frame.width + 1 || x - before < 3 * ratio) continue;
    before = x;
    context.moveTo(x - arm, y - arm);
    context.lineTo(x + arm, y + arm);
    context.moveTo(x - arm, y + arm);
    context.lineTo(x + arm, y - arm);
  }
  context.stroke();
  context.restore();
}

/** A vertical hair and a dot on each line at the crosshair. */
export function drawCrosshair(frame: Frame, x: number, dots: readonly { y: number; colour: string }[], ink: Ink): void {
  const { context, ratio } = frame;
  const place = frame.toX(x);
  if (place < frame.left || place > frame.left + frame.width) return;
  context.save();
  context.strokeStyle = ink.faint;
  context.lineWidth = ratio;
  context.beginPath();
  context.moveTo(Math.round(place) + 0.5, frame.top);
  context.lineTo(Math.round(place) + 0.5, frame.top + frame.height);
  context.stroke();
  for (const dot of dots) {
    const y = frame.toY(dot.y);
    if (y < frame.top || y > frame.top + frame.height) continue;
    context.beginPath();
    context.arc(place, y, 3.5 * ratio, 0, 2 * Math.PI);
    context.fillStyle = dot.colour;
    context.strokeStyle = ink.panel;
    context.lineWidth = 1.5 * ratio;
    context.fill();
    context.stroke();
  }
  context.restore();
}

/** Limits drawing to the plot while `draw` runs. */
export function clipped(frame: Frame, draw: () => void): void {
  frame.context.save();
  frame.context.beginPath();
  frame.context.rect(frame.left, frame.top, frame.width, frame.height);
  frame.context.clip();
  draw();
  frame.context.restore();
}

/**
 * Adds a line to a path: empty columns are bridged, a logged NaN breaks it. Returns the point when there is
 * only one.
 */
function traceLine(
  frame: Frame,
  path: CanvasPath,
  grid: Float64Array,
  level: Float32Array,
  breaks: readonly number[],
): { x: number; y: number } | null {
  const { toX, toY } = frame;
  let isDown = false;
  let nextBreak = 0;
  let count = 0;
  let lastX = 0;
  let lastY = 0;
  for (let i = 0; i < grid.length; i++) {
    const value = level[i]!;
    if (Number.isNaN(value)) continue;
    const at = grid[i]!;
    while (nextBreak < breaks.length && breaks[nextBreak]! < at) {
      nextBreak++;
      isDown = false;
    }
    lastX = toX(at);
    // A canvas loses paths that run millions of pixels off; the plot's own clipping hides the difference.
    lastY = clamp(toY(value), -20_000, 20_000);
    if (isDown) path.lineTo(lastX, lastY);
    else path.moveTo(lastX, lastY);
    isDown = true;
    count++;
  }
  return count === 1 ? { x: lastX, y: lastY } : null;
}

function clamp(value: number, lo: number, hi: number): number {
  return Math.min(hi, Math.max(lo, value));
}
