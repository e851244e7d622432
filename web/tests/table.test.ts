import { describe, expect, test } from "vitest";
import { formatTable, groupBy, listColumns, sortBy, spreadOf, usualColumns } from "../src/data/table.ts";
import { latest, training } from "./overview.ts";

const rows = [
  training("a", { hparams: { lr: 0.1, seed: 1, note: "x" }, latest: [latest("loss", "validation", 1, 0.5)] }),
  training("b", { hparams: { lr: 0.1, seed: 2, note: "x" }, latest: [latest("loss", "validation", 2, 0.7)] }),
  training("c", { hparams: { lr: "1e-3", seed: 1, note: "y" }, latest: [latest("loss", "validation", "NaN")] }),
];
const columns = listColumns(rows);
const column = (key: string) => columns.find((one) => one.key === key)!;

test("there is a column for all that the trainings have", () => {
  expect(columns.map((one) => one.key)).toEqual([
    "run",
    "health",
    "state",
    "step",
    "points",
    "updated",
    "l:validation:loss",
    "b:validation:loss",
    "s:validation:loss",
    "h:lr",
    "h:seed",
    "h:note",
  ]);
  // A learning rate that was logged as text is a number all the same.
  expect(column("h:lr").isNumber).toBe(true);
  expect(column("h:note").isNumber).toBe(false);
  expect(usualColumns(columns, rows, "loss")).toContain("h:lr");
});

test("rows are sorted, NaN and missing values last in both directions", () => {
  const names = (isDescending: boolean) =>
    sortBy(rows, { column: "l:validation:loss", isDescending }, columns).map((row) => row.name);
  expect(names(false)).toEqual(["a", "b", "c"]);
  expect(names(true)).toEqual(["b", "a", "c"]);
});

test("a group tells mean, sample deviation and how many counted", () => {
  const shown = [column("run"), column("l:validation:loss"), column("h:note")];
  const groups = groupBy(rows, column("h:lr"), shown, null);
  expect(groups.map((group) => [group.label, group.members.length])).toEqual([
    [0.001, 1],
    [0.1, 2],
  ]);
  // 1 and 2: mean 1.5, deviation sqrt((0.25 + 0.25) / 1).
  expect(groups[1]!.cells.get("l:validation:loss")).toEqual({ mean: 1.5, deviation: Math.SQRT1_2, n: 2 });
  expect(groups[0]!.cells.get("l:validation:loss")).toBeNull();
  expect(groups[1]!.cells.get("h:note")).toBe("x");
  const byLoss = groupBy(rows, column("h:seed"), shown, { column: "l:validation:loss", isDescending: true });
  expect(byLoss.map((group) => group.label)).toEqual([2, 1]);
});

test("one value has no deviation, none has no mean", () => {
  expect(spreadOf([3])).toEqual({ mean: 3, deviation: null, n: 1 });
  expect(spreadOf([0.1, 0.1, 0.1])).toEqual({ mean: 0.1, deviation: 0, n: 3 });
  expect(spreadOf([])).toBeNull();
});

describe("as text", () => {
  const head = ["run", "loss"];
  const body = [
    ['a,"b"', "0.5 ± 0.1"],
    ["=cmd()", "-1.5"],
    ["x|y_<b>", "50%"],
  ];

  test("CSV is quoted and runs nothing in a spreadsheet", () => {
    expect(formatTable("csv", head, body)).toBe('run,loss\r\n"a,""b""",0.5 ± 0.1\r\n\'=cmd(),-1.5\r\nx|y_<b>,50%\r\n');
  });

  test("Markdown keeps pipes and tags as text", () => {
    expect(formatTable("markdown", head, body).split("\n")[1]).toBe("| --- | ---: |");
    expect(formatTable("markdown", head, body).split("\n")[4]).toBe("| x\\|y\\_\\<b\\> | 50% |");
  });

  test("LaTeX is escaped", () => {
    const text = formatTable("latex", head, body);
    expect(text).toContain("\\begin{tabular}{lr}");
    expect(text).toContain("x|y\\_<b> & 50\\% \\\\");
    expect(text).toContain("0.5 $\\pm$ 0.1");
  });
});
