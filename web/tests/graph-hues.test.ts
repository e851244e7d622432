import { expect, test } from "vitest";
import type { GraphEdge, GraphNode } from "../src/api/schema.ts";
import { hueKey, huesOf, legendOf, upstreamOf } from "../src/data/graph-hues.ts";

const node = (id: string, parts: Partial<GraphNode> = {}): GraphNode => ({
  id,
  label: id,
  op: "",
  group: "",
  is_group: false,
  n_inside: 0,
  attributes: {},
  output: "",
  ops_inside: [],
  micros: null,
  memory_bytes: null,
  ...parts,
});
const edge = (source: string, target: string): GraphEdge => ({ source, target, label: "", is_control: false });

test("upstream ends in graphs in circles, and takes every way", () => {
  const edges = [edge("a", "b"), edge("b", "c"), edge("c", "a"), edge("x", "c"), edge("c", "out"), edge("y", "z")];
  expect([...upstreamOf("out", edges)].toSorted()).toEqual(["a", "b", "c", "out", "x"]);
  expect([...upstreamOf("y", edges)]).toEqual(["y"]);
});

test("repeated layers have one structure, devices are as recorded", () => {
  const block = { is_group: true, n_inside: 12, ops_inside: ["Conv", "ReLU"] };
  expect(hueKey(node("b1", block), "structure")).toBe(hueKey(node("b2", block), "structure"));
  expect(hueKey(node("b3", { ...block, n_inside: 13 }), "structure")).not.toBe(hueKey(node("b1", block), "structure"));
  expect(hueKey(node("a", { attributes: { device: "/gpu:0" } }), "device")).toBe("/gpu:0");
  expect(hueKey(node("a"), "device")).toBeNull();
  const hueOf = huesOf([node("a", { op: "Add" }), node("b", { op: "Mul" })], "type");
  expect(new Set(["Add", "Mul", null].map(hueOf)).size).toBe(3);
  expect(hueOf(null)).toBe("var(--context)");
});

test("the legend has the commonest first and no more than asked for", () => {
  const nodes = ["Add", "Mul", "Add", "Sub", "Mul", "Add"].map((op, i) => node(String(i), { op }));
  expect(legendOf(nodes, "type", 2)).toEqual([
    { key: "Add", count: 3 },
    { key: "Mul", count: 2 },
  ]);
});
