import { expect, test } from "vitest";
import type { TrainingView } from "../src/api/schema.ts";
import { GROUP_RUN, joinGroups, parseGroups } from "../src/data/group-curves.ts";
import { columnCentres, type Curves } from "../src/data/columns.ts";
import { BY_SEED, groupTrainings, hasSeeds, listGroupable, MAX_GROUPS } from "../src/data/groups.ts";
import { training } from "./overview.ts";

const named = (name: string, hparams: Record<string, unknown> = {}): TrainingView => training(name, { hparams });
const shapeOf = (rows: readonly TrainingView[], rule: string) =>
  groupTrainings(rows, rule).groups.map((group) => [group.name, group.members.map((one) => one.name)]);

test("a hyperparameter makes a group of each value, and counts who has none", () => {
  const rows = [named("a", { opt: "adam" }), named("b", { opt: "sgd" }), named("c", { opt: "adam" }), named("d")];
  expect(shapeOf(rows, "opt")).toEqual([
    ["opt=adam", ["a", "c"]],
    ["opt=sgd", ["b"]],
  ]);
  expect(groupTrainings(rows, "opt").nLeftOut).toBe(1);
});

test("many numbers become ranges of about equally many runs", () => {
  const rows = Array.from({ length: 100 }, (_, i) => named(`r${i}`, { lr: (i + 1) / 1000 }));
  const { groups } = groupTrainings(rows, "lr");
  expect(groups.map((group) => group.members.length)).toEqual([20, 20, 20, 20, 20]);
  expect(groups.map((group) => group.name)).toEqual([
    "lr 0.001 – 0.021",
    "lr 0.021 – 0.041",
    "lr 0.041 – 0.061",
    "lr 0.061 – 0.081",
    "lr ≥ 0.081",
  ]);
  const few = [named("a", { lr: 0.01 }), named("b", { lr: 0.005 }), named("c", { lr: "1e-4" })];
  expect(groupTrainings(few, "lr").groups.map((group) => group.name)).toEqual(["lr=1e-4", "lr=0.005", "lr=0.01"]);
});

test("runs that differ by their seed alone are one group", () => {
  const rows = [
    named("x1", { lr: 0.1, seed: 0 }),
    named("x2", { lr: 0.1, seed: 1 }),
    named("x3", { lr: 0.2, seed: 0 }),
  ];
  expect(shapeOf(rows, BY_SEED)).toEqual([
    ["lr=0.1", ["x1", "x2"]],
    ["lr=0.2", ["x3"]],
  ]);
  // Without hyperparameters the name tells.
  expect(shapeOf([named("vit/seed=1"), named("vit/seed=2"), named("cnn-s3")], BY_SEED)).toEqual([
    ["cnn", ["cnn-s3"]],
    ["vit", ["vit/seed=1", "vit/seed=2"]],
  ]);
  expect(hasSeeds(rows)).toBe(true);
  expect(hasSeeds([named("a"), named("b")])).toBe(false);
});

test.each([
  ["/(?P<model>vit|cnn)-.*/", ["cnn", "vit"]],
  ["/-(s\\d)/", ["s1", "s2"]],
  ["/vit/", ["vit"]],
])("the expression %s names groups by its first group", (rule, names) => {
  const rows = [named("vit-s1"), named("vit-s2"), named("cnn-s1")];
  expect(groupTrainings(rows, rule).groups.map((group) => group.name)).toEqual(names);
});

test("an expression that is none says so", () => {
  expect(groupTrainings([named("a")], "/(/")).toMatchObject({ isValid: false, groups: [] });
});

test("the largest groups are drawn, the others counted", () => {
  const rows = Array.from({ length: 30 }, (_, i) => named(`r${i}`, { host: `h${i % 12}` }));
  const grouping = groupTrainings(rows, "host");
  expect(grouping.groups).toHaveLength(MAX_GROUPS);
  expect(grouping.nGroups).toBe(12);
  expect(grouping.groups[0]!.members).toHaveLength(3);
});

test("what is worth grouping by has two values", () => {
  expect(listGroupable([named("a", { lr: 1, opt: "sgd" }), named("b", { lr: 2, opt: "sgd" })])).toEqual(["lr"]);
});

function frame(px: number, lo: number, hi: number): ArrayBuffer {
  const columns = ["mean", "low", "high", "minimum", "maximum", "deviation", "count"];
  const head = { revision: 1, px, lo, hi, x_axis: "step", smoothing: 0, is_smoothing_chosen: true, interval: 0.8 };
  let text = JSON.stringify({ ...head, columns, groups: [{ name: "g", n_series: 3, n_asked: 3 }] });
  text += " ".repeat((4 - ((4 + text.length) % 4)) % 4);
  const bytes = new Uint8Array(4 + text.length + 4 * px * columns.length);
  new DataView(bytes.buffer).setUint32(0, text.length, true);
  bytes.set(new TextEncoder().encode(text), 4);
  const values = new Float32Array(bytes.buffer, 4 + text.length);
  values.forEach((_, i) => (values[i] = Math.floor(i / px) * 100 + (i % px)));
  return bytes.buffer;
}

test("groups lie on the grid of the curves, nothing outside", () => {
  const groups = parseGroups(frame(4, 0, 40));
  const curves: Curves = {
    revision: 1,
    lo: 10,
    hi: 50,
    xAxis: "step",
    smoothing: 0,
    isSmoothingChosen: true,
    x: columnCentres(10, 50, 4),
    series: [],
  };
  const [group] = joinGroups(curves, groups).series;
  expect(group!.run).toBe(`${GROUP_RUN}g`);
  expect([...group!.mean]).toEqual([1, 2, 3, NaN]);
  expect([...group!.maximum]).toEqual([201, 202, 203, NaN]);
  expect(() => parseGroups(frame(4, 0, 40).slice(0, -4))).toThrow(RangeError);
});

test("a coarser grid is drawn straight between its columns", () => {
  const curves: Curves = {
    revision: 1,
    lo: 0,
    hi: 40,
    xAxis: "step",
    smoothing: 0,
    isSmoothingChosen: true,
    x: columnCentres(0, 40, 4),
    series: [],
  };
  expect([...joinGroups(curves, parseGroups(frame(2, 0, 40))).series[0]!.mean]).toEqual([0, 0.25, 0.75, 1]);
});
