/** A picture → its numbers for those who read rather than look: a short table, a few numbers of each line, and CSV. */

import type { Picture } from "../chart/chart.ts";
import type { HalfSeries } from "./metric.ts";
import { lineId } from "./picture.ts";

export interface TableColumn {
  readonly training: string;
  readonly half: Half;
  readonly values: readonly (number | null)[];
}

type Half = HalfSeries["half"];

/** At most `nRows` evenly spaced columns of the picture as a table; null where no line has a point nearby. */
export function tabulate(
  picture: Picture,
  series: readonly HalfSeries[],
  nRows: number,
): { x: number[]; columns: TableColumn[] } {
  const halves = new Map(series.map((half) => [lineId(half), half]));
  const n = picture.grid.length;
  const filled = Array.from({ length: n }, (_, i) => i).filter((i) =>
    picture.lines.some((line) => !Number.isNaN((line.raw ?? line.level)[i])),
  );
  const rows =
    filled.length <= nRows
      ? filled
      : Array.from({ length: nRows }, (_, k) => filled[Math.round((k * (filled.length - 1)) / (nRows - 1))]!);
  return {
    x: rows.map((i) => picture.grid[i]!),
    columns: picture.lines.flatMap((line) => {
      const half = halves.get(line.id);
      if (!half) return [];
      const values = rows.map((i) => {
        const value = (line.raw ?? line.level)[i]!;
        return Number.isNaN(value) ? null : value;
      });
      return [{ training: line.group, half: half.half, values }];
    }),
  };
}

export interface LineSummary {
  readonly training: string;
  readonly half: Half;
  readonly nPoints: number;
  readonly first: number;
  readonly last: number;
  readonly change: number;
  readonly least: number;
  readonly greatest: number;
}

/** Of each line, its part in view in a few numbers: the least and the greatest of every point, the mean of the first column and
 * the last point. */
export function summariseLines(picture: Picture, series: readonly HalfSeries[]): LineSummary[] {
  const halves = new Map(series.map((half) => [lineId(half), half]));
  return picture.lines.flatMap((line) => {
    const half = halves.get(line.id);
    const filled = Array.from({ length: picture.grid.length }, (_, i) => i).filter(
      (i) => picture.grid[i]! >= picture.x.lo && picture.grid[i]! <= picture.x.hi && !Number.isNaN(line.minimum[i]),
    );
    if (!half || filled.length === 0) return [];
    const first = line.columns.mean[filled[0]!]!;
    const last = line.columns.last[filled.at(-1)!]!;
    return [
      {
        training: line.group,
        half: half.half,
        nPoints: line.columns.nPoints,
        first,
        last,
        change: last - first,
        least: filled.reduce((best, i) => Math.min(best, line.minimum[i]!), Infinity),
        greatest: filled.reduce((best, i) => Math.max(best, line.maximum[i]!), -Infinity),
      },
    ];
  });
}

/** A picture's columns in view as CSV: x as it is, then each line's values as exact as they came. */
export function asCsv(picture: Picture, series: readonly HalfSeries[]): string {
  const { x, columns } = tabulate(picture, series, Infinity);
  const quote = (text: string) => (/[",\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);
  const head = [picture.xKind, ...columns.map((column) => quote(`${column.training} ${column.half}`))];
  const rows = x.map((place, i) => [
    picture.xKind === "log_step" ? 10 ** place : place,
    ...columns.map((column) => column.values[i] ?? ""),
  ]);
  return [head, ...rows].map((row) => row.join(",")).join("\n");
}
