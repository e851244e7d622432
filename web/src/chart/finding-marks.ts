/** Findings on a chart: bands behind the lines, dotted lines through them, flags above the plot. */

import type { Mark, Tone } from "./chart.ts";
import type { Ink } from "./ink.ts";
import type { Frame } from "./layers.ts";

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

function inkOf(tone: Tone, ink: Ink): string {
  return tone === "error" ? ink.error : tone === "warning" ? ink.warning : ink.info;
}

function softTone(tone: Tone, ink: Ink): string {
  return tone === "error" ? ink.errorSoft : tone === "warning" ? ink.warningSoft : ink.infoSoft;
}
