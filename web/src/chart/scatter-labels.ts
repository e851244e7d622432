/** Names, rings and small pictures on top of a scatter of points; names that would lie on others are left out. */

import type { Camera } from "../data/camera.ts";
import type { Side } from "../data/points-look.ts";
import { placeOnPicture } from "./scatter.ts";

export interface Spot {
  readonly x: number;
  readonly y: number;
}

interface Box {
  readonly left: number;
  readonly top: number;
  readonly right: number;
  readonly bottom: number;
}

const LONGEST = 40;
const GAP_PX = 9;
const HALF_LINE_PX = 8;

export class ScatterLabels {
  private written: Box[] = [];

  /** `pen` draws in CSS pixels; `edge` sets what is drawn apart from the points behind it. */
  constructor(
    private readonly pen: CanvasRenderingContext2D,
    private readonly widthPx: number,
    private readonly edge: string,
    font: string,
  ) {
    pen.font = `12px ${font}`;
    pen.textBaseline = "middle";
    pen.lineJoin = "round";
  }

  ring(spot: Spot, radiusPx: number, colour: string): void {
    const { pen } = this;
    pen.beginPath();
    pen.arc(spot.x, spot.y, radiusPx, 0, 2 * Math.PI);
    pen.fillStyle = colour;
    pen.fill();
    pen.lineWidth = 1.5;
    pen.strokeStyle = this.edge;
    pen.stroke();
  }

  /** A strong name is written whatever lies there. */
  write(spot: Spot, text: string, colour: string, { isStrong = false }: { isStrong?: boolean } = {}): void {
    const { pen } = this;
    const short = text.length > LONGEST ? `${text.slice(0, LONGEST - 1)}…` : text;
    const room = pen.measureText(short).width + 14;
    const isLeft = spot.x + room > this.widthPx;
    const x = spot.x + (isLeft ? -GAP_PX : GAP_PX);
    const box = {
      left: isLeft ? x - room : x,
      top: spot.y - HALF_LINE_PX,
      right: isLeft ? x : x + room - 14,
      bottom: spot.y + HALF_LINE_PX,
    };
    if (!isStrong && this.written.some((one) => overlap(one, box))) return;
    this.written.push(box);
    pen.textAlign = isLeft ? "right" : "left";
    pen.lineWidth = isStrong ? 5 : 3.5;
    pen.strokeStyle = this.edge;
    pen.fillStyle = colour;
    pen.strokeText(short, x, spot.y);
    pen.fillText(short, x, spot.y);
  }
}

function overlap(a: Box, b: Box): boolean {
  return a.left < b.right && a.right > b.left && a.top < b.bottom && a.bottom > b.top;
}

/** How much of its length an axis shows before its ends are named: one that points at the reader has no left and right. */
const LEAST_SEEN = 0.25;

/** Names the ends of the first two axes where their ways leave the picture. */
export function writeEnds(
  pen: CanvasRenderingContext2D,
  camera: Camera,
  names: Readonly<Record<Side, string>>,
  isNamed: readonly boolean[],
  {
    widthPx,
    heightPx,
    colour,
    edge,
  }: { readonly widthPx: number; readonly heightPx: number; readonly colour: string; readonly edge: string },
): void {
  const steps = { x: Float32Array.of(0, 1, 0), y: Float32Array.of(0, 0, 1), z: new Float32Array(3) };
  const turned = { ...camera, zoom: 1, panX: 0, panY: 0 };
  const [middle, ...tips] = [0, 1, 2].map((i) => placeOnPicture(steps, i, turned, widthPx, heightPx));
  const reachPx = Math.min(widthPx, heightPx) / 2;
  pen.textBaseline = "middle";
  pen.lineWidth = 4;
  pen.strokeStyle = edge;
  pen.fillStyle = colour;
  for (const [axis, pair] of (
    [
      ["left", "right"],
      ["down", "up"],
    ] as const
  ).entries()) {
    const [dx, dy] = [tips[axis]!.x - middle!.x, tips[axis]!.y - middle!.y];
    if (!isNamed[axis] || Math.hypot(dx, dy) < LEAST_SEEN * reachPx) continue;
    // As far as the first edge of the picture.
    const times = Math.min((widthPx / 2 - 10) / Math.abs(dx), (heightPx / 2 - 14) / Math.abs(dy));
    for (const [way, side] of [
      [-times, pair[0]],
      [times, pair[1]],
    ] as const) {
      const isAcross = Math.abs(dx) > Math.abs(dy);
      const isFirst = (isAcross ? dx : dy) * way < 0;
      const name = names[side].length > LONGEST ? `${names[side].slice(0, LONGEST - 1)}…` : names[side];
      const text = isAcross ? (isFirst ? `← ${name}` : `${name} →`) : `${isFirst ? "↑" : "↓"} ${name}`;
      pen.textAlign = isAcross ? (isFirst ? "left" : "right") : "center";
      const [x, y] = [widthPx / 2 + dx * way, heightPx / 2 + dy * way];
      pen.strokeText(text, x, y);
      pen.fillText(text, x, y);
    }
  }
}

/** All points' pictures as one sheet, row by row. */
export interface Sheet {
  readonly image: HTMLImageElement;
  /** Of one picture. */
  readonly width: number;
  readonly height: number;
}

/** Cuts a row's picture out of the sheet and draws it around a place, unless it lies outside. */
export function drawPicture(
  pen: CanvasRenderingContext2D,
  { image, width, height }: Sheet,
  row: number,
  spot: Spot,
  zoom: number,
  size: { readonly widthPx: number; readonly heightPx: number },
): void {
  const scale = Math.min(2, Math.max(0.25, (18 * Math.sqrt(zoom)) / Math.max(width, height)));
  const [w, h] = [width * scale, height * scale];
  if (spot.x < -w || spot.y < -h || spot.x > size.widthPx + w || spot.y > size.heightPx + h) return;
  const nColumns = Math.max(1, Math.floor(image.naturalWidth / width));
  const left = (row % nColumns) * width;
  const top = Math.floor(row / nColumns) * height;
  pen.drawImage(image, left, top, width, height, spot.x - w / 2, spot.y - h / 2, w, h);
}
