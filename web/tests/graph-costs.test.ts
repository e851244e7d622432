import { expect, test } from "vitest";
import type { GraphNode } from "../src/api/schema.ts";
import { CostShares } from "../src/data/graph-costs.ts";
import { formatMicros } from "../src/data/numbers.ts";

const node = (id: string, micros: number | null): GraphNode => ({
  id,
  label: id,
  op: "",
  group: "",
  is_group: false,
  n_inside: 0,
  attributes: {},
  output: "",
  ops_inside: [],
  micros,
  memory_bytes: micros,
});

test("nodes are told apart by their share of the time", () => {
  const nodes = [node("a", 600), node("b", 250), node("c", 100), node("d", 45), node("e", 5), node("f", null)];
  const shares = new CostShares(nodes, "time");
  expect(nodes.map((one) => shares.classOf(one))).toEqual([0, 1, 1, 2, 4, null]);
  expect(shares.classes()).toEqual([
    { label: "≥ 30 %", rank: 0, count: 1 },
    { label: "10–30 %", rank: 0.25, count: 2 },
    { label: "3–10 %", rank: 0.5, count: 1 },
    { label: "< 1 %", rank: 1, count: 1 },
  ]);
});

test("a step that took nothing has one class, an untraced one none", () => {
  expect(new CostShares([node("a", 0)], "memory").classes()).toEqual([{ label: "< 1 %", rank: 1, count: 1 }]);
  expect(new CostShares([node("a", null)], "memory").classes()).toEqual([]);
});

test.each([
  [0, "0 µs"],
  [45, "45 µs"],
  [1_200, "1.2 ms"],
  [999_499, "999 ms"],
  [999_500, "1 s"],
  [3_400_000, "3.4 s"],
])("%d microseconds", (micros, text) => {
  expect(formatMicros(micros)).toBe(text);
});
