import { describe, expect, it } from "vitest";
import type { Line, Picture } from "../src/chart/chart.ts";
import { composeScore, pitchOf } from "../src/data/score.ts";
import { columnCentres } from "../src/data/columns.ts";

function line(values: readonly number[], parts: Partial<Line> = {}): Line {
  const level = Float32Array.from(values);
  return {
    id: "a",
    group: "a",
    isDashed: false,
    colour: "#000",
    level,
    raw: null,
    minimum: level,
    maximum: level,
    nonfiniteX: [],
    endLabel: null,
    columns: {} as Line["columns"],
    ...parts,
  };
}

function picture(lines: readonly Line[], parts: Partial<Picture> = {}): Picture {
  const n = lines[0]!.level.length;
  return {
    grid: columnCentres(0, n, n),
    lines,
    contextGrid: new Float64Array(),
    context: [],
    density: null,
    marks: [],
    xKind: "step",
    x: { lo: 0, hi: n },
    y: { lo: 0, hi: 1 },
    isLog: false,
    language: "en",
    ...parts,
  };
}

const ramp = (n: number) => Array.from({ length: n }, (_, i) => i / (n - 1));

describe("pitch", () => {
  it("rises two octaves from the bottom to the top: 220, 440, 880 Hz", () => {
    const chart = picture([line([0, 1])]);
    expect([0, 0.5, 1].map((value) => pitchOf(value, chart))).toEqual([220, 440, 880]);
    expect(pitchOf(0.25, chart)).toBeCloseTo(220 * Math.SQRT2);
    // Beyond the edges it is held, as the line is cut there.
    expect([-5, 7].map((value) => pitchOf(value, chart))).toEqual([220, 880]);
  });

  it("follows the logarithm where the axis does", () => {
    const chart = picture([line([1, 100])], { isLog: true, y: { lo: 1, hi: 100 } });
    expect(pitchOf(10, chart)).toBeCloseTo(440);
  });
});

describe("a score", () => {
  it("spreads the columns evenly over 2 to 4 seconds", () => {
    const short = composeScore(picture([line(ramp(5))]), "a")!;
    expect(short.durationS).toBeCloseTo(2 + (2 * 5) / 300);
    expect(short.voices[0]!.notes.map((note) => note.atS / short.durationS)).toEqual([0, 0.25, 0.5, 0.75, 1]);
    expect(short.voices[0]!.notes.map((note) => note.hz)).toEqual(
      [0, 0.25, 0.5, 0.75, 1].map((share) => expect.closeTo(220 * 4 ** share, 3) as number),
    );
    const long = composeScore(picture([line(ramp(1200))]), "a")!;
    expect(long.durationS).toBe(4);
    // No more pitches than are told apart, and the last one is the line's end.
    expect(long.voices[0]!.notes.length).toBeLessThanOrEqual(4 / 0.016 + 2);
    expect(long.voices[0]!.notes.at(-1)).toEqual({ atS: 4, hz: 880 });
  });

  it("has train on the left and validation on the right, and one line alone in the middle", () => {
    const both = composeScore(picture([line(ramp(9)), line(ramp(9), { isDashed: true })]), "a")!;
    expect(both.voices.map((voice) => voice.pan)).toEqual([-0.8, 0.8]);
    expect(composeScore(picture([line(ramp(9))]), "a")!.voices[0]!.pan).toBe(0);
  });

  it("clicks where a peak is cut off and where a value is no number", () => {
    const values = ramp(11);
    const maximum = Float32Array.from(values);
    maximum[5] = 40;
    const score = composeScore(picture([line(values, { maximum, nonfiniteX: [2.5, 2.51, 8.5] })]), "a")!;
    const at = (x: number) => ((x - 0.5) / 10) * score.durationS;
    expect(score.clicks).toEqual([
      { atS: expect.closeTo(at(2.5)) as number, kind: "nonfinite", pan: 0 },
      { atS: expect.closeTo(at(5.5)) as number, kind: "spike", pan: 0 },
      { atS: expect.closeTo(at(8.5)) as number, kind: "nonfinite", pan: 0 },
    ]);
  });

  it("leaves empty columns out and plays what is in view", () => {
    const score = composeScore(picture([line([0, NaN, 0.5, NaN, 1, 0, 0, 0])], { x: { lo: 0, hi: 5 } }), "a")!;
    expect(score.voices[0]!.notes.map((note) => Math.round(note.hz))).toEqual([220, 440, 880]);
    expect([score.from, score.to]).toEqual([0.5, 4.5]);
  });

  it("is none without a point", () => {
    expect(composeScore(picture([line([NaN, NaN])]), "a")).toBeNull();
    expect(composeScore(picture([line([1])]), "b")).toBeNull();
    expect(composeScore(picture([line([1])]), "a")!.voices[0]!.notes).toEqual([{ atS: 0, hz: 880 }]);
  });
});
