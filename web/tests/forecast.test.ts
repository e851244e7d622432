import { describe, expect, it } from "vitest";
import type { ForecastView } from "../src/api/schema.ts";
import type { Line, Picture } from "../src/chart/chart.ts";
import { growRanges, placeForecasts, placePath, readForecasts } from "../src/data/forecast.ts";
import { formatBand, formatDuration, formatShare, tellEnd, tellTarget, tellWhen } from "../src/data/forecast-text.ts";
import { forecastEn, forecastKo } from "../src/i18n/forecast.ts";

const HALF = { train: "train", validation: "validation" };

function view(parts: Partial<ForecastView> = {}): ForecastView {
  return {
    training: "a",
    metric: "loss",
    half: "validation",
    run: "a",
    tag: "val/loss",
    direction: "min",
    n_points: 100,
    last_step: 100,
    last_value: 1,
    first_wall_time: 1000,
    last_wall_time: 1200,
    end_step: 140,
    end_from: "hparams",
    seconds_per_step: 2,
    level: 0.8,
    steps: [110, 120, 140],
    median: [0.9, 0.8, 0.6],
    lower: [0.8, 0.6, 0.2],
    upper: [1.0, 1.0, 1.0],
    refusal: "",
    cautions: [],
    trust: "yes",
    advice: "go_on",
    best_value: 1,
    expected_improvement: 0.4,
    improvement_per_hour: 18,
    better_step: 110,
    better_chance: 0.97,
    target_step: null,
    target_chance: null,
    n_alike: 0,
    ...parts,
  };
}

function picture(parts: Partial<Picture> = {}): Picture {
  const level = Float32Array.from([2, 1.5, 1]);
  const columns = { run: "a", tag: "val/loss" } as Line["columns"];
  const line: Line = {
    id: "validation\na\nval/loss",
    group: "a",
    isDashed: true,
    colour: "#123456",
    level,
    raw: null,
    minimum: level,
    maximum: level,
    nonfiniteX: [],
    endLabel: null,
    columns,
  };
  return {
    grid: Float64Array.from([20, 60, 99]),
    lines: [line],
    contextGrid: new Float64Array(),
    context: [],
    density: null,
    marks: [],
    xKind: "step",
    x: { lo: 0, hi: 100 },
    y: { lo: 0.95, hi: 2 },
    isLog: false,
    language: "en",
    ...parts,
  };
}

describe("where a path lies", () => {
  it("goes by steps, their logarithm, or the pace", () => {
    expect([...placePath(view(), "step")!]).toEqual([110, 120, 140]);
    expect(placePath(view(), "log_step")![2]).toBeCloseTo(Math.log10(140));
    // Ten steps of two seconds after the last point, 200 s after the first.
    expect([...placePath(view(), "relative")!]).toEqual([220, 240, 280]);
    expect([...placePath(view(), "wall_time")!]).toEqual([1220, 1240, 1280]);
  });

  it("has no place on a time axis without a pace, nor on a logarithm of nothing", () => {
    expect(placePath(view({ seconds_per_step: null }), "relative")).toBeNull();
    expect(placePath(view({ last_step: 0 }), "log_step")).toBeNull();
    expect(placePath(view(), "value")).toBeNull();
  });

  it("continues the line that is on the chart, from its end", () => {
    const [line] = placeForecasts([view()], picture());
    expect(line).toMatchObject({ colour: "#123456", from: { x: 99, y: 1 }, level: 0.8 });
    expect(placeForecasts([view({ tag: "train/loss" })], picture())).toEqual([]);
    expect(placeForecasts([view({ trust: "no" })], picture())).toEqual([]);
  });
});

describe("ranges", () => {
  it("grow to the end, but keep two thirds for the past", () => {
    const near = placeForecasts([view()], picture());
    expect(growRanges(picture(), near, { x: false, y: false }).x).toEqual({ lo: 0, hi: 140 });
    const far = placeForecasts([view({ steps: [200, 1000, 5000] })], picture());
    expect(growRanges(picture(), far, { x: false, y: false }).x).toEqual({ lo: 0, hi: 150 });
  });

  it("stay as the reader chose them", () => {
    const lines = placeForecasts([view()], picture());
    expect(growRanges(picture(), lines, { x: true, y: true })).toEqual({
      x: { lo: 0, hi: 100 },
      y: { lo: 0.95, hi: 2 },
    });
  });

  it("hold the median, and of the band a quarter of the height at most", () => {
    const lines = placeForecasts([view()], picture());
    const { y } = growRanges(picture(), lines, { x: false, y: false });
    expect(y.lo).toBeLessThanOrEqual(0.6);
    expect(y.lo).toBeGreaterThan(0.2);
    expect(y.hi).toBe(2);
    const wild = placeForecasts([view({ lower: [-1e9, -1e9, -1e9], upper: [1e9, 1e9, 1e9] })], picture());
    expect(growRanges(picture(), wild, { x: false, y: false }).y.hi).toBeLessThan(2.5);
  });

  it("never show a negative loss where none was", () => {
    const lines = placeForecasts([view({ lower: [-2, -2, -2] })], picture({ y: { lo: 0, hi: 2 } }));
    expect(growRanges(picture({ y: { lo: 0, hi: 2 } }), lines, { x: false, y: false }).y.lo).toBe(0);
  });
});

it("reads between two steps of the path, and nothing before it or after", () => {
  const lines = placeForecasts([view()], picture());
  expect(readForecasts(lines, 130)).toEqual([
    { training: "a", colour: "#123456", level: 0.8, median: 0.7, lower: 0.4, upper: 1 },
  ]);
  expect(readForecasts(lines, 105)).toEqual([]);
  expect(readForecasts(lines, 141)).toEqual([]);
});

describe("sentences", () => {
  const telling = { words: forecastEn, half: HALF, state: "running" as const, now: 1200 };

  it("say where it ends and when", () => {
    expect(tellEnd(view(), telling)).toBe("validation loss ends at 0.2 to 1.0 in about 80 s.");
    expect(tellEnd(view({ end_from: "share" }), telling)).toBe(
      "validation loss will be at 0.2 to 1.0 in about 80 s, if it goes on that long.",
    );
    expect(tellEnd(view(), { ...telling, state: "killed" })).toBe(
      "Had it gone on, validation loss would be at 0.2 to 1.0 after about 80 s more.",
    );
    expect(tellEnd(view(), { ...telling, words: forecastKo, half: { train: "학습", validation: "검증" } })).toBe(
      "약 80초 뒤 검증 loss: 0.2~1.0에서 끝날 것으로 예측됩니다.",
    );
  });

  it("say when not to trust it, in words", () => {
    expect(tellEnd(view({ trust: "no", cautions: ["few_points"] }), telling)).toBe(
      "Do not trust the forecast: too few points.",
    );
    expect(tellEnd(view({ trust: "no", refusal: "too_short", n_points: 3, steps: [] }), telling)).toContain(
      "(3, at least 5",
    );
  });

  it("count down from the last point, and by steps where no pace is known", () => {
    expect(tellWhen(view(), 140, { ...telling, now: 1270 })).toBe("in about 10 s");
    expect(tellWhen(view(), 140, { ...telling, now: 2000 })).toBe("at any moment");
    expect(tellWhen(view({ seconds_per_step: null }), 140, telling)).toBe("at step 140");
  });

  it("say when a target is reached, and how likely", () => {
    expect(tellTarget(view(), telling)).toBe("");
    expect(tellTarget(view({ target_step: 120, target_chance: 0.9 }), telling)).toBe(
      "As likely as not by step 120, in about 40 s; by the end with a chance of 90 %.",
    );
    expect(tellTarget(view({ target_chance: 0.004 }), telling)).toContain("< 1 %");
  });

  it("round times as one says them", () => {
    const said = [3, 62, 1500, 4200, 7300, 130_000, 190_000].map((seconds) => formatDuration(seconds, forecastEn));
    expect(said).toEqual(["3 s", "60 s", "25 min", "1 h 10 min", "2 h", "1 d 12 h", "2 d 5 h"]);
  });

  it("give a band the digits that tell its ends apart", () => {
    expect(formatBand(0.84213, 0.85089)).toEqual(["0.842", "0.851"]);
    expect(formatBand(12.31, 14.07)).toEqual(["12.3", "14.1"]);
    expect(formatBand(-0.0004, 0.9)).toEqual(["0.0", "0.9"]);
    expect(formatBand(1e-7, 2e-7)).toEqual(["1e-7", "2e-7"]);
    expect(formatShare(0.999)).toBe("> 99 %");
  });
});
