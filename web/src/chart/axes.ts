/** A picture's ranges → grid lines and the numbers beside them, on the screen as in a saved picture. */

import { xLabels, xTicks, yLabels, yTicks } from "./axis-labels.ts";
import type { Picture } from "./chart.ts";
import type { Ink } from "./ink.ts";
import type { Frame } from "./layers.ts";

export const Y_AXIS_PX = 52;
export const X_AXIS_PX = 26;
/** Between the plot and its numbers. */
const GAP_PX = 6;
const FONT_PX = 11;

export function drawAxes(frame: Frame, { x, y, xKind, isLog, language }: Picture, ink: Ink): void {
  const { context: pen, left, top, width, height, ratio } = frame;
  pen.save();
  pen.font = `${FONT_PX * ratio}px ${ink.font}`;
  pen.fillStyle = ink.faint;
  pen.strokeStyle = ink.grid;
  pen.lineWidth = ratio;
  const ys = yTicks(y, height / ratio, isLog);
  const yTexts = yLabels(ys, isLog);
  pen.textAlign = "right";
  pen.textBaseline = "middle";
  pen.beginPath();
  for (const [i, tick] of ys.entries()) {
    const place = frame.toY(tick);
    // On whole pixels a hairline is one row of them.
    const row = Math.round(place - ratio / 2) + ratio / 2;
    pen.moveTo(left, row);
    pen.lineTo(left + width, row);
    pen.fillText(yTexts[i]!, left - GAP_PX * ratio, place);
  }
  pen.stroke();
  const xs = xTicks(xKind, x, width / ratio);
  const xTexts = xLabels(xKind, xs, language);
  pen.textAlign = "center";
  const middle = top + height + (GAP_PX + FONT_PX / 2 + 1) * ratio;
  for (const [i, tick] of xs.entries()) pen.fillText(xTexts[i]!, frame.toX(tick), middle);
  pen.restore();
}
