import { expect, test } from "vitest";
import { findClipped, fitRange, select } from "../src/data/fit.ts";

const decay = Float32Array.from({ length: 200 }, (_, i) => 0.3 + 2 * Math.exp(-i / 30));

test("a decay from a high start is shown whole", () => {
  const range = fitRange([decay], [], { robust: true, log: false });
  expect(range.hi).toBeGreaterThan(2.3);
  expect(range.lo).toBeLessThan(0.31);
});

test("a lone spike is cut and counted, and shown when asked", () => {
  const spiked = decay.slice();
  spiked[150] = 400;
  const range = fitRange([spiked], [], { robust: true, log: false });
  expect(range.hi).toBeLessThan(6);
  const grid = Float64Array.from(spiked, (_, i) => i);
  expect(findClipped(grid, spiked, spiked, range)).toEqual([{ x: 150, edge: "top", count: 1, value: 400 }]);
  expect(fitRange([spiked], [], { robust: false, log: false }).hi).toBeGreaterThan(400);
});

test("neighbouring peaks are one mark with their number and the farthest value", () => {
  const maximum = Float32Array.from({ length: 100 }, (_, i) => (i === 50 ? 9 : i === 52 ? 20 : i === 90 ? 8 : 1));
  const grid = Float64Array.from(maximum, (_, i) => i);
  const found = findClipped(grid, maximum, maximum, { lo: 0, hi: 2 });
  expect(found.map((one) => [one.x, one.count, one.value])).toEqual([
    [51, 2, 20],
    [90, 1, 8],
  ]);
});

test("a metric that is never negative keeps zero as its floor", () => {
  expect(fitRange([Float32Array.from([0.01, 1])], [], { robust: true, log: false }).lo).toBe(0);
});

test.each([
  ["nothing", []],
  ["NaN only", [NaN, NaN]],
  ["one value", [3]],
  ["a constant", [2, 2, 2]],
  ["zero", [0, 0]],
  ["huge next to tiny", [1e-30, 1e30]],
])("%s still gives a range with a width", (_name, values) => {
  for (const log of [false, true]) {
    const range = fitRange([Float32Array.from(values)], [], { robust: true, log });
    expect(range.hi).toBeGreaterThan(range.lo);
    expect(Number.isFinite(range.lo) && Number.isFinite(range.hi)).toBe(true);
    if (log) expect(range.lo).toBeGreaterThan(0);
  }
});

test("select finds the value that sorting would put there", () => {
  for (let seed = 1; seed < 40; seed++) {
    const values = Float64Array.from({ length: 1 + seed * 3 }, (_, i) => ((i * 7919 * seed) % 13) - 6);
    const sorted = values.toSorted();
    for (const k of [0, values.length >> 1, values.length - 1]) expect(select(values.slice(), k)).toBe(sorted[k]);
  }
});
