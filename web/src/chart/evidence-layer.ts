/** What a rule measured → strokes on its curve, each with the letter that the legend names it by. */

import { letterOf, type Shape } from "../data/evidence-shapes.ts";
import type { Overlay, Tone } from "./chart.ts";
import type { Ink } from "./ink.ts";
import type { Frame } from "./layers.ts";

const BADGE_PX = 8;
/** Badges nearer than this would cover each other. */
const BADGE_GAP_PX = 18;
const MOST_MOVES = 8;

export function makeEvidenceOverlay(shapes: readonly Shape[], tone: Tone): Overlay {
  return {
    drawBehind: (frame, ink) => shapes.forEach((shape) => drawArea(frame, ink, shape, tone)),
    drawFront: (frame, ink) => {
      for (const shape of shapes) drawStroke(frame, ink, shape, tone);
      drawBadges(frame, ink, shapes);
    },
  };
}

function drawArea(frame: Frame, ink: Ink, shape: Shape, tone: Tone): void {
  const { context, ratio } = frame;
  const left = frame.toX(shape.from);
  const width = Math.max(frame.toX(shape.to) - left, 2 * ratio);
  context.save();
  if (shape.kind === "onset") {
    context.fillStyle = softOf(tone, ink);
    context.fillRect(left, frame.top, width, frame.height);
  } else if (shape.kind === "window") {
    context.fillStyle = ink.infoSoft;
    context.globalAlpha = 0.75;
    context.fillRect(left, frame.top, width, frame.height);
  } else if (shape.kind === "band") {
    const top = frame.toY(shape.hi!);
    context.fillStyle = ink.context;
    context.globalAlpha = 0.42;
    // Of a band as thin as noise is small, a hair remains.
    context.fillRect(left, top, width, Math.max(frame.toY(shape.lo!) - top, 2 * ratio));
  }
  context.restore();
}

function drawStroke(frame: Frame, ink: Ink, shape: Shape, tone: Tone): void {
  const { context, ratio, toX, toY } = frame;
  const [x0, x1] = [toX(shape.from), toX(shape.to)];
  const line = (...corners: readonly (readonly [number, number])[]) => {
    context.beginPath();
    corners.forEach(([x, y], i) => (i === 0 ? context.moveTo(x, y) : context.lineTo(x, y)));
    context.stroke();
  };
  context.save();
  context.lineWidth = 1.75 * ratio;
  context.strokeStyle = ink.text;
  context.fillStyle = ink.text;
  switch (shape.kind) {
    case "onset":
    case "moment": {
      const x = toX(shape.kind === "onset" ? shape.lo! : shape.from);
      context.strokeStyle = inkOf(tone, ink);
      context.setLineDash([3 * ratio, 3 * ratio]);
      line([x, frame.top], [x, frame.top + frame.height]);
      break;
    }
    case "point": {
      context.beginPath();
      context.arc(x0, toY(shape.lo!), 4.5 * ratio, 0, 2 * Math.PI);
      context.stroke();
      break;
    }
    case "level": {
      const y = toY(shape.lo!);
      line([x0, y], [Math.max(x1, x0 + 8 * ratio), y]);
      break;
    }
    case "slope": {
      context.setLineDash([2 * ratio, 2 * ratio]);
      line([x0, toY(shape.lo!)], [x1, toY(shape.hi!)]);
      break;
    }
    case "bracket": {
      // Just left of the end, so that the plot's edge does not cut it.
      const x = Math.min(x0, frame.left + frame.width - 6 * ratio);
      const [top, bottom] = [toY(shape.hi!), toY(shape.lo!)];
      const arm = 4 * ratio;
      line([x - arm, top], [x + arm, top]);
      line([x - arm, bottom], [x + arm, bottom]);
      line([x, top], [x, bottom]);
      break;
    }
    case "ruler": {
      const y = frame.top + frame.height - 10 * ratio;
      line([x0, y - 4 * ratio], [x0, y + 4 * ratio]);
      line([x1, y - 4 * ratio], [x1, y + 4 * ratio]);
      line([x0, y], [x1, y]);
      break;
    }
  }
  context.restore();
}

function drawBadges(frame: Frame, ink: Ink, shapes: readonly Shape[]): void {
  const { context, ratio } = frame;
  const taken: { x: number; y: number }[] = [];
  const gap = BADGE_GAP_PX * ratio;
  const edge = (BADGE_PX + 1) * ratio;
  context.save();
  context.font = `700 ${10.5 * ratio}px ${ink.font}`;
  context.textAlign = "center";
  context.textBaseline = "middle";
  shapes.forEach((shape, i) => {
    const at = placeBadge(frame, shape);
    let x = clamp(at.x, frame.left + edge, frame.left + frame.width - edge);
    let y = clamp(at.y, frame.top + edge, frame.top + frame.height - edge);
    // Away from those that are there: left of them, for most stand at the right.
    for (let moves = 0; moves < MOST_MOVES; moves++) {
      if (!taken.some((one) => Math.hypot(one.x - x, one.y - y) < gap)) break;
      x -= gap;
      if (x < frame.left + edge) {
        x = frame.left + frame.width - edge;
        y = Math.min(y + gap, frame.top + frame.height - edge);
      }
    }
    taken.push({ x, y });
    context.beginPath();
    context.arc(x, y, BADGE_PX * ratio, 0, 2 * Math.PI);
    context.fillStyle = ink.text;
    context.fill();
    context.fillStyle = ink.panel;
    context.fillText(letterOf(i), x, y + 0.5 * ratio);
  });
  context.restore();
}

function placeBadge(frame: Frame, shape: Shape): { x: number; y: number } {
  const { ratio, toX, toY } = frame;
  const middle = (toX(shape.from) + toX(shape.to)) / 2;
  const away = 14 * ratio;
  switch (shape.kind) {
    case "onset":
      return { x: toX(shape.lo!), y: frame.top };
    case "moment":
      return { x: toX(shape.from), y: frame.top };
    case "window":
      return { x: middle, y: frame.top };
    case "point": {
      const y = toY(shape.lo!);
      return { x: toX(shape.from), y: y + 2 * away > frame.top + frame.height ? y - away : y + away };
    }
    case "level":
      return { x: middle, y: toY(shape.lo!) - away };
    case "band":
      return { x: toX(shape.from) + 0.25 * (toX(shape.to) - toX(shape.from)), y: toY(shape.lo!) + away };
    case "bracket":
      return { x: toX(shape.from) - away - 4 * ratio, y: (toY(shape.lo!) + toY(shape.hi!)) / 2 };
    case "slope":
      return { x: middle, y: (toY(shape.lo!) + toY(shape.hi!)) / 2 + away };
    case "ruler":
      return { x: middle, y: frame.top + frame.height - 24 * ratio };
  }
}

function inkOf(tone: Tone, ink: Ink): string {
  return tone === "error" ? ink.error : tone === "warning" ? ink.warning : ink.info;
}

function softOf(tone: Tone, ink: Ink): string {
  return tone === "error" ? ink.errorSoft : tone === "warning" ? ink.warningSoft : ink.infoSoft;
}

function clamp(value: number, lo: number, hi: number): number {
  return Math.min(hi, Math.max(lo, value));
}
