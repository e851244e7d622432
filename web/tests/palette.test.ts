/**
 * The palettes' promise, measured: told apart by people with normal, protan, deutan and tritan sight, and at least 3:1 on
 * the panel. Sight is simulated after Viénot, Brettel & Mollon (1999) for protan and deutan, and with Machado, Oliveira &
 * Fernandes (2009, severity 1) for tritan; distance is Euclidean in OKLab (Ottosson 2020), times 100.
 */

import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import {
  APART,
  assignSlots,
  holdSlots,
  orderForSlots,
  DARK,
  LIGHT,
  N_COLOURS,
  stableHash,
} from "../src/data/palette.ts";

type Rgb = readonly [number, number, number];

const linear = (hex: string): Rgb => {
  const part = (at: number) => {
    const value = parseInt(hex.slice(at, at + 2), 16) / 255;
    return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
  };
  return [part(1), part(3), part(5)];
};

const times = (matrix: readonly Rgb[], [r, g, b]: Rgb): Rgb =>
  matrix.map((row) => Math.min(1, Math.max(0, row[0] * r + row[1] * g + row[2] * b))) as unknown as Rgb;

const sights: Record<string, (colour: Rgb) => Rgb> = {
  normal: (colour) => colour,
  protan: (colour) =>
    times(
      [
        [0.11238, 0.88762, 0],
        [0.11238, 0.88762, 0],
        [0.00401, -0.00401, 1],
      ],
      colour,
    ),
  deutan: (colour) =>
    times(
      [
        [0.29275, 0.70725, 0],
        [0.29275, 0.70725, 0],
        [-0.02234, 0.02234, 1],
      ],
      colour,
    ),
  tritan: (colour) =>
    times(
      [
        [1.255528, -0.076749, -0.178779],
        [-0.078411, 0.930809, 0.147602],
        [0.004733, 0.691367, 0.3039],
      ],
      colour,
    ),
};

function oklab([r, g, b]: Rgb): Rgb {
  const l = Math.cbrt(0.4122214708 * r + 0.5363325363 * g + 0.0514459929 * b);
  const m = Math.cbrt(0.2119034982 * r + 0.6806995451 * g + 0.1073969566 * b);
  const s = Math.cbrt(0.0883024619 * r + 0.2817188376 * g + 0.6299787005 * b);
  return [
    0.2104542553 * l + 0.793617785 * m - 0.0040720468 * s,
    1.9779984951 * l - 2.428592205 * m + 0.4505937099 * s,
    0.0259040371 * l + 0.7827717662 * m - 0.808675766 * s,
  ];
}

const distance = (a: Rgb, b: Rgb) => 100 * Math.hypot(...oklab(a).map((value, i) => value - oklab(b)[i]!));
const luminance = ([r, g, b]: Rgb) => 0.2126 * r + 0.7152 * g + 0.0722 * b;
const contrast = (a: string, b: string) => {
  const [high, low] = [luminance(linear(a)), luminance(linear(b))].toSorted((x, y) => y - x);
  return (high! + 0.05) / (low! + 0.05);
};

/** A custom property of the page's style sheet, as each theme has it. */
const css = readFileSync(new URL("../src/ui/page.css", import.meta.url), "utf-8");
const [lightCss = "", darkCss = ""] = css.split(':root[data-theme="dark"]');
const read = (sheet: string, name: string) => new RegExp(`${name}: (#[0-9a-f]{6})`).exec(sheet)![1]!;

describe.each([
  ["light", LIGHT, lightCss],
  ["dark", DARK, darkCss],
] as const)("%s", (_theme, palette, sheet) => {
  test.each(Object.keys(sights))("colours are apart for %s sight", (sight) => {
    // The search that found them used another simulation of the dichromats and weighed tritan by 1.3.
    const wanted = sight === "tritan" ? 10.6 : 11;
    for (let i = 0; i < palette.length; i++)
      for (let j = 0; j < i; j++) {
        const seen = sights[sight]!;
        expect(distance(seen(linear(palette[i]!)), seen(linear(palette[j]!)))).toBeGreaterThan(wanted);
      }
  });

  test("every colour has 3:1 on the panel and is far from the grey context", () => {
    for (const colour of palette) {
      expect(contrast(colour, read(sheet, "--panel"))).toBeGreaterThanOrEqual(3);
      expect(distance(linear(colour), linear(read(sheet, "--context")))).toBeGreaterThan(12);
    }
  });

  test("every text colour has 4.5:1 on what it stands on", () => {
    for (const text of ["--text", "--soft", "--faint", "--accent"])
      for (const ground of ["--page", "--panel", "--hover"])
        expect(contrast(read(sheet, text), read(sheet, ground)), `${text} on ${ground}`).toBeGreaterThanOrEqual(4.5);
    for (const tone of ["error", "warning", "info", "good", "accent"])
      expect(contrast(read(sheet, `--${tone}`), read(sheet, `--${tone}-soft`)), tone).toBeGreaterThanOrEqual(4.5);
  });
});

describe("slots", () => {
  const names = Array.from({ length: N_COLOURS }, (_, i) => `sweep/run-${i}`);

  test("are all different within the focus set, in whatever order it comes", () => {
    const slots = assignSlots(names);
    expect(new Set(slots.values()).size).toBe(N_COLOURS);
    const reversed = assignSlots(names.toReversed());
    for (const name of names) expect(reversed.get(name)).toBe(slots.get(name));
  });

  test("stay with a training when others come and go", () => {
    const before = assignSlots(names.slice(0, 4));
    const after = assignSlots([...names.slice(2, 4), "new/a", "new/b"], before);
    for (const name of names.slice(2, 4)) expect(after.get(name)).toBe(before.get(name));
  });

  test("of new trainings keep clear of those that are not shown, as long as there are free ones", () => {
    const kept = assignSlots(names.slice(0, 5));
    const crowd = Array.from(
      { length: N_COLOURS },
      (_, slot) => [...kept.values()].filter((one) => one === slot).length,
    );
    for (const name of ["a", "b", "c", "d"])
      expect([...kept.values()]).not.toContain(assignSlots([name], new Map(), new Map(), crowd).get(name));
  });

  test("go to the eldest first, whatever the order on screen", () => {
    expect(orderForSlots(["c", "new", "a", "b"], ["b", "gone", "a", "c"])).toEqual(["b", "a", "c", "new"]);
  });

  test("go home when a chosen colour is taken back, and stay with who is in sight where two have one home", () => {
    const homes = new Map([
      ["a", 0],
      ["b", 1],
      ["c", 0],
    ]);
    const withChoice = holdSlots(["a", "b"], [homes, new Map([["b", 5]])], new Map([["a", 1]]));
    expect([...withChoice]).toEqual([["b", 5]]);
    const after = new Map([
      ["a", 1],
      ["b", 5],
    ]);
    expect([...holdSlots(["a", "b"], [homes, after], new Map())]).toEqual([
      ["a", 0],
      ["b", 1],
    ]);
    expect(holdSlots(["c", "a"], [homes, new Map([["a", 3]])], new Map())).toEqual(
      new Map([
        ["c", 0],
        ["a", 3],
      ]),
    );
  });

  test("know how far their colours are apart", () => {
    for (let i = 0; i < N_COLOURS; i++)
      for (let j = 0; j < N_COLOURS; j++) {
        const gaps = [LIGHT, DARK].map((palette) => distance(linear(palette[i]!), linear(palette[j]!)));
        expect(APART[i]![j], `${i} and ${j}`).toBe(Math.round(Math.min(...gaps)));
      }
  });

  test("of a few trainings are far apart, whatever their names", () => {
    const least = Array.from({ length: 200 }, (_, i) => {
      const given = [...assignSlots([`a${i}`, `b${i}`, `c${i}`]).values()];
      return Math.min(APART[given[0]!]![given[1]!]!, APART[given[0]!]![given[2]!]!, APART[given[1]!]![given[2]!]!);
    });
    expect(Math.min(...least)).toBeGreaterThanOrEqual(20);
  });

  test("repeat beyond eight", () => {
    const many = Array.from({ length: 20 }, (_, i) => `run-${i}`);
    const slots = assignSlots(many);
    expect(slots.size).toBe(20);
    expect(new Set(slots.values()).size).toBe(N_COLOURS);
  });

  test("of a training alone are its hash's, the same after a reload", () => {
    expect(assignSlots(["vit-b16-s0"]).get("vit-b16-s0")).toBe(stableHash("vit-b16-s0") % N_COLOURS);
  });
});
