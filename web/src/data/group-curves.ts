/**
 * One answer of POST api/groups → curves like any other, so that a chart draws a group's mean as a line and its band as an
 * envelope: `minimum` and `maximum` are the ends of the band, `mean` is the mean.
 */

import type { GroupsHeader } from "../api/schema.ts";
import { columnCentres, type Curves, type SeriesColumns } from "./columns.ts";

export interface GroupCurves {
  readonly lo: number;
  readonly hi: number;
  readonly xAxis: string;
  readonly smoothing: number;
  readonly isSmoothingChosen: boolean;
  readonly x: Float64Array;
  /** Share of a group's curves within the band. */
  readonly interval: number;
  readonly groups: readonly GroupColumns[];
}

export interface GroupColumns {
  readonly name: string;
  /** Curves with a value in view. */
  readonly nSeries: number;
  readonly mean: Float32Array;
  readonly low: Float32Array;
  readonly high: Float32Array;
  readonly count: Float32Array;
}

/** The frame's columns, not copied. Throws RangeError when header and length disagree. */
export function parseGroups(frame: ArrayBuffer): GroupCurves {
  const headerBytes = new DataView(frame).getUint32(0, true);
  const start = 4 + headerBytes;
  const header = JSON.parse(new TextDecoder().decode(new Uint8Array(frame, 4, headerBytes))) as GroupsHeader;
  const { px, columns } = header;
  const wanted = start + 4 * px * columns.length * header.groups.length;
  if (frame.byteLength < wanted) throw new RangeError(`groups frame: ${frame.byteLength} bytes, wanted ${wanted}`);
  const at = (name: string, group: number) =>
    new Float32Array(frame, start + 4 * px * (group * columns.length + columns.indexOf(name)), px);
  return {
    lo: header.lo,
    hi: header.hi,
    xAxis: header.x_axis,
    smoothing: header.smoothing,
    isSmoothingChosen: header.is_smoothing_chosen,
    x: columnCentres(header.lo, header.hi, px),
    interval: header.interval,
    groups: header.groups.map((one, i) => ({
      name: one.name,
      nSeries: one.n_series,
      mean: at("mean", i),
      low: at("low", i),
      high: at("high", i),
      count: at("count", i),
    })),
  };
}

/** What stands for a group's run among series. */
export const GROUP_RUN = "\u0000group ";

/** Curves with those of the groups behind them, on the grid of the curves. */
export function joinGroups(curves: Curves, groups: GroupCurves | null): Curves {
  if (!groups || groups.xAxis !== curves.xAxis) return curves;
  const places = columnsOn(curves.x, groups);
  const nothing = new Float32Array(curves.x.length).fill(NaN);
  const series = groups.groups.map((one): SeriesColumns => {
    const mean = places(one.mean);
    return {
      run: GROUP_RUN + one.name,
      tag: "",
      nPoints: one.nSeries,
      nNonfinite: 0,
      nonfiniteX: [],
      minimum: places(one.low),
      maximum: places(one.high),
      mean,
      last: mean,
      smooth: mean,
      other: nothing,
      origin: 0,
      abandoned: null,
    };
  });
  return { ...curves, series: [...series, ...curves.series] };
}

/** Moves a column from the coarser grid of the groups to another, straight between its columns; nothing outside. */
function columnsOn(grid: Float64Array, groups: GroupCurves): (column: Float32Array) => Float32Array {
  const px = groups.x.length;
  const width = (groups.hi - groups.lo) / px;
  if (!(width > 0))
    return (column) => (grid.length === px ? column : new Float32Array(grid.length).fill(column[0] ?? NaN));
  return (column) =>
    Float32Array.from(grid, (x) => {
      if (x < groups.lo || x > groups.hi) return NaN;
      const place = Math.min(px - 1, Math.max(0, (x - groups.lo) / width - 0.5));
      const i = Math.min(px - 1, Math.floor(place));
      const share = place - i;
      const before = column[i]!;
      const after = column[Math.min(px - 1, i + 1)]!;
      // Beside an empty column the nearer one alone tells.
      if (share < 1e-9 || Number.isNaN(before) || Number.isNaN(after)) return share < 0.5 ? before : after;
      return before + (after - before) * share;
    });
}
