import { describe, expect, test } from "vitest";
import {
  formatElapsed,
  formatSpread,
  formatStep,
  formatStepShort,
  formatTicks,
  formatValue,
  formatMark,
  settingText,
} from "../src/data/numbers.ts";
import { clockTicks, linearTicks, logTicks, stepTicks } from "../src/data/ticks.ts";

test("steps stand in full", () => {
  expect(formatStep(41207)).toBe("41,207");
  expect(formatStep(0)).toBe("0");
});

test.each([
  [999, "999"],
  [9999, "9999"],
  [10_000, "10k"],
  [52_000, "52k"],
  [40_160, "40.2k"],
  [1_250_000, "1.25M"],
  [0.5, "0.5"],
])("the short step of %d is %s", (step, text) => expect(formatStepShort(step)).toBe(text));

test.each([
  [0.36123, "0.3612"],
  [12.3456, "12.35"],
  [1e-7, "1e-7"],
  [12_345_678, "1.23e7"],
  [-0.5, "−0.5000"],
  ["NaN", "NaN"],
  ["-Infinity", "−∞"],
  [null, "–"],
  [3, "3"],
])("the value %s reads %s", (value, text) => expect(formatValue(value)).toBe(text));

test.each([
  [45, "45 s"],
  [750, "12:30"],
  [11_100, "3:05:00"],
  [187_200, "2 d 4 h"],
])("%d seconds read %s", (seconds, text) => expect(formatElapsed(seconds)).toBe(text));

describe("ticks", () => {
  test("are round and share their decimals", () => {
    expect(linearTicks(0, 1, 5)).toEqual([0, 0.2, 0.4, 0.6, 0.8, 1]);
    expect(formatTicks(linearTicks(0, 1, 5))).toEqual(["0.0", "0.2", "0.4", "0.6", "0.8", "1.0"]);
    expect(formatTicks([0, 50_000, 100_000])).toEqual(["0", "50k", "100k"]);
  });

  test("of steps are whole", () => {
    expect(stepTicks(0, 9, 17)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
    expect(stepTicks(0, 2.4, 8)).toEqual([0, 1, 2]);
    expect(stepTicks(3.2, 3.8, 8)).toEqual([]);
    expect(stepTicks(0, 1000, 5)).toEqual([0, 200, 400, 600, 800, 1000]);
    expect(stepTicks(7, 7, 5)).toEqual([7]);
  });

  test("lie within the range for any range", () => {
    for (const [lo, hi] of [
      [-3.7, 12],
      [1e-9, 3e-9],
      [1e300, 9e300],
      [41_000, 41_007],
    ] as const)
      for (const tick of linearTicks(lo, hi, 6)) {
        expect(tick).toBeGreaterThanOrEqual(lo - (hi - lo) * 1e-6);
        expect(tick).toBeLessThanOrEqual(hi + (hi - lo) * 1e-6);
      }
  });

  test("of a logarithmic axis are powers of ten", () => {
    expect(logTicks(0.001, 10, 5)).toEqual([0.001, 0.01, 0.1, 1, 10]);
    expect(logTicks(0, 10, 5)).toEqual([]);
  });

  test("of a clock fall on full local hours", () => {
    const seoul = 9 * 3600;
    expect(clockTicks(1000, 15_000, 3, seoul).every((tick) => (tick + seoul) % 3600 === 0)).toBe(true);
  });
});

test.each([
  [0.03, "0.03"],
  [1e-4, "1e-4"],
  [1200, "1,200"],
  [0.30000000000000004, "0.3"],
  [-2, "−2"],
  [0, "0"],
])("a mark of %d reads %s", (value, text) => expect(formatMark(value)).toBe(text));

test.each([
  [0.63228, 0.009863, "0.6323 ± 0.0099"],
  [45.5, 3.082, "45.5 ± 3.1"],
  [-120.4, 31.7, "−120 ± 32"],
  [49, 0, "49 ± 0"],
  [1e-9, 2e-10, "1e-9 ± 2e-10"],
  [0, 0.25, "0.00 ± 0.25"],
])("mean %s and deviation %s have decimals that belong together", (mean, deviation, text) => {
  expect(formatSpread(mean, deviation)).toBe(text);
});

test.each([
  [0.02, "0.02"],
  [0.0003, "3e-4"],
  [0, "0"],
  [64, "64"],
  [1e-8, "1e-8"],
  [0.123456, "0.123456"],
  ["a", "a"],
  [[1, 2], "[1,2]"],
])("the setting %s is written %s", (value, text) => {
  expect(settingText(value)).toBe(text);
});
