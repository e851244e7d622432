/**
 * Points in three dimensions → pixels, without a graphics card: a million in some tens of milliseconds.
 *
 * Each point is turned, projected straight on, and written into a buffer of colours with the nearest in front. Where many
 * fall on one pixel it grows stronger, so that crowds are told from single points.
 */

import type { Camera } from "../data/camera.ts";

/** A point on the picture, and its depth: larger is nearer. */
export interface Spot {
  readonly x: number;
  readonly y: number;
  readonly depth: number;
}

interface Axes {
  readonly x: Float32Array;
  readonly y: Float32Array;
  readonly z: Float32Array;
}

/** The numbers that turn a point into a place: rows of the rotation, scaled, and the middle. */
function matrixOf(camera: Camera, width: number, height: number) {
  const { yaw, pitch, zoom, panX, panY } = camera;
  const half = Math.min(width, height) / 2;
  const scale = half * 0.92 * zoom;
  const [cy, sy, cp, sp] = [Math.cos(yaw), Math.sin(yaw), Math.cos(pitch), Math.sin(pitch)];
  return {
    ax: cy * scale,
    az: sy * scale,
    bx: sp * sy * scale,
    by: cp * scale,
    bz: -sp * cy * scale,
    dx: -cp * sy,
    dy: sp,
    dz: cp * cy,
    left: width / 2 + panX * half,
    top: height / 2 + panY * half,
  };
}

export function placeOnPicture(axes: Axes, i: number, camera: Camera, width: number, height: number): Spot {
  const m = matrixOf(camera, width, height);
  const [x, y, z] = [axes.x[i]!, axes.y[i]!, axes.z[i]!];
  return {
    x: m.left + m.ax * x + m.az * z,
    y: m.top - (m.bx * x + m.by * y + m.bz * z),
    depth: m.dx * x + m.dy * y + m.dz * z,
  };
}

/** Counts above this look the same. */
const MOST_COUNTED = 15;

export class ScatterRaster {
  private counts = new Uint8Array(0);
  private colours = new Uint8Array(0);
  private depths = new Float32Array(0);

  /**
   * Draws points into an image.
   *
   * @param palette Colours as 0xAABBGGRR, by the numbers in `colours`; alpha is the strength of a pixel of many points.
   * @param dotPx Side of a point's square.
   * @param stride 1 draws all points; more leaves some out while the picture is being turned.
   */
  draw(
    image: ImageData,
    axes: Axes,
    colours: Uint8Array,
    palette: Uint32Array,
    camera: Camera,
    dotPx: number,
    stride = 1,
    dimmed = 255,
  ): void {
    const { width, height } = image;
    const size = width * height;
    if (this.counts.length !== size) {
      this.counts = new Uint8Array(size);
      this.colours = new Uint8Array(size);
      this.depths = new Float32Array(size);
    }
    const { counts, colours: seen, depths } = this;
    counts.fill(0);
    const m = matrixOf(camera, width, height);
    const { x, y, z } = axes;
    const n = x.length;
    const isFlat = camera.yaw === 0 && camera.pitch === 0;
    const before = Math.floor(dotPx / 2);
    const insets = roundInsets(dotPx);
    for (let i = 0; i < n; i += stride) {
      const px = x[i]!;
      const py = y[i]!;
      const pz = z[i]!;
      const left = Math.round(m.left + m.ax * px + m.az * pz) - before;
      const top = Math.round(m.top - m.bx * px - m.by * py - m.bz * pz) - before;
      if (left < 0 || top < 0 || left + dotPx > width || top + dotPx > height) continue;
      const colour = colours[i]!;
      // What is dimmed lies behind what is not, whatever its depth.
      const depth = (isFlat ? 0 : m.dx * px + m.dy * py + m.dz * pz) - (colour === dimmed ? 8 : 0);
      for (let row = 0; row < dotPx; row++) {
        const inset = insets[row]!;
        let at = (top + row) * width + left + inset;
        for (let column = inset; column < dotPx - inset; column++, at++) {
          const count = counts[at]!;
          if (count === 0 || depth >= depths[at]!) {
            depths[at] = depth;
            seen[at] = colour;
          }
          if (count < MOST_COUNTED) counts[at] = count + 1;
        }
      }
    }
    const pixels = new Uint32Array(image.data.buffer);
    // Few points are drawn at full strength: none of them may be overlooked.
    const least = n <= 20_000 ? 0.9 : n <= 200_000 ? 0.65 : 0.4;
    const strengths = Array.from({ length: MOST_COUNTED + 1 }, (_, count) =>
      Math.min(1, least + ((1 - least) * Math.log2(Math.max(1, count))) / Math.log2(MOST_COUNTED)),
    );
    const shades = new Uint32Array(palette.length * (MOST_COUNTED + 1));
    palette.forEach((colour, i) => {
      for (let count = 1; count <= MOST_COUNTED; count++) {
        const alpha = Math.round((colour >>> 24) * strengths[count]!);
        shades[i * (MOST_COUNTED + 1) + count] = ((alpha << 24) | (colour & 0xffffff)) >>> 0;
      }
    });
    for (let at = 0; at < size; at++) {
      const count = counts[at]!;
      pixels[at] = count === 0 ? 0 : shades[seen[at]! * (MOST_COUNTED + 1) + count]!;
    }
  }
}

/** Of each row of a dot, how many pixels at either side lie outside the circle. */
function roundInsets(dotPx: number): number[] {
  const radius = dotPx / 2;
  return Array.from({ length: dotPx }, (_, row) => {
    const up = row + 0.5 - radius;
    return dotPx < 4 ? 0 : Math.max(0, Math.round(radius - Math.sqrt(Math.max(0, radius * radius - up * up))));
  });
}

/** Index of the point drawn nearest to a place within `reachPx`, the front one of equals; -1 when none is. */
export function pickPoint(
  axes: Axes,
  camera: Camera,
  width: number,
  height: number,
  at: { x: number; y: number },
  reachPx: number,
): number {
  const m = matrixOf(camera, width, height);
  let best = -1;
  let bestFar = reachPx * reachPx;
  let bestDepth = -Infinity;
  for (let i = 0; i < axes.x.length; i++) {
    const px = axes.x[i]!;
    const py = axes.y[i]!;
    const pz = axes.z[i]!;
    const dx = m.left + m.ax * px + m.az * pz - at.x;
    const dy = m.top - m.bx * px - m.by * py - m.bz * pz - at.y;
    const far = dx * dx + dy * dy;
    if (far > bestFar) continue;
    const depth = m.dx * px + m.dy * py + m.dz * pz;
    if (far < bestFar - 2 || depth > bestDepth || best < 0) {
      best = i;
      bestFar = far;
      bestDepth = depth;
    }
  }
  return best;
}

/** `#rrggbb` or any CSS colour → 0xAABBGGRR. */
export function packColour(css: string, alpha = 255): number {
  const pen = new OffscreenCanvas(1, 1).getContext("2d", { willReadFrequently: true })!;
  pen.fillStyle = css;
  pen.fillRect(0, 0, 1, 1);
  const [red = 0, green = 0, blue = 0] = pen.getImageData(0, 0, 1, 1).data;
  return ((alpha << 24) | (blue << 16) | (green << 8) | red) >>> 0;
}
