/**
 * The server's columns and what is known of each series → the picture that a chart paints. Pure: the same input gives the
 * same picture, and nothing here knows a canvas.
 */

import type { Line, Mark, Picture, XKind } from "../chart/chart.ts";
import type { Curves, SeriesColumns } from "./columns.ts";
import { findClipped, fitRange, type Fit } from "./fit.ts";
import type { Half, HalfSeries } from "./metric.ts";

/** How the series of one chart are dressed. */
export interface Dress {
  readonly series: readonly HalfSeries[];
  readonly colourOf: (training: string) => string;
  readonly labelOf: (training: string) => string;
  readonly hasEndLabels: boolean;
  /** Width of a training's lines; undefined for the usual one. */
  readonly widthOf?: (training: string) => number | undefined;
}

export interface PictureOptions {
  readonly xKind: XKind;
  readonly x: Fit | null;
  readonly y: Fit | null;
  readonly isLog: boolean;
  readonly isRobust: boolean;
  readonly language: string;
}

/** Series with the columns that the server sent for them; series it left out are left out. */
export function dressed(curves: Curves, dress: Dress): { half: HalfSeries; columns: SeriesColumns }[] {
  const bySeries = new Map(curves.series.map((one) => [keyOf(one.run, one.tag), one]));
  return dress.series.flatMap((half) => {
    const columns = bySeries.get(keyOf(half.ref.run, half.ref.tag));
    return columns ? [{ half, columns }] : [];
  });
}

export function buildPicture(
  curves: Curves,
  dress: Dress,
  context: { curves: Curves; owner: (run: string) => string } | null,
  marks: readonly Mark[],
  options: PictureOptions,
): Picture {
  const pairs = dressed(curves, dress);
  const labelled = new Set<string>();
  // Labels sit on the validation line where there is one: it is the one that decides.
  for (const { half } of pairs) if (half.half === "validation") labelled.add(lineId(half));
  const hasValidation = new Set(
    pairs.filter(({ half }) => half.half === "validation").map(({ half }) => half.training),
  );
  for (const { half } of pairs) if (!hasValidation.has(half.training)) labelled.add(lineId(half));
  const isSmoothed = curves.smoothing > 0;
  const lines: Line[] = pairs.map(({ half, columns }) => ({
    id: lineId(half),
    group: half.training,
    isDashed: half.half === "validation",
    colour: dress.colourOf(half.training),
    level: isSmoothed ? columns.smooth : columns.mean,
    raw: isSmoothed ? columns.mean : null,
    minimum: columns.minimum,
    maximum: columns.maximum,
    nonfiniteX: columns.nonfiniteX,
    endLabel: dress.hasEndLabels && labelled.has(lineId(half)) ? dress.labelOf(half.training) || null : null,
    columns,
    widthPx: dress.widthOf?.(half.training),
  }));
  const contextLines = (context?.curves.series ?? []).map((columns) => ({
    group: context!.owner(columns.run),
    level: columns.mean,
  }));
  const x = options.x ?? { lo: curves.lo, hi: curves.hi };
  const part = columnsWithin(curves, x);
  const levels = lines.flatMap((line) => (line.raw ? [part(line.level), part(line.raw)] : [part(line.level)]));
  const fitted = levels.some((column) => column.some((value) => Number.isFinite(value)))
    ? levels
    : contextLines.map((line) => line.level);
  return {
    grid: curves.x,
    lines,
    contextGrid: context?.curves.x ?? new Float64Array(),
    context: contextLines,
    density: null,
    marks,
    xKind: options.xKind,
    x: x.hi > x.lo ? x : { lo: x.lo - 0.5, hi: x.lo + 0.5 },
    y:
      options.y ??
      fitRange(
        fitted,
        lines.flatMap((line) => [part(line.minimum), part(line.maximum)]),
        { robust: options.isRobust, log: options.isLog },
      ),
    isLog: options.isLog,
    language: options.language,
  };
}

/** The part of a column that lies in view: a picture that is scaled until the better one comes fits what it shows. */
function columnsWithin(curves: Curves, x: Fit): (column: Float32Array) => Float32Array {
  const px = curves.x.length;
  const width = (curves.hi - curves.lo) / px;
  if (!(width > 0) || (x.lo <= curves.lo && x.hi >= curves.hi)) return (column) => column;
  const first = Math.max(0, Math.floor((x.lo - curves.lo) / width));
  const stop = Math.min(px, Math.ceil((x.hi - curves.lo) / width));
  return stop > first ? (column) => column.subarray(first, stop) : (column) => column;
}

/** What a chart leaves out or marks, counted for its caption. */
export function countTruths(
  picture: Picture,
  curves: Curves,
): { nClipped: number; nNonfinite: number; nPoints: number } {
  let nClipped = 0;
  for (const line of picture.lines) nClipped += findClipped(picture.grid, line.minimum, line.maximum, picture.y).length;
  const shown = new Set(picture.lines.map((line) => line.id));
  const inFocus = curves.series.filter((one) => [...shown].some((id) => id.endsWith(keyOf(one.run, one.tag))));
  return {
    nClipped,
    nNonfinite: inFocus.reduce((sum, one) => sum + one.nNonfinite, 0),
    nPoints: inFocus.reduce((sum, one) => sum + one.nPoints, 0),
  };
}

export function lineId(half: HalfSeries): string {
  return `${half.half}\n${keyOf(half.ref.run, half.ref.tag)}`;
}

function keyOf(run: string, tag: string): string {
  return `${run}\n${tag}`;
}

/** One row of the readout at the crosshair. */
export interface ReadoutRow {
  readonly training: string;
  readonly half: Half;
  readonly colour: string;
  readonly isDashed: boolean;
  /** Middle of the column that was read. */
  readonly x: number;
  readonly value: number;
  /** Null where nothing is smoothed. */
  readonly smoothed: number | null;
  /** On the axis that is not shown: seconds since the epoch, or a step; null where it is not known. */
  readonly other: number | null;
  /** Where that axis begins. */
  readonly origin: number;
}
