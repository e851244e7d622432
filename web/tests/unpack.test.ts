import { expect, test } from "vitest";
import type { Overview, PackedOverview } from "../src/api/schema.ts";
import { unpackOverview } from "../src/data/unpack.ts";

const common = {
  state: "finished" as const,
  first_step: 0,
  last_step: 9,
  n_points: 20,
  last_wall_time: 1,
  hparams: {},
  findings: [],
  spark: [],
  state_from: "",
  judged: true,
  failure: "",
  undecided: [],
};
const packed: PackedOverview = {
  overview: { revision: 3, trainings: [] } as unknown as Overview,
  trainings: [
    {
      ...common,
      name: "a",
      runs: ["a/train", "a/val"],
      pairs: 4,
      latest: 0,
      values: [9, 0.5, 0.25, 7, 9, "NaN", null, null],
    },
    { ...common, name: "b", runs: ["b"], pairs: 5, latest: 1, values: [] },
  ],
  pairs: {
    "4": [
      {
        metric: "loss",
        train: { run: 0, tag: "loss" },
        validation: { run: 1, tag: "loss" },
        direction: "min",
        how: "",
      },
    ],
    "5": [],
  },
  latest: {
    "0": [
      { metric: "loss", half: "train" },
      { metric: "loss", half: "validation" },
    ],
    "1": [],
  },
};

test("pairs name the training's own runs, values stand in the order of their shape", () => {
  const [a, b] = unpackOverview(packed).trainings;
  expect(a!.pairs).toEqual([
    {
      metric: "loss",
      train: { run: "a/train", tag: "loss" },
      validation: { run: "a/val", tag: "loss" },
      direction: "min",
      how: "",
    },
  ]);
  expect(a!.latest).toEqual([
    { metric: "loss", half: "train", step: 9, value: 0.5, best: 0.25, best_step: 7 },
    { metric: "loss", half: "validation", step: 9, value: "NaN", best: null, best_step: null },
  ]);
  expect([b!.pairs, b!.latest]).toEqual([[], []]);
});

test("a training is like any other: copied, compared and written as JSON", () => {
  const [a] = unpackOverview(packed).trainings;
  const copy = { ...a! };
  expect(copy.latest).toBe(a!.latest);
  expect(JSON.parse(JSON.stringify(a)).pairs).toHaveLength(1);
  expect(Object.keys(a!)).not.toContain("values");
});
