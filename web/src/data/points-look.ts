/**
 * How points in many dimensions are looked at ⇄ words of the link: `cam:0.5~0.2~1~0~0`, `pt:12`, `lf:"cat"`.
 *
 * What is as usual has no word. Unknown or damaged words are dropped, never an error: links outlive versions.
 */

import { formatCamera, parseCamera, type Camera } from "./camera.ts";

export const SIDES = ["left", "right", "up", "down"] as const;
export type Side = (typeof SIDES)[number];
export type Distance = "cosine" | "euclidean";

export interface PointsLook {
  /** Null sees all points from the front. */
  readonly camera: Camera | null;
  /** Which points lie at the ends of axes, in the words of a search; empty for the middle of all. */
  readonly ends: Readonly<Record<Side, string>>;
  /** What UMAP and t-SNE take as near. */
  readonly neighbourCount: number;
  /** Row of the chosen point. */
  readonly selected: number | null;
  readonly distance: Distance;
  /** The column of labels that colours; null for the usual one. */
  readonly column: string | null;
  /** The category beside which all others are dimmed. */
  readonly only: string | null;
  readonly search: string;
  /** Whether points are shown as their own pictures. */
  readonly hasPictures: boolean;
}

/** In place of a column: no colours. No column is called so, for their names come from files. */
export const NO_COLUMN = "\0";
export const LEAST_NEIGHBOURS = 2;
export const MOST_NEIGHBOURS = 200;

/** Of a search and of an end: what the server takes. */
export const MOST_CHARS = 200;

export const USUAL_LOOK: PointsLook = {
  camera: null,
  ends: { left: "", right: "", up: "", down: "" },
  neighbourCount: 15,
  selected: null,
  distance: "cosine",
  column: null,
  only: null,
  search: "",
  hasPictures: false,
};

const END_KEYS = { left: "lf", right: "rt", up: "up", down: "dn" } as const;

export function parseLook(words: readonly string[]): PointsLook {
  const byKey = new Map(
    words.map((word) => {
      const at = word.indexOf(":");
      return at < 0 ? [word, ""] : [word.slice(0, at), word.slice(at + 1)];
    }),
  );
  const text = (key: string) => (byKey.get(key) ?? "").slice(0, MOST_CHARS);
  const row = Number(byKey.get("pt") ?? NaN);
  const count = Number(byKey.get("k") ?? NaN);
  return {
    camera: parseCamera(text("cam")),
    ends: { left: text("lf"), right: text("rt"), up: text("up"), down: text("dn") },
    neighbourCount: Number.isFinite(count) ? clampNeighbours(count) : USUAL_LOOK.neighbourCount,
    selected: Number.isSafeInteger(row) && row >= 0 ? row : null,
    distance: text("far") === "euclidean" ? "euclidean" : "cosine",
    column: byKey.get("col") ?? null,
    only: byKey.get("only") ?? null,
    search: text("find"),
    hasPictures: text("pic") === "1",
  };
}

export function formatLook(look: PointsLook): string[] {
  const words: string[] = [];
  if (look.camera) words.push(`cam:${formatCamera(look.camera)}`);
  for (const side of SIDES) if (look.ends[side]) words.push(`${END_KEYS[side]}:${look.ends[side]}`);
  if (look.neighbourCount !== USUAL_LOOK.neighbourCount) words.push(`k:${look.neighbourCount}`);
  if (look.selected !== null) words.push(`pt:${look.selected}`);
  if (look.distance !== "cosine") words.push(`far:${look.distance}`);
  if (look.column !== null) words.push(`col:${look.column}`);
  if (look.only !== null) words.push(`only:${look.only}`);
  if (look.search) words.push(`find:${look.search}`);
  if (look.hasPictures) words.push("pic:1");
  return words;
}

export function clampNeighbours(count: number): number {
  return Math.min(MOST_NEIGHBOURS, Math.max(LEAST_NEIGHBOURS, Math.round(count)));
}

/** An end with another point: `#3` and 17 → `#3,17`; a text makes room for the point. */
export function addPoint(end: string, row: number): string {
  const rows = /^#\d+(,\d+)*$/.test(end) ? end.slice(1).split(",") : [];
  return `#${[...new Set([...rows, String(row)])].join(",")}`;
}

/** An end as it is written on the picture: `"cat"` without its marks. */
export function nameOfEnd(end: string): string {
  return end.length > 2 && end.startsWith('"') && end.endsWith('"') ? end.slice(1, -1) : end;
}
