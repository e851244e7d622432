import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { contrastOf, faintThemes, PANELS, parseColour } from "../src/data/contrast.ts";
import { assignSlots } from "../src/data/palette.ts";

it("measures contrast as WCAG does", () => {
  expect(contrastOf("#000000", "#ffffff")).toBeCloseTo(21);
  expect(contrastOf("#ffffff", "#ffffff")).toBe(1);
  // The grey that WebAIM gives as the lightest with 4.5:1 on white.
  expect(contrastOf("#767676", "#ffffff")).toBeCloseTo(4.54, 2);
});

it("names the themes in which a line is hard to see", () => {
  expect(faintThemes("#ffff00")).toEqual(["light"]);
  expect(faintThemes("#101010")).toEqual(["dark"]);
  expect(faintThemes("#808080")).toEqual([]);
});

it("knows the panels of the style sheet", () => {
  const css = readFileSync(new URL("../src/ui/page.css", import.meta.url), "utf8");
  const panels = [...css.matchAll(/--panel: (#[0-9a-f]{6})/g)].map((match) => match[1]);
  expect(panels).toEqual([PANELS.light, PANELS.dark]);
});

it("takes what people type", () => {
  expect(["#1D55C4", "1d55c4", " #fa0 ", "red", "#12345", ""].map(parseColour)).toEqual([
    "#1d55c4",
    "#1d55c4",
    "#ffaa00",
    null,
    null,
    null,
  ]);
});

it("gives a chosen slot to its run and another one to whoever had it", () => {
  const usual = assignSlots(["a", "b", "c"]);
  const wanted = usual.get("b")!;
  const slots = assignSlots(["a", "b", "c"], usual, new Map([["a", wanted]]));
  expect(slots.get("a")).toBe(wanted);
  expect(slots.get("b")).not.toBe(wanted);
  expect(slots.get("c")).toBe(usual.get("c"));
});
