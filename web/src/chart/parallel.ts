/** Trainings as lines across parallel axes, and as points in a matrix of axes, on a canvas. Draws; knows no runs. */

import type { Ink } from "./ink.ts";

export interface ParallelLine {
  /** From 0 (bottom) to 1 on each axis; null where the training has no value. */
  readonly places: readonly (number | null)[];
  readonly colour: string;
  /** Whether it lies within all brushes. */
  readonly isIn: boolean;
  readonly isLit: boolean;
}

export interface ParallelBox {
  readonly leftPx: number;
  readonly topPx: number;
  readonly widthPx: number;
  readonly heightPx: number;
}

export function axisX(box: ParallelBox, index: number, n: number): number {
  return n === 1 ? box.leftPx + box.widthPx / 2 : box.leftPx + (box.widthPx * index) / (n - 1);
}

/** Lines outside of the brushes first and grey, then the others, the highlighted one on top. */
export function drawParallel(
  pen: CanvasRenderingContext2D,
  box: ParallelBox,
  lines: readonly ParallelLine[],
  nAxes: number,
  ink: Ink,
): void {
  const nIn = lines.filter((line) => line.isIn).length;
  const trace = (line: ParallelLine) => {
    pen.beginPath();
    let isDown = false;
    line.places.forEach((place, i) => {
      if (place === null) {
        isDown = false;
        return;
      }
      const x = axisX(box, i, nAxes);
      const y = box.topPx + (1 - place) * box.heightPx;
      if (isDown) pen.lineTo(x, y);
      else pen.moveTo(x, y);
      isDown = true;
    });
    pen.stroke();
  };
  pen.lineWidth = 1;
  pen.strokeStyle = ink.context;
  pen.globalAlpha = 0.3;
  for (const line of lines) if (!line.isIn) trace(line);
  // The more lines, the fainter each, so that density shows.
  pen.globalAlpha = Math.max(0.25, Math.min(0.9, 40 / Math.max(1, nIn)));
  pen.lineWidth = nIn <= 60 ? 1.6 : 1;
  for (const line of lines) {
    if (!line.isIn) continue;
    pen.strokeStyle = line.colour;
    trace(line);
  }
  pen.globalAlpha = 1;
  for (const line of lines) {
    if (!line.isLit) continue;
    pen.lineWidth = 5;
    pen.strokeStyle = ink.panel;
    trace(line);
    pen.lineWidth = 2.5;
    pen.strokeStyle = line.isIn ? line.colour : ink.text;
    trace(line);
  }
}

/** Index of the line nearest to a point, within `reachPx`; -1 when none is. */
export function pickLine(
  box: ParallelBox,
  lines: readonly ParallelLine[],
  nAxes: number,
  x: number,
  y: number,
  reachPx = 8,
): number {
  if (nAxes < 2) return -1;
  const step = box.widthPx / (nAxes - 1);
  const k = Math.max(0, Math.min(nAxes - 2, Math.floor((x - box.leftPx) / step)));
  const share = (x - axisX(box, k, nAxes)) / step;
  let best = -1;
  let least = reachPx;
  lines.forEach((line, i) => {
    const a = line.places[k];
    const b = line.places[k + 1];
    if (!line.isIn || a === null || b === null || a === undefined || b === undefined) return;
    const away = Math.abs(box.topPx + (1 - (a + share * (b - a))) * box.heightPx - y);
    if (away < least) [best, least] = [i, away];
  });
  return best;
}

/** A sequential scale that keeps its order for colour-blind eyes and in grey; `place` from 0 to 1. */
export function sequential(place: number, isDark: boolean): string {
  // Corners of viridis, cut where they would vanish on the panel.
  const corners = isDark
    ? [
        [72, 108, 196],
        [38, 152, 150],
        [110, 205, 88],
        [253, 231, 37],
      ]
    : [
        [68, 1, 84],
        [49, 104, 142],
        [38, 140, 110],
        [160, 150, 20],
      ];
  const at = Math.max(0, Math.min(1, place)) * (corners.length - 1);
  const i = Math.min(corners.length - 2, Math.floor(at));
  const mix = corners[i]!.map((value, k) => Math.round(value + (at - i) * (corners[i + 1]![k]! - value)));
  return `rgb(${mix.join(" ")})`;
}
