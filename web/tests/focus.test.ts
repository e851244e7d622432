import { describe, expect, test } from "vitest";
import { chooseFocus, findLeader, MAX_FOCUS, rankByObjective, shortNames } from "../src/data/focus.ts";
import { mergeOverview } from "../src/data/merge.ts";
import { healthOf, worstFirst } from "../src/data/health.ts";
import { finding, latest, overview, training } from "./overview.ts";

const many = Array.from({ length: 300 }, (_, i) =>
  training(`run-${i}`, { latest: [latest("loss", "validation", 1 + i / 100)], last_wall_time: 1000 + i }),
);

describe("the focus set", () => {
  test("holds flagged, best and newest when nothing is chosen", () => {
    const names = chooseFocus(overview(many, { needs_you: ["run-7", "run-9"] }), []);
    expect(names).toEqual(expect.arrayContaining(["run-7", "run-9", "run-0", "run-1", "run-299", "run-298"]));
    expect(names.length).toBeLessThanOrEqual(MAX_FOCUS);
  });

  test("is never all of a large folder and never empty", () => {
    const flagged = many.map((one) => one.name);
    expect(chooseFocus(overview(many, { needs_you: flagged }), []).length).toBe(MAX_FOCUS);
    expect(chooseFocus(overview(many, { needs_you: flagged }), [])).toContain("run-0");
    expect(chooseFocus(overview(many, { objective: null }), []).length).toBeGreaterThan(0);
    expect(chooseFocus(overview([]), [])).toEqual([]);
  });

  test("is the reader's choice when there is one, unknown names left out", () => {
    expect(chooseFocus(overview(many), ["run-50", "gone"])).toEqual(["run-50"]);
  });
});

test("ranks by the objective's direction, unknown and NaN last or out", () => {
  const up = {
    metric: "acc",
    train: null,
    validation: { run: "r", tag: "acc" },
    direction: "max" as const,
    how: "single",
  };
  const rows = [
    training("a", { pairs: [up], latest: [latest("acc", "validation", 0.7)] }),
    training("b", { pairs: [up], latest: [latest("acc", "validation", 0.9)] }),
    training("c", { pairs: [up], latest: [latest("acc", "validation", "NaN")] }),
  ];
  expect(rankByObjective(overview(rows, { objective: "acc" }))).toEqual(["b", "a"]);
});

describe("the leader", () => {
  const rows = [
    training("best", { latest: [latest("loss", "validation", 0.1)] }),
    training("second", { latest: [latest("loss", "validation", 0.2)] }),
    training("third", { latest: [latest("loss", "validation", 0.3)] }),
  ];

  test("is the best of those that do not need the reader", () => {
    expect(findLeader(overview(rows))!.name).toBe("best");
    const diverged = { ...rows[0]!, findings: [finding("diverged", { severity: "error" })] };
    expect(findLeader(overview([diverged, ...rows.slice(1)], { needs_you: ["best"] }))!.name).toBe("second");
    expect(findLeader(overview(rows, { needs_you: ["best"] }))!.name).toBe("second");
  });

  test("is none before it was judged, nor where it is alone", () => {
    expect(findLeader(overview(rows.map((one) => ({ ...one, judged: false }))))).toBeNull();
    expect(findLeader(overview(rows.slice(0, 1)))).toBeNull();
    expect(findLeader(overview(rows, { objective: null }))).toBeNull();
  });
});

test("short names leave out folders and what all share", () => {
  expect([...shortNames(["fit/vit-b16-s0", "fit/vit-b16-s1"]).values()]).toEqual(["s0", "s1"]);
  expect([...shortNames(["demo/overfit", "torch/basic"]).values()]).toEqual(["overfit", "basic"]);
  expect([...shortNames(["a/x", "b/x"]).values()]).toEqual(["a/x", "b/x"]);
  expect([...shortNames(["only"]).values()]).toEqual(["only"]);
});

test("health is the worst finding, with notes not counted as trouble", () => {
  expect(healthOf(training("a")).word).toBe("healthy");
  expect(healthOf(training("a", { judged: false })).word).toBe("pending");
  const short = { metric: "loss", why: "too_short", n_points: 3, n_needed: 10 };
  expect(healthOf(training("a", { undecided: [short] })).word).toBe("cannot_tell");
  expect(healthOf(training("a", { undecided: [{ ...short, why: "no_validation" }] })).word).toBe("healthy");
  expect(healthOf(training("a", { undecided: [short], findings: [finding("diverged")] })).word).toBe("diverged");
  expect(healthOf(training("a", { pairs: [] })).word).toBe("cannot_tell");
  expect(healthOf(training("a", { failure: "ValueError" })).word).toBe("failure");
  expect(healthOf(training("a", { findings: [finding("plateau", { severity: "info" })] })).word).toBe("healthy");
  const findings = [finding("overfit"), finding("diverged", { severity: "error" })];
  expect(healthOf(training("a", { findings }))).toEqual({ tone: "error", word: "diverged" });
  expect(worstFirst(findings)[0]!.rule).toBe("diverged");
  // Of equals, the objective's finding is the one that a card shows.
  const equals = [finding("overfit", { metric: "accuracy", confidence: 1 }), finding("overfit", { confidence: 0.9 })];
  expect(worstFirst(equals, "loss")[0]!.metric).toBe("loss");
  expect(worstFirst(equals, "other", "loss")[0]!.metric).toBe("loss");
});

test("a partial overview changes what it names, keeps the rest as it is, and drops what is gone", () => {
  const before = overview([training("a"), training("b"), training("c")]);
  const grown = training("b", { last_step: 200 });
  const partial = overview([grown, training("d")], { is_partial: true, names: ["a", "b", "d"], revision: 2 });
  const merged = mergeOverview(before, partial);
  expect(merged.trainings.map((one) => [one.name, one.last_step])).toEqual([
    ["a", 100],
    ["b", 200],
    ["d", 100],
  ]);
  expect(merged.trainings[0]).toBe(before.trainings[0]);
  expect(merged.revision).toBe(2);
  expect(mergeOverview(before, overview([])).trainings).toEqual([]);
});
