/**
 * One answer of POST api/density: bytes → levels, hundreds of curves as one small grey picture.
 *
 *     u32le header length | header JSON, padded with spaces to a multiple of 4 | width * height bytes, rows from the top
 *
 * Each byte is a level from 0 (no curve) to `nLevels - 1`, in equal steps of log(1 + curves).
 */

import type { DensityHeader } from "../api/schema.ts";

export interface Density {
  readonly width: number;
  readonly height: number;
  readonly lo: number;
  readonly hi: number;
  readonly yLo: number;
  readonly yHi: number;
  readonly nLevels: number;
  readonly nSeries: number;
  readonly levels: Uint8Array;
}

/** The frame's levels, not copied. Throws RangeError when header and length disagree. */
export function parseDensity(frame: ArrayBuffer): Density {
  const headerBytes = new DataView(frame).getUint32(0, true);
  const header = JSON.parse(new TextDecoder().decode(new Uint8Array(frame, 4, headerBytes))) as DensityHeader;
  const size = header.width * header.height;
  if (frame.byteLength < 4 + headerBytes + size)
    throw new RangeError(`density frame: ${frame.byteLength} bytes, wanted ${4 + headerBytes + size}`);
  return {
    width: header.width,
    height: header.height,
    lo: header.lo,
    hi: header.hi,
    yLo: header.y_lo,
    yHi: header.y_hi,
    nLevels: header.levels,
    nSeries: header.n_series,
    levels: new Uint8Array(frame, 4 + headerBytes, size),
  };
}
