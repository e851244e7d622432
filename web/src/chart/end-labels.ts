/** Names right of the plot, each at the height where its line ends. */

import { lastFilled } from "../data/columns.ts";
import type { Picture } from "./chart.ts";
import type { Ink } from "./ink.ts";
import type { Frame } from "./layers.ts";

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

function clamp(value: number, lo: number, hi: number): number {
  return Math.min(hi, Math.max(lo, value));
}
