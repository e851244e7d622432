import { describe, expect, test } from "vitest";
import { placeFlags } from "../src/chart/finding-marks.ts";
import { buildMarks } from "../src/data/marks.ts";
import { groupMetrics, leadingHalf, searchMetrics, seriesOf } from "../src/data/metric.ts";
import { otherAt, placeOf } from "../src/data/other-axis.ts";
import { buildPicture, countTruths } from "../src/data/picture.ts";
import { asCsv, summariseLines, tabulate } from "../src/data/chart-table.ts";
import { marksAt, readAt, stepAt } from "../src/data/readout.ts";
import { buildBands, buildRidges } from "../src/data/ridges.ts";
import { sparkPath } from "../src/data/spark.ts";
import { arrange } from "../src/data/graph.ts";
import { columnCentres, type Curves } from "../src/data/columns.ts";
import { finding, training } from "./overview.ts";

const series = seriesOf([training("a"), training("b")], "loss");

/** Four columns; run i has the constant i + 1, with one empty column. */
const curves: Curves = {
  revision: 1,
  lo: 0,
  hi: 4,
  xAxis: "step",
  smoothing: 0.6,
  isSmoothingChosen: true,
  x: columnCentres(0, 4, 4),
  series: series.map((one, i) => {
    const column = Float32Array.from([i + 1, NaN, i + 1, i + 1]);
    return {
      run: one.ref.run,
      tag: one.ref.tag,
      nPoints: 3,
      nNonfinite: i === 0 ? 1 : 0,
      nonfiniteX: i === 0 ? [1.5] : [],
      minimum: column,
      maximum: column,
      mean: column,
      last: column,
      smooth: column.map((value) => value + 0.1),
      other: Float32Array.from([0, 10, 20, 30]),
      origin: 1000,
      abandoned: null,
    };
  }),
};
const dress = { series, colourOf: (name: string) => name, labelOf: (name: string) => name, hasEndLabels: true };
const options = { xKind: "step", x: null, y: null, isLog: false, isRobust: true, language: "en" } as const;
const picture = buildPicture(curves, dress, null, [], options);

describe("a picture", () => {
  test("draws a training's halves in one hue, validation dashed, and labels the validation line", () => {
    expect(picture.lines.map((line) => [line.group, line.isDashed, line.colour, line.endLabel])).toEqual([
      ["a", false, "a", null],
      ["a", true, "a", "a"],
      ["b", false, "b", null],
      ["b", true, "b", "b"],
    ]);
  });

  test("keeps the raw values beside the smoothed, and none where nothing is smoothed", () => {
    expect(picture.lines[0]!.raw).toBe(curves.series[0]!.mean);
    expect(picture.lines[0]!.level).toBe(curves.series[0]!.smooth);
    const plain = buildPicture({ ...curves, smoothing: 0 }, dress, null, [], options);
    expect(plain.lines[0]!.raw).toBeNull();
    expect(plain.lines[0]!.level).toBe(curves.series[0]!.mean);
  });

  test("leaves out series that the server no longer has", () => {
    expect(buildPicture({ ...curves, series: curves.series.slice(1) }, dress, null, [], options).lines.length).toBe(3);
  });

  test("counts NaN for its caption", () => {
    expect(countTruths(picture, curves)).toEqual({ nClipped: 0, nNonfinite: 1, nPoints: 12 });
  });
});

describe("the readout", () => {
  test("is sorted by value and tells raw from smoothed", () => {
    const rows = readAt(picture, series, 2.4, null);
    expect(rows.map((row) => row.value)).toEqual([4, 3, 2, 1]);
    expect(rows[0]!.smoothed).toBeCloseTo(4.1);
    expect(rows[0]!.half).toBe("validation");
  });

  test("says when a column holds several steps", () => {
    expect(stepAt(picture, 2.4)).toEqual({ step: 2, isExact: true });
    expect(stepAt({ ...picture, grid: columnCentres(0, 400, 4) }, 149.6)).toEqual({ step: 150, isExact: false });
  });

  test("becomes a table without the empty column", () => {
    const table = tabulate(picture, series, 30);
    expect(table.x).toEqual([0.5, 2.5, 3.5]);
    expect(table.columns[1]!.values).toEqual([2, 2, 2]);
  });

  test("tells each line's part in view in a few numbers", () => {
    const [first] = summariseLines(picture, series);
    expect(first).toMatchObject({ training: "a", half: "train", nPoints: 3, first: 1, last: 1, change: 0 });
    expect(summariseLines({ ...picture, x: { lo: 10, hi: 12 } }, series)).toEqual([]);
  });

  test("is copied as CSV with steps even from a logarithmic axis", () => {
    expect(asCsv(picture, series.slice(0, 1)).split("\n")).toEqual(["step,a train", "0.5,1", "2.5,1", "3.5,1"]);
    const grid = Float64Array.from([0, 1, 2, 3]);
    expect(asCsv({ ...picture, grid, xKind: "log_step" }, series.slice(0, 1)).split("\n")[2]).toBe("100,1");
  });
});

test("marks stand where findings begin, plateaus as bands, placeless rules not at all", () => {
  const words = { flag: () => "▲", onset: () => "onset", band: () => "band" };
  const marks = buildMarks(
    [
      finding("overfit"),
      finding("plateau", { severity: "info" }),
      finding("noisy_validation"),
      finding("overfit", { metric: "other" }),
      finding("nonfinite", { onset_step: null }),
    ],
    "loss",
    words,
  );
  expect(marks.map((mark) => [mark.kind, mark.x, mark.interval, mark.label])).toEqual([
    ["onset", 38, [36, 41], "onset"],
    ["band", 38, [38, 99], "band"],
  ]);
});

test("marks stand at the moment of their step on a time axis, and not at all when that is out of view", () => {
  const words = { flag: () => "▲", onset: () => "onset", band: () => "band" };
  const columns = curves.series[0]!;
  // Steps 1000, 1010, 1020, 1030 at 0.5, 1.5, 2.5, 3.5: step 1015 lies at 2.
  const at = (step: number) => placeOf(columns, curves.x, step);
  const of = (onset: number, interval: [number, number]) =>
    buildMarks([finding("overfit", { onset_step: onset, onset_interval: interval })], "loss", words, (_, step) =>
      at(step),
    );
  expect(of(1015, [1010, 1020]).map((mark) => [mark.x, mark.interval])).toEqual([[2, [1.5, 2.5]]]);
  expect(of(1015, [900, 2000])[0]!.interval).toEqual([2, 2]);
  expect(of(900, [890, 910])).toEqual([]);
  expect(of(2000, [1990, 2010])).toEqual([]);
});

test("the axis that is not shown is read at a place", () => {
  expect(otherAt(curves.series[0]!, curves.x, 2.4)).toBe(1020);
  expect(otherAt(curves.series[0]!, curves.x, -5)).toBe(1000);
  expect(otherAt({ ...curves.series[0]!, other: new Float32Array(4).fill(NaN) }, curves.x, 1)).toBeNull();
});

test("findings near the crosshair are told, others not", () => {
  const mark = { kind: "onset", x: 2, interval: null, flag: "▲", label: "onset", tone: "warning", group: "a" } as const;
  const marked = { ...picture, marks: [mark] };
  // 100 pixels for 4 steps: 10 pixels are 0.4 steps.
  expect(marksAt(marked, 2.35, 100)).toEqual([mark]);
  expect(marksAt(marked, 2.5, 100)).toEqual([]);
});

test("flags stand in rows above the plot, apart from each other and within its width", () => {
  const mark = (x: number) =>
    ({ kind: "onset", x, interval: null, flag: "overfit", label: "", tone: "warning", group: "a" }) as const;
  const place = (...xs: number[]) =>
    placeFlags(
      xs.map(mark),
      (x) => x,
      200,
      () => 50,
    );
  expect(place(100, 101, 102).map((flag) => flag.row)).toEqual([0, 1, -1]);
  expect(place(0, 200).map((flag) => [flag.row, flag.left])).toEqual([
    [0, 0],
    [0, 138],
  ]);
  expect(place(-50, 900)).toEqual([]);
});

test("the leading half is validation where there is one", () => {
  expect(leadingHalf(series).map((one) => one.half)).toEqual(["validation", "validation"]);
});

test("metrics are grouped by their first part, in natural order", () => {
  expect(groupMetrics(["loss", "b/x10", "b/x2", "a/y", "/odd"])).toEqual([
    { name: "", metrics: ["loss", "/odd"] },
    { name: "a", metrics: ["a/y"] },
    { name: "b", metrics: ["b/x2", "b/x10"] },
  ]);
});

test("metrics are searched by words, tags and expressions", () => {
  const tags = new Map([["loss", "epoch_loss"]]);
  expect(searchMetrics(["loss", "layers/w"], "epoch", tags)).toEqual(["loss"]);
  expect(searchMetrics(["loss", "layers/w"], "/^la/", tags)).toEqual(["layers/w"]);
  expect(searchMetrics(["loss"], "/[/", tags)).toEqual(["loss"]);
});

test("ridges are densities that integrate to one, whatever the bins' widths", () => {
  const view = {
    run: "r",
    tag: "w",
    n_recorded: 1,
    edges: [0, 1, 3],
    basis_points: [0, 5000, 10_000],
    steps: [
      {
        step: 5,
        wall_time: 0,
        counts: [2, 2],
        percentiles: [0, 1, 3],
        minimum: 0,
        maximum: 3,
        total: 4,
        n_below: 0,
        n_above: 0,
      },
    ],
  };
  const ridges = buildRidges(view);
  expect([...ridges.density[0]!]).toEqual([0.5, 0.25]);
  expect(ridges.density[0]![0]! * 1 + ridges.density[0]![1]! * 2).toBe(1);
  expect(buildBands(view).bands).toEqual([{ from: 0, to: 10_000, lower: [0], upper: [3] }]);
  expect(buildBands(view).median).toEqual([1]);
  expect(buildBands({ ...view, steps: [] }).bands[0]!.lower).toEqual([]);
});

test("a sparkline breaks at gaps and survives one value, none and a constant", () => {
  expect(sparkPath([1, 2, null, 3, 4], 40, 20).match(/M/g)!.length).toBe(2);
  expect(sparkPath([], 40, 20)).toBe("");
  expect(sparkPath([null, null], 40, 20)).toBe("");
  expect(sparkPath([5], 40, 20)).not.toContain("NaN");
  expect(sparkPath([5, 5], 40, 20)).not.toContain("NaN");
});

test("a graph is arranged along its edges, cycles and strangers included", () => {
  const nodes = ["a", "b", "c"].map((id) => ({ id, width: 80, height: 40 }));
  const links = [
    { source: "a", target: "b" },
    { source: "b", target: "c" },
    { source: "c", target: "a" },
    { source: "a", target: "elsewhere" },
    { source: "b", target: "b" },
  ];
  const result = arrange(nodes, links);
  const [a, b, c] = result.nodes;
  expect(a!.y).toBeLessThan(b!.y);
  expect(b!.y).toBeLessThan(c!.y);
  expect(result.links.map((link) => link.index).toSorted()).toEqual([0, 1, 2]);
  expect(arrange([], []).width).toBe(0);
});
