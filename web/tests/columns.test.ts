import { describe, expect, test } from "vitest";
import { columnCentres, lastFilled, nearestFilled, parseCurves } from "../src/data/columns.ts";

/** A frame built by hand from the format's description. */
function frame(header: object, floats: number[]): ArrayBuffer {
  const text = new TextEncoder().encode(JSON.stringify(header));
  const nText = text.length + ((4 - ((4 + text.length) % 4)) % 4);
  const bytes = new Uint8Array(4 + nText + 4 * floats.length).fill(0x20);
  new DataView(bytes.buffer).setUint32(0, nText, true);
  bytes.set(text, 4);
  floats.forEach((value, i) => new DataView(bytes.buffer).setFloat32(4 + nText + 4 * i, value, true));
  return bytes.buffer;
}

const header = {
  revision: 7,
  px: 2,
  lo: 0,
  hi: 4,
  x_axis: "step",
  smoothing: 0.6,
  is_smoothing_chosen: false,
  columns: ["minimum", "maximum", "mean", "last", "smooth", "other"],
  series: [
    {
      run: "a/한국어",
      tag: "loss",
      n_points: 3,
      n_nonfinite: 1,
      nonfinite_x: [3],
      clipped: 0,
      n_recorded: 9,
      origin: 5,
    },
  ],
};

describe("parseCurves", () => {
  test("gives each column its place, without copying", () => {
    const bytes = frame(header, [1, 3, 10, 20, 11, 21, 12, 22, 13, 23, 14, 24, 15, 25]);
    const curves = parseCurves(bytes);
    const [one] = curves.series;
    expect([...curves.x]).toEqual([1, 3]);
    expect(one!.run).toBe("a/한국어");
    expect([...one!.minimum]).toEqual([10, 20]);
    expect([...one!.maximum]).toEqual([11, 21]);
    expect([...one!.mean]).toEqual([12, 22]);
    expect([...one!.last]).toEqual([13, 23]);
    expect([...one!.smooth]).toEqual([14, 24]);
    expect([...one!.other]).toEqual([15, 25]);
    expect(one!.origin).toBe(5);
    expect(one!.smooth.buffer).toBe(bytes);
    expect(one!.nonfiniteX).toEqual([3]);
  });

  test("has what a restart left behind where the frame has it", () => {
    const more = { ...header, columns: [...header.columns, "abandoned"] };
    const bytes = [1, 3, 10, 20, 11, 21, 12, 22, 13, 23, 14, 24, 15, 25];
    expect([...parseCurves(frame(more, [...bytes, NaN, 7])).series[0]!.abandoned!]).toEqual([NaN, 7]);
    expect(parseCurves(frame(more, [...bytes, NaN, NaN])).series[0]!.abandoned).toBeNull();
    expect(parseCurves(frame(header, bytes)).series[0]!.abandoned).toBeNull();
  });

  test("refuses a frame that is shorter than its header says", () => {
    expect(() => parseCurves(frame(header, [1, 2, 3]))).toThrow(RangeError);
  });

  test("computes centres in float64, where a float32 would lose two minutes of a clock time", () => {
    const lo = 1_795_420_542.25;
    expect(columnCentres(lo, lo + 1, 4)[0]).toBe(lo + 0.125);
    expect(Math.fround(lo + 0.125)).not.toBe(lo + 0.125);
  });
});

describe("filled columns", () => {
  const column = Float32Array.from([NaN, 1, NaN, NaN, 2, NaN]);
  const grid = Float64Array.from([0, 1, 2, 3, 4, 5]);

  test("finds the last one, and none in an empty column", () => {
    expect(lastFilled(column)).toBe(4);
    expect(lastFilled(Float32Array.from([NaN, NaN]))).toBe(-1);
  });

  test("finds the nearest to a place, also beyond the ends", () => {
    expect(nearestFilled(grid, column, 2.1)).toBe(1);
    expect(nearestFilled(grid, column, 3)).toBe(4);
    expect(nearestFilled(grid, column, -50)).toBe(1);
    expect(nearestFilled(grid, column, 50)).toBe(4);
    expect(nearestFilled(grid, Float32Array.from([NaN, NaN, NaN, NaN, NaN, NaN]), 2)).toBe(-1);
    expect(nearestFilled(new Float64Array(), new Float32Array(), 2)).toBe(-1);
  });
});
