import { describe, expect, test } from "vitest";
import { parseQuery } from "../src/data/query.ts";
import { hparamColumns, sortRows, visibleRows } from "../src/data/rows.ts";
import { finding, latest, training } from "./overview.ts";

const rows = [
  training("vit-b16-s0", {
    hparams: { lr: 3e-4, optimizer: "adamw" },
    latest: [latest("loss", "train", 0.2), latest("loss", "validation", 0.36), latest("accuracy", "validation", 0.84)],
  }),
  training("vit-b16-s2", {
    hparams: { lr: 3e-4, optimizer: "sgd" },
    latest: [latest("loss", "validation", 0.74), latest("accuracy", "validation", 0.78)],
    findings: [finding("overfit")],
  }),
  training("resnet50 lr 3e-3 한국어", {
    hparams: { lr: "0.003", optimizer: "sgd" },
    state: "failed",
    latest: [latest("loss", "validation", "NaN")],
    findings: [finding("diverged", { severity: "error" })],
  }),
];
const find = (text: string) => rows.filter(parseQuery(text).matches).map((row) => rows.indexOf(row));

test.each([
  ["", [0, 1, 2]],
  ["vit", [0, 1]],
  ["VIT s2", [1]],
  ['"lr 3e-3"', [2]],
  ["한국어", [2]],
  ["val/acc > 0.8", [0]],
  ["val/acc>0.8", [0]],
  ["val_loss < 0.5 and lr < 1e-3", [0]],
  ["train/loss <= 0.2", [0]],
  ["loss > 0", [0, 1]],
  ["lr < 1e-3", [0, 1]],
  ["lr = 0.003", [2]],
  ["optimizer=sgd", [1, 2]],
  ["optimizer:ADAM", [0]],
  ["health:overfit", [1]],
  ["health:healthy", [0]],
  ["state:failed", [2]],
  ["name:/vit.*s[0-2]/", [0, 1]],
  ["/s0$/", [0]],
  ["-vit", [2]],
  ["-health:overfit vit", [0]],
  ["tag:epoch_loss", [0, 1, 2]],
  ["step >= 100", [0, 1, 2]],
])("%s", (text, wanted) => expect(find(text)).toEqual(wanted));

describe("a filter that is not understood", () => {
  test("is named and lets everything through", () => {
    const query = parseQuery("name:/[/ vit");
    expect(query.problems).toEqual(["name:/[/"]);
    expect(rows.filter(query.matches).length).toBe(2);
  });

  test.each(["lr <", "< 3", "::", "/", "-", '"', "a = = b", "((", "health:", "\\"])(
    "half-typed %s never throws",
    (text) => {
      expect(() => rows.filter(parseQuery(text).matches)).not.toThrow();
    },
  );
});

describe("the table", () => {
  const names = (column: string, isDescending: boolean) =>
    sortRows(rows, { column, isDescending }, "loss").map((row) => rows.indexOf(row));

  test("sorts numbers as numbers, with NaN last either way", () => {
    expect(names("value", false)).toEqual([0, 1, 2]);
    expect(names("value", true)).toEqual([1, 0, 2]);
  });

  test("sorts names naturally and health by weight", () => {
    const numbered = ["r10", "r9", "r1"].map((name) => training(name));
    expect(sortRows(numbered, { column: "run", isDescending: false }, null).map((row) => row.name)).toEqual([
      "r1",
      "r9",
      "r10",
    ]);
    expect(names("health", true)).toEqual([2, 1, 0]);
    expect(names("h:lr", false)).toEqual([0, 1, 2]);
  });

  test("gives columns to hyperparameters that differ first", () => {
    expect(
      hparamColumns([training("a", { hparams: { batch: 8, lr: 1 } }), training("b", { hparams: { batch: 8, lr: 2 } })]),
    ).toEqual(["lr", "batch"]);
  });

  test("renders only the rows in sight", () => {
    expect(visibleRows(10_000, 36, 36_000, 640)).toEqual({ first: 992, stop: 1026 });
    expect(visibleRows(3, 36, 0, 640)).toEqual({ first: 0, stop: 3 });
    expect(visibleRows(10, 36, 99_999, 640).stop).toBe(10);
  });
});

test("filters ten thousand trainings well within a frame's patience", () => {
  const many = Array.from({ length: 10_000 }, (_, i) => ({ ...rows[i % 3]!, name: `run-${i}` }));
  const started = performance.now();
  expect(many.filter(parseQuery("val/acc > 0.8 lr < 1e-3 run").matches).length).toBe(3334);
  expect(performance.now() - started).toBeLessThan(1000);
});
