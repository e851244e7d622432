import { describe, expect, it } from "vitest";
import { readdirSync, readFileSync } from "node:fs";
import { buildShapes, CHANCE_ERRORS, letterOf, rangeOf, type Seen } from "../src/data/evidence-shapes.ts";
import { evidenceEn, evidenceKo, type Said } from "../src/i18n/evidence.ts";
import { finding } from "./overview.ts";

const SEEN: Seen = { first: 0, last: 100, end: 0.5, direction: "min" };

describe("what overfit measured", () => {
  const overfit = finding("overfit", {
    onset_step: 40,
    onset_interval: [36, 46],
    step: 100,
    evidence: {
      best_step: 38,
      best_value: 0.48,
      last_value: 0.9,
      rise: 0.4,
      rise_sigmas: 20,
      train_then_value: 0.4,
      train_last_value: 0.3,
    },
  });
  const shapes = buildShapes(overfit, SEEN);
  const one = (code: string) => shapes.find((shape) => shape.code === code)!;

  it("begins where the finding says, with its interval", () => {
    expect(one("onset")).toEqual({ kind: "onset", code: "onset", from: 36, to: 46, lo: 40, hi: null });
    expect(one("best")).toMatchObject({ kind: "point", from: 38, lo: 0.48 });
  });

  it("has the reach of chance around the best level: the rise less is the best, a twentieth of it one error", () => {
    // 0.9 - 0.4 = 0.5; one standard error is 0.4 / 20 = 0.02.
    const chance = one("chance");
    expect(chance.lo).toBeCloseTo(0.5 - CHANCE_ERRORS * 0.02);
    expect(chance.hi).toBeCloseTo(0.5 + CHANCE_ERRORS * 0.02);
    expect([chance.from, chance.to]).toEqual([38, 100]);
    expect(one("rise")).toMatchObject({ from: 100, lo: 0.5, hi: 0.9 });
    expect(one("tail")).toMatchObject({ from: 90, to: 100 });
    expect(one("train")).toMatchObject({ kind: "slope", from: 38, to: 100, lo: 0.4, hi: 0.3 });
  });

  it("is mirrored where higher is better", () => {
    const mirrored = buildShapes(finding("overfit", { evidence: { last_value: 0.5, rise: 0.4, rise_sigmas: 20 } }), {
      ...SEEN,
      direction: "max",
    });
    expect(mirrored.find((shape) => shape.code === "rise")).toMatchObject({ lo: 0.5, hi: 0.9 });
  });

  it("spans all values that are drawn", () => {
    expect(rangeOf(shapes)).toEqual({ lo: 0.3, hi: 0.9 });
    expect(rangeOf([])).toBeNull();
  });
});

it("draws a plateau's level and tolerance from its start", () => {
  const shapes = buildShapes(
    finding("plateau", {
      onset_step: 60,
      onset_interval: null,
      step: 100,
      evidence: { level_value: 2, tolerance: 0.1 },
    }),
    SEEN,
  );
  expect(shapes.map(({ code, from, to, lo, hi }) => [code, from, to, lo, hi])).toEqual([
    ["onset", 60, 60, 60, null],
    ["level", 60, 100, 2, null],
    ["tolerance", 60, 100, 1.9, 2.1],
  ]);
});

it("draws a spike against its usual level", () => {
  const shapes = buildShapes(
    finding("spike", {
      onset_step: 50,
      step: 50,
      evidence: { value: 9, level_value: 1, height_sigmas: 30, recovered_step: 55 },
    }),
    SEEN,
  );
  expect(shapes.map((shape) => shape.code)).toEqual(["at", "peak", "usual", "height", "recovered"]);
  expect(shapes[3]).toMatchObject({ kind: "bracket", lo: 1, hi: 9 });
});

it("draws nothing of numbers that are none", () => {
  const shapes = buildShapes(
    finding("nonfinite", { onset_step: null, evidence: { value: "NaN", last_good_step: null, best_step: "NaN" } }),
    SEEN,
  );
  expect(shapes).toEqual([]);
  expect([letterOf(0), letterOf(25)]).toEqual(["A", "Z"]);
});

describe("words", () => {
  const source = readFileSync(new URL("../src/data/evidence-shapes.ts", import.meta.url), "utf8");
  const said: Said = { step: "1", from: "1", to: "2", value: "3", lo: "4", hi: "5", half: "train", number: () => "6" };

  it("name every shape in both languages", () => {
    const codes = [...source.matchAll(/add\("\w+", "(\w+)"/g)].map((match) => match[1]!);
    expect(codes.length).toBeGreaterThan(15);
    for (const code of [...codes, "epoch", "period", "firstBest"])
      for (const words of [evidenceEn, evidenceKo]) expect(words.shape[code]?.(said), code).toBeTruthy();
  });

  it("read rules that there are, the same ones in both languages", () => {
    const rules = readdirSync(new URL("../../python/goodfit/findings/rules/", import.meta.url));
    for (const rule of Object.keys(evidenceEn.reading)) expect(rules).toContain(`${rule}.py`);
    expect(Object.keys(evidenceKo.reading)).toEqual(Object.keys(evidenceEn.reading));
  });
});
