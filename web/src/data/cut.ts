/** Stored columns → the part that is asked for, as a server would have answered with these columns alone. */

import type { CurvesRequest } from "../api/schema.ts";
import type { Curves, SeriesColumns } from "./columns.ts";

/** Series asked for, on the columns within the range asked for (of all their points where none was). */
export function cutCurves(stored: Curves, request: CurvesRequest): Curves {
  const wanted = new Set(request.series.map((one) => `${one.run}\n${one.tag}`));
  const series = stored.series.filter((one) => wanted.has(`${one.run}\n${one.tag}`));
  const px = stored.x.length;
  const width = (stored.hi - stored.lo) / px;
  const isFilled = (i: number) => series.some((one) => !Number.isNaN(one.mean[i]));
  let first = 0;
  let stop = px;
  if (width > 0) {
    if (request.lo !== undefined && request.lo !== null) first = Math.floor((request.lo - stored.lo) / width);
    else while (first < px - 1 && !isFilled(first)) first++;
    if (request.hi !== undefined && request.hi !== null) stop = Math.ceil((request.hi - stored.lo) / width);
    else while (stop > first + 1 && !isFilled(stop - 1)) stop--;
  }
  first = Math.max(0, Math.min(px - 1, first));
  stop = Math.max(first + 1, Math.min(px, stop));
  const cut = (column: Float32Array) => column.subarray(first, stop);
  const lo = stored.lo + first * width;
  const hi = stored.lo + stop * width;
  return {
    ...stored,
    lo,
    hi,
    x: stored.x.subarray(first, stop),
    series: series.map((one): SeriesColumns => ({
      ...one,
      nonfiniteX: one.nonfiniteX.filter((x) => x >= lo && x <= hi),
      minimum: cut(one.minimum),
      maximum: cut(one.maximum),
      mean: cut(one.mean),
      last: cut(one.last),
      smooth: cut(one.smooth),
      other: cut(one.other),
      abandoned: one.abandoned && cut(one.abandoned),
    })),
  };
}
