/**
 * Forecasts → lines beyond the end of a chart's own: where their steps lie on its axis, how far the chart's range grows for
 * them, and what they say at a place. Pure: drawing is `chart/forecast-layer.ts`.
 */

import type { ForecastView } from "../api/schema.ts";
import type { Line, Picture, XKind } from "../chart/chart.ts";
import { lastFilled } from "./columns.ts";
import type { Fit } from "./fit.ts";

/** A forecast on a chart; all arrays have one value for each step of the path, ascending. */
export interface ForecastLine {
  readonly training: string;
  readonly colour: string;
  readonly x: Float64Array;
  readonly median: Float64Array;
  readonly lower: Float64Array;
  readonly upper: Float64Array;
  /** Where the drawn line ends, so that the path goes on from there; null where that is out of view. */
  readonly from: { readonly x: number; readonly y: number } | null;
  /** Probability that a value lies in the band. */
  readonly level: number;
}

export interface ForecastReading {
  readonly training: string;
  readonly colour: string;
  readonly median: number;
  readonly lower: number;
  readonly upper: number;
  readonly level: number;
}

/** The past keeps at least two thirds of the width: a far end is told in words. */
const MOST_GROWTH = 0.5;
/** A band grows the y-range by at most this share of it at either end; beyond, it runs off the chart. */
const MOST_BAND_GROWTH = 0.25;

/** The steps of a path on an axis; null where the axis is of time and no pace is known, or has no place for them. */
export function placePath(view: ForecastView, xKind: XKind): Float64Array | null {
  const steps = Float64Array.from(view.steps);
  if (xKind === "step") return steps;
  if (xKind === "log_step") return view.last_step > 0 ? steps.map(Math.log10) : null;
  const pace = view.seconds_per_step;
  if (pace === null || (xKind !== "relative" && xKind !== "wall_time")) return null;
  const start = xKind === "wall_time" ? view.last_wall_time : view.last_wall_time - view.first_wall_time;
  return steps.map((step) => start + (step - view.last_step) * pace);
}

/** The forecasts of a picture's lines, each from the end of the line that it continues; those not to be trusted are left out. */
export function placeForecasts(views: readonly ForecastView[], picture: Picture): ForecastLine[] {
  return views.flatMap((view): ForecastLine[] => {
    if (view.trust === "no" || view.steps.length === 0) return [];
    const line = picture.lines.find((one) => one.group === view.training && isHalf(one, view));
    const x = placePath(view, picture.xKind);
    if (!line || !x) return [];
    const end = lastFilled(line.level);
    const last = end < 0 ? NaN : picture.grid[end]!;
    return [
      {
        training: view.training,
        colour: line.colour,
        x,
        median: Float64Array.from(view.median),
        lower: Float64Array.from(view.lower),
        upper: Float64Array.from(view.upper),
        // The last column in view is the line's end only where nothing later was cut off.
        from: last <= x[0]! && isEnd(picture, end) ? { x: last, y: line.level[end]! } : null,
        level: view.level,
      },
    ];
  });
}

/** The ranges of a picture with its forecasts in view; a range that the reader chose stays as it is. */
export function growRanges(
  { x, y, isLog }: Picture,
  lines: readonly ForecastLine[],
  chosen: { readonly x: boolean; readonly y: boolean },
): { x: Fit; y: Fit } {
  const ends = lines.map((line) => line.x[line.x.length - 1]!);
  const hi = chosen.x ? x.hi : Math.max(x.hi, Math.min(Math.max(x.hi, ...ends), x.hi + MOST_GROWTH * (x.hi - x.lo)));
  if (chosen.y) return { x: { lo: x.lo, hi }, y };
  const scale = (value: number) => (isLog ? Math.log10(value) : value);
  const before = { lo: scale(y.lo), hi: scale(y.hi) };
  const span = before.hi - before.lo;
  let { lo, hi: top } = before;
  const take = (value: number, growth: number) => {
    const place = scale(value);
    if (!Number.isFinite(place)) return;
    lo = Math.min(lo, Math.max(place, before.lo - growth * span));
    top = Math.max(top, Math.min(place, before.hi + growth * span));
  };
  for (const line of lines)
    for (let i = 0; i < line.x.length; i++) {
      if (line.x[i]! > hi || line.x[i]! < x.lo) continue;
      take(line.median[i]!, 2 * MOST_BAND_GROWTH);
      take(line.lower[i]!, MOST_BAND_GROWTH);
      take(line.upper[i]!, MOST_BAND_GROWTH);
    }
  const air = 0.03 * (top - lo);
  const fitted = { lo: lo < before.lo ? lo - air : lo, hi: top > before.hi ? top + air : top };
  // What never was negative keeps zero as its floor.
  if (!isLog && before.lo >= 0) fitted.lo = Math.max(0, fitted.lo);
  return { x: { lo: x.lo, hi }, y: isLog ? { lo: 10 ** fitted.lo, hi: 10 ** fitted.hi } : fitted };
}

/** What the forecasts say at a place beyond the lines' ends, highest first. */
export function readForecasts(lines: readonly ForecastLine[], x: number): ForecastReading[] {
  return lines
    .flatMap((line): ForecastReading[] => {
      const last = line.x.length - 1;
      if (x < line.x[0]! || x > line.x[last]!) return [];
      let i = 0;
      while (i < last && line.x[i + 1]! < x) i++;
      const j = Math.min(last, i + 1);
      const share = j > i ? (x - line.x[i]!) / (line.x[j]! - line.x[i]!) : 0;
      const at = (column: Float64Array) => column[i]! + share * (column[j]! - column[i]!);
      const { training, colour, level } = line;
      return [{ training, colour, level, median: at(line.median), lower: at(line.lower), upper: at(line.upper) }];
    })
    .toSorted((a, b) => b.median - a.median);
}

function isHalf(line: Line, view: ForecastView): boolean {
  return line.columns.run === view.run && line.columns.tag === view.tag;
}

/** Whether the columns end at the line's own end: where the range was cut before it, more points lie beyond. */
function isEnd(picture: Picture, end: number): boolean {
  return picture.x.hi > picture.grid[picture.grid.length - 1]! || end < picture.grid.length - 1;
}
