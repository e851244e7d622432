import { expect, test } from "vitest";
import { isWithin, makeAxis, placeAt, valueAt } from "../src/data/axes.ts";
import { listColumns } from "../src/data/table.ts";
import { latest, training } from "./overview.ts";

const rows = [1e-4, 1e-3, 1e-2, 1e-1, 1].map((lr, i) =>
  training(`r${i}`, {
    hparams: { lr, depth: i, optimizer: i % 2 ? "adam" : "sgd" },
    latest: [latest("loss", "validation", 5 - i)],
  }),
);
const columns = listColumns(rows);
const axis = (key: string) =>
  makeAxis(
    columns.find((one) => one.key === key)!,
    key,
    rows,
  )!;

test("wide positive values are spaced by their logarithm, texts evenly", () => {
  expect(axis("h:lr").kind).toBe("log");
  expect(rows.map((row) => axis("h:lr").placeOf(row)!)).toEqual([0, 0.25, 0.5, 0.75, 1].map((p) => expect.closeTo(p)));
  expect(axis("h:depth").kind).toBe("linear");
  expect(axis("h:optimizer").categories).toEqual(["adam", "sgd"]);
  expect(axis("h:optimizer").placeOf(rows[0]!)).toBe(1);
});

test("places and values are each other's inverse", () => {
  for (const key of ["h:lr", "h:depth"])
    for (const place of [0, 0.3, 1]) expect(placeAt(axis(key), valueAt(axis(key), place))).toBeCloseTo(place);
});

test("brushes on several axes are joined, and a missing value is outside", () => {
  const axes = [axis("h:lr"), axis("h:depth")];
  const inside = rows.filter((row) => isWithin(row, axes, { "h:lr": [0.2, 0.8], "h:depth": [0.5, 1] }));
  expect(inside.map((row) => row.name)).toEqual(["r2", "r3"]);
  expect(isWithin(training("none"), axes, { "h:lr": [0, 1] })).toBe(false);
});

test("a constant has an axis, an absent value none", () => {
  const same = [training("a", { hparams: { x: 3 } })];
  const column = listColumns(same).find((one) => one.key === "h:x")!;
  expect(makeAxis(column, "x", same)!.placeOf(same[0]!)).toBeCloseTo(0.5);
  expect(makeAxis(column, "x", [training("b")])).toBeNull();
});
