/**
 * A line on a chart → what is heard of it: pitch over a few seconds, two octaves from the bottom of the chart to its top, a
 * click where a peak is cut at the edge or a value is no number. Pure; `state/player.ts` plays it.
 */

import type { Line, Picture } from "../chart/chart.ts";
import { lastFilled } from "./columns.ts";
import { findClipped } from "./fit.ts";

/** A3, at the bottom of the chart. */
export const LOWEST_HZ = 220;
export const OCTAVES = 2;
const LEAST_S = 2;
const MOST_S = 4;
/** A curve of so many columns or more takes the longest. */
const LONG_COLUMNS = 300;
/** Pitches nearer in time than this are heard as one. */
const LEAST_GAP_S = 0.016;
/** Train on the left, validation on the right; alone in the middle. */
const SIDE = 0.8;

export interface Note {
  readonly atS: number;
  readonly hz: number;
}

export interface Click {
  readonly atS: number;
  readonly kind: "spike" | "nonfinite";
  readonly pan: number;
}

export interface Score {
  readonly durationS: number;
  /** The part of the x-axis that is played. */
  readonly from: number;
  readonly to: number;
  readonly voices: readonly { readonly pan: number; readonly notes: readonly Note[] }[];
  readonly clicks: readonly Click[];
}

/** Null where no line of the training has a point in view. */
export function composeScore(picture: Picture, training: string): Score | null {
  const lines = picture.lines.filter((line) => line.group === training && lastFilled(line.level) >= 0);
  const places = lines.map((line) => filledWithin(picture, line)).filter((filled) => filled.length > 0);
  if (places.length === 0) return null;
  const from = Math.min(...places.map((filled) => picture.grid[filled[0]!]!));
  const to = Math.max(...places.map((filled) => picture.grid[filled.at(-1)!]!));
  const nColumns = Math.max(...places.map((filled) => filled.length));
  const durationS = LEAST_S + (MOST_S - LEAST_S) * Math.min(1, nColumns / LONG_COLUMNS);
  const timeOf = (x: number) => (to > from ? ((x - from) / (to - from)) * durationS : 0);
  const panOf = (line: Line) => (lines.length < 2 ? 0 : line.isDashed ? SIDE : -SIDE);
  return {
    durationS,
    from,
    to,
    voices: lines.map((line) => ({ pan: panOf(line), notes: listNotes(picture, line, timeOf) })),
    clicks: lines
      .flatMap((line) => listClicks(picture, line, { from, to }, timeOf, panOf(line)))
      .toSorted((a, b) => a.atS - b.atS),
  };
}

/** The pitch of a value: `LOWEST_HZ` at the bottom of the chart, `OCTAVES` higher at its top, held at the edges. */
export function pitchOf(value: number, { y, isLog }: Picture): number {
  const scale = (one: number) => (isLog ? Math.log10(Math.max(one, 1e-300)) : one);
  const share = (scale(value) - scale(y.lo)) / (scale(y.hi) - scale(y.lo));
  return LOWEST_HZ * 2 ** (OCTAVES * Math.min(1, Math.max(0, Number.isFinite(share) ? share : 0)));
}

function filledWithin({ grid, x }: Picture, line: Line): number[] {
  return Array.from(grid.keys()).filter((i) => !Number.isNaN(line.level[i]) && grid[i]! >= x.lo && grid[i]! <= x.hi);
}

function listNotes(picture: Picture, line: Line, timeOf: (x: number) => number): Note[] {
  const notes: Note[] = [];
  const filled = filledWithin(picture, line);
  filled.forEach((i, k) => {
    const atS = timeOf(picture.grid[i]!);
    const isLast = k === filled.length - 1;
    if (!isLast && notes.length && atS - notes.at(-1)!.atS < LEAST_GAP_S) return;
    notes.push({ atS, hz: pitchOf(line.level[i]!, picture) });
  });
  return notes;
}

function listClicks(
  picture: Picture,
  line: Line,
  { from, to }: { from: number; to: number },
  timeOf: (x: number) => number,
  pan: number,
): Click[] {
  const isHeard = (x: number) => x >= from && x <= to;
  const peaks = findClipped(picture.grid, line.minimum, line.maximum, picture.y).map((peak) => peak.x);
  // A NaN after the last point is heard at the end, where the line stops.
  const lost = line.nonfiniteX
    .filter((x) => x >= picture.x.lo && x <= picture.x.hi)
    .map((x) => Math.min(to, Math.max(from, x)));
  return [
    ...peaks.filter(isHeard).map((x): Click => ({ atS: timeOf(x), kind: "spike", pan })),
    ...spread(lost.map(timeOf)).map((atS): Click => ({ atS, kind: "nonfinite", pan })),
  ];
}

/** Of clicks that would run into each other the first: a stretch of a thousand NaN is a rattle, not a noise. */
function spread(times: readonly number[], gapS = 0.05): number[] {
  const kept: number[] = [];
  for (const time of times.toSorted((a, b) => a - b)) if (!kept.length || time - kept.at(-1)! >= gapS) kept.push(time);
  return kept;
}
