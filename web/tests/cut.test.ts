import { expect, test } from "vitest";
import { cutCurves } from "../src/data/cut.ts";
import { columnCentres, type Curves } from "../src/data/columns.ts";

const column = (...values: number[]) => Float32Array.from(values);
const one = (run: string, mean: Float32Array) => ({
  run, tag: "loss", nPoints: 3, nNonfinite: 0, nonfiniteX: [1.5, 3.5], minimum: mean, maximum: mean, mean, last: mean,
  smooth: mean, other: mean, origin: 0,
  abandoned: null,
}); // prettier-ignore
const stored: Curves = {
  revision: 1,
  lo: 0,
  hi: 4,
  xAxis: "step",
  smoothing: 0,
  isSmoothingChosen: false,
  x: columnCentres(0, 4, 4),
  series: [one("a", column(1, 2, 3, 4)), one("b", column(NaN, 5, 6, NaN))],
};

test("the whole is cut to what the asked series fill", () => {
  const cut = cutCurves(stored, { series: [{ run: "b", tag: "loss" }], px: 9 });
  expect([cut.lo, cut.hi, [...cut.x]]).toEqual([1, 3, [1.5, 2.5]]);
  expect([...cut.series[0]!.mean]).toEqual([5, 6]);
  expect(cut.series[0]!.nonfiniteX).toEqual([1.5]);
});

test("a range is cut to whole columns, and never to none", () => {
  const cut = cutCurves(stored, { series: [{ run: "a", tag: "loss" }], px: 9, lo: 1.2, hi: 2.9 });
  expect([cut.lo, cut.hi]).toEqual([1, 3]);
  expect(cutCurves(stored, { series: [{ run: "a", tag: "loss" }], px: 9, lo: 90, hi: 91 }).x.length).toBe(1);
});
