import { expect, test } from "vitest";
import { bridge } from "../src/data/bridge.ts";
import { diffHparams, partsAt, subtract } from "../src/data/compare.ts";
import { listMedia, nearestStep } from "../src/data/media.ts";
import { training } from "./overview.ts";

test("only what differs is listed, a missing value among it", () => {
  const rows = [training("a", { hparams: { lr: 0.1, seed: 1 } }), training("b", { hparams: { lr: 0.1, note: "x" } })];
  expect(diffHparams(rows)).toEqual({
    differing: [
      { name: "note", values: [null, "x"] },
      { name: "seed", values: ["1", null] },
    ],
    nSame: 1,
  });
});

test("curves of different density are subtracted along straight lines", () => {
  expect([...bridge(Float32Array.from([NaN, 1, NaN, 3, NaN]))]).toEqual([NaN, 1, 2, 3, NaN]);
  const sparse = Float32Array.from([0, NaN, 2]);
  expect([...subtract(Float32Array.from([1, 1, 1]), sparse)]).toEqual([1, 0, -1]);
});

test("curves part where the difference leaves the noise for good", () => {
  // Noise of ±0.1 about 0 up to column 60, about 1 from there; one wild column before does not count.
  const noise = (i: number) => 0.1 * Math.sin(i * 12.9898);
  const raw = Float32Array.from({ length: 100 }, (_, i) => (i >= 60 ? 1 : 0) + noise(i) + (i === 20 ? 5 : 0));
  const smooth = Float32Array.from({ length: 100 }, (_, i) => (i >= 60 ? 1 : 0) + (i === 20 ? 5 : 0));
  expect(partsAt(smooth, raw)).toBe(60);
  expect(partsAt(new Float32Array(100), raw)).toBeNull();
  expect(partsAt(new Float32Array(), new Float32Array())).toBeNull();
});

test("media are listed by kind and tag, narrowed to runs", () => {
  const tag = (name: string, kind: string, runs: string[]) => ({ tag: name, kind, runs, n_points: 1, description: "" });
  const catalog = {
    revision: 1,
    tags: [
      tag("note", "text", ["a"]),
      tag("pic10", "image", ["a", "b"]),
      tag("pic2", "image", ["b"]),
      tag("loss", "scalar", ["a"]),
    ],
  };
  expect(listMedia(catalog, null).map((one) => one.tag)).toEqual(["pic2", "pic10", "note"]);
  expect(listMedia(catalog, new Set(["a"])).map((one) => [one.tag, one.runs])).toEqual([
    ["pic10", ["a"]],
    ["note", ["a"]],
  ]);
});

test("the recorded step nearest to the chosen one is shown, the newest when none is chosen", () => {
  expect(nearestStep([0, 10, 20], 13)).toBe(1);
  expect(nearestStep([0, 10, 20], null)).toBe(2);
  expect(nearestStep([], 5)).toBe(-1);
});
