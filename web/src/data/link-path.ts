/** The points of a routed link → the path that is drawn. */

import type { Routed } from "./graph.ts";

/** A smooth path through the points of a routed link. */
export function curveThrough(points: Routed["points"]): string {
  const [first, ...rest] = points;
  if (!first || rest.length === 0) return "";
  let path = `M${round(first.x)} ${round(first.y)}`;
  for (let i = 0; i < rest.length - 1; i++) {
    const here = rest[i]!;
    const next = rest[i + 1]!;
    path += `Q${round(here.x)} ${round(here.y)} ${round((here.x + next.x) / 2)} ${round((here.y + next.y) / 2)}`;
  }
  const last = rest[rest.length - 1]!;
  return `${path}L${round(last.x)} ${round(last.y)}`;
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
