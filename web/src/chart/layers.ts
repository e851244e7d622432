/**
 * A picture → strokes on a canvas, layer by layer from back to front: grey context, plateau bands, envelopes, raw lines,
 * lines, clipped peaks, crosses of NaN, onsets, line ends. Each layer takes a frame (where a value falls) and draws; none
 * keeps state.
 */

import { lastFilled } from "../data/columns.ts";
import type { Density } from "../data/density.ts";
import { findClipped } from "../data/fit.ts";
import { formatValue } from "../data/numbers.ts";
import type { ContextLine, Line, Mark, Picture, Tone } from "./chart.ts";
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
  const top = Math.max(1, density.nLevels - 1);
  for (let i = 0; i < density.levels.length; i++) {
    image.data[4 * i] = red;
    image.data[4 * i + 1] = green;
    image.data[4 * i + 2] = blue;
    image.data[4 * i + 3] = Math.round(215 * (density.levels[i]! / top) ** 0.8);
  }
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

export function drawBands(frame: Frame, marks: readonly Mark[], ink: Ink): void {
  const { context } = frame;
  for (const mark of marks) {
    if (!mark.interval) continue;
    const left = frame.toX(mark.interval[0]);
    const right = Math.max(frame.toX(mark.interval[1]), left + frame.ratio);
    context.save();
    context.fillStyle = softTone(mark.tone, ink);
    context.globalAlpha = mark.kind === "band" ? 0.55 : 0.8;
    context.fillRect(left, frame.top, right - left, frame.height);
    context.restore();
  }
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

export const FLAG_ROW_PX = 20;
/** Rows of flags above the plot; what finds no room there stands without its words. */
const MOST_FLAG_ROWS = 2;
const FLAG_FONT_PX = 11;

/** A mark with the place of its flag, in CSS pixels from the plot's left edge. */
export interface Flag {
  readonly mark: Mark;
  readonly x: number;
  readonly left: number;
  readonly width: number;
  /** From the top; -1 where there was no room. */
  readonly row: number;
}

/** Places the flags in rows above the plot, so that they cover no curve; those that would overlap move a row down. */
export function placeFlags(
  marks: readonly Mark[],
  toX: (value: number) => number,
  plotWidthPx: number,
  measure: (text: string) => number,
): Flag[] {
  const rows: { left: number; right: number }[][] = [];
  return marks
    .toSorted((a, b) => a.x - b.x)
    .flatMap((mark): Flag[] => {
      const x = toX(mark.x);
      if (x < -1 || x > plotWidthPx + 1) return [];
      const width = measure(mark.flag) + (mark.flag.length > 1 ? 12 : 6);
      const wanted = mark.kind === "band" ? x + 2 : x - width / 2;
      const left = Math.max(0, Math.min(wanted, plotWidthPx - width));
      let row = 0;
      while (rows[row]?.some((other) => left < other.right + 4 && left + width > other.left - 4)) row++;
      if (width > plotWidthPx || row >= MOST_FLAG_ROWS) return [{ mark, x, left, width, row: -1 }];
      (rows[row] ??= []).push({ left, right: left + width });
      return [{ mark, x, left, width, row }];
    });
}

export function flagFont(ink: Ink, ratio = 1): string {
  return `600 ${FLAG_FONT_PX * ratio}px ${ink.font}`;
}

/** Dotted lines through the plot, each up to its flag above it. */
export function drawMarks(frame: Frame, flags: readonly Flag[], nRows: number, ink: Ink): void {
  const { context, ratio } = frame;
  context.save();
  context.font = flagFont(ink, ratio);
  context.textBaseline = "middle";
  const first = frame.top - nRows * FLAG_ROW_PX * ratio;
  for (const { mark, x, left, width, row } of flags) {
    const place = frame.left + x * ratio;
    const top = first + row * FLAG_ROW_PX * ratio;
    const tone = inkOf(mark.tone, ink);
    if (mark.kind !== "band") {
      context.strokeStyle = tone;
      context.lineWidth = 1.5 * ratio;
      context.setLineDash([3 * ratio, 3 * ratio]);
      context.beginPath();
      context.moveTo(place, row < 0 ? frame.top : top + 17 * ratio);
      context.lineTo(place, frame.top + frame.height);
      context.stroke();
      context.setLineDash([]);
    }
    if (row < 0) continue;
    context.fillStyle = softTone(mark.tone, ink);
    context.beginPath();
    context.roundRect(frame.left + left * ratio, top, width * ratio, 17 * ratio, 3 * ratio);
    context.fill();
    context.fillStyle = tone;
    context.textAlign = "center";
    context.fillText(mark.flag, frame.left + (left + width / 2) * ratio, top + 9 * ratio);
  }
  context.restore();
}

/** Names right of the plot at the height where each line ends, moved apart where they would overlap. */
export function drawEndLabels(frame: Frame, picture: Picture, ink: Ink, roomPx: number): void {
  const { context, ratio } = frame;
  context.save();
  context.font = `600 ${11.5 * ratio}px ${ink.font}`;
  context.textBaseline = "middle";
  context.textAlign = "left";
  const labels: { y: number; text: string; colour: string }[] = [];
  for (const line of picture.lines) {
    const end = lastFilled(line.level);
    if (line.endLabel === null || end < 0) continue;
    const y = frame.toY(line.level[end]!);
    labels.push({ y: clamp(y, frame.top, frame.top + frame.height), text: line.endLabel, colour: line.colour });
  }
  spread(labels, 14 * ratio, frame.top + 6 * ratio, frame.top + frame.height - 2 * ratio);
  for (const label of labels) {
    context.fillStyle = label.colour;
    context.fillText(shorten(context, label.text, roomPx * ratio), frame.left + frame.width + 6 * ratio, label.y);
  }
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

/** Moves labels apart to at least `gap`, keeping their order, within [top, bottom]. */
export function spread(labels: { y: number }[], gap: number, top: number, bottom: number): void {
  labels.sort((a, b) => a.y - b.y);
  let least = top;
  for (const label of labels) {
    label.y = Math.max(label.y, least);
    least = label.y + gap;
  }
  let most = bottom;
  for (const label of labels.toReversed()) {
    label.y = Math.min(label.y, most);
    most = label.y - gap;
  }
}

/** A text that fits the room, its middle left out if need be: ends of run names differ more than their middles. */
function shorten(context: CanvasRenderingContext2D, text: string, room: number): string {
  if (context.measureText(text).width <= room) return text;
  const characters = [...text];
  for (let keep = characters.length - 1; keep > 2; keep--) {
    const front = Math.ceil(keep / 2);
    const short = `${characters.slice(0, front).join("")}…${characters.slice(characters.length - (keep - front)).join("")}`;
    if (context.measureText(short).width <= room) return short;
  }
  return "…";
}

function inkOf(tone: Tone, ink: Ink): string {
  return tone === "error" ? ink.error : tone === "warning" ? ink.warning : ink.info;
}

function softTone(tone: Tone, ink: Ink): string {
  return tone === "error" ? ink.errorSoft : tone === "warning" ? ink.warningSoft : ink.infoSoft;
}

function clamp(value: number, lo: number, hi: number): number {
  return Math.min(hi, Math.max(lo, value));
}
