/** From where points or a mesh are seen, and the same as numbers in a link. */

export interface Camera {
  /** Turned about the upright axis, then about the level one, in radians. */
  readonly yaw: number;
  readonly pitch: number;
  /** 1 fits all points into the picture. */
  readonly zoom: number;
  /** Moved by so much of half the picture's shorter side. */
  readonly panX: number;
  readonly panY: number;
}

export const FRONT: Camera = { yaw: 0, pitch: 0, zoom: 1, panX: 0, panY: 0 };
const LEAST_ZOOM = 0.2;
const MOST_ZOOM = 200;

export function clampZoom(zoom: number): number {
  return Math.min(MOST_ZOOM, Math.max(LEAST_ZOOM, zoom));
}

/** To a thousandth: less than a pixel of the picture at zoom 1. */
export function formatCamera({ yaw, pitch, zoom, panX, panY }: Camera): string {
  return [yaw, pitch, zoom, panX, panY].map((one) => String(Math.round(one * 1000) / 1000 || 0)).join("~");
}

/** Null for what is no camera, and for the one that sees all from the front. */
export function parseCamera(text: string): Camera | null {
  const numbers = text ? text.split("~").map(Number) : [];
  if (numbers.length !== 5 || !numbers.every(Number.isFinite)) return null;
  const [yaw, pitch, zoom, panX, panY] = numbers as [number, number, number, number, number];
  const camera = { yaw, pitch, zoom: clampZoom(zoom), panX, panY };
  return formatCamera(camera) === formatCamera(FRONT) ? null : camera;
}
