/**
 * A finding's numbers → what the rule measured, as shapes on its curve: where it begins, the level it compares with, how far
 * chance reaches, the window it looked at. Pure; the rules' numbers are described in docs/rules.
 */

import type { FindingView } from "../api/schema.ts";

export type ShapeKind = "onset" | "moment" | "point" | "level" | "band" | "window" | "bracket" | "slope" | "ruler";

/** Places in steps and in the metric's values; what a kind does not use is null. */
export interface Shape {
  readonly kind: ShapeKind;
  /** Names its words. */
  readonly code: string;
  readonly from: number;
  readonly to: number;
  /** Lower end of a band or bracket, the value of a point or level, the first one of a slope. */
  readonly lo: number | null;
  /** Upper end of a band or bracket, the last value of a slope. */
  readonly hi: number | null;
}

/** What the rule's curve looks like beyond the numbers of the finding. */
export interface Seen {
  readonly first: number;
  readonly last: number;
  /** Level at the end, in the metric's values; null without any finite value. */
  readonly end: number | null;
  readonly direction: "min" | "max";
}

/** A difference below two standard errors is what chance does one time in twenty. */
export const CHANCE_ERRORS = 2;
/** Rules whose end level is the median of the last tenth. */
const TAIL_SHARE = 0.1;
/** Rules whose onset is a single point rather than a beginning. */
const SINGLE = new Set(["spike", "resume_jump"]);

export function buildShapes(finding: FindingView, seen: Seen): Shape[] {
  const { evidence, rule } = finding;
  const shapes: Shape[] = [];
  const number = (name: string): number | null => {
    const value = evidence[name];
    return typeof value === "number" && Number.isFinite(value) ? value : null;
  };
  const add = (
    kind: ShapeKind,
    code: string,
    from: number,
    to: number,
    lo: number | null = null,
    hi: number | null = null,
  ) => shapes.push({ kind, code, from, to, lo, hi });
  const onset = finding.onset_step;
  const end = Math.max(finding.step, onset ?? finding.step);
  const length = Math.max(1, end - seen.first);
  const tail = number("window_start_step") ?? end - TAIL_SHARE * length;

  if (onset !== null) {
    const [from, to] = finding.onset_interval ?? [onset, onset];
    if (SINGLE.has(rule)) add("moment", "at", onset, onset);
    else add("onset", "onset", from, to, onset);
  }
  const [best, bestValue] = [number("best_step"), number("best_value")];
  if (best !== null && bestValue !== null) add("point", "best", best, best, bestValue);
  const [firstBest, firstBestValue] = [number("first_best_step"), number("first_best_value")];
  if (firstBest !== null && firstBestValue !== null) add("point", "firstBest", firstBest, firstBest, firstBestValue);

  const last = number("last_value");
  const rise = number("rise");
  const errors = number("rise_sigmas");
  if (last !== null && rise !== null && errors !== null && errors > 0) {
    const base = seen.direction === "min" ? last - rise : last + rise;
    const reach = (CHANCE_ERRORS * Math.abs(rise)) / errors;
    const from = best ?? onset ?? seen.first;
    add("band", "chance", from, end, base - reach, base + reach);
    add("window", "tail", tail, end);
    add("bracket", "rise", end, end, Math.min(base, last), Math.max(base, last));
  }
  if (number("window_start_step") !== null) add("window", "window", tail, end);

  const level = number("level_value");
  const value = number("value");
  if (rule === "plateau" && level !== null) {
    const tolerance = number("tolerance");
    add("level", "level", onset ?? seen.first, end, level);
    if (tolerance !== null) add("band", "tolerance", onset ?? seen.first, end, level - tolerance, level + tolerance);
  } else if (level !== null && value !== null && onset !== null) {
    const reach = 0.05 * length;
    add("point", "peak", onset, onset, value);
    add("level", "usual", Math.max(seen.first, onset - reach), onset, level);
    add("bracket", "height", onset, onset, Math.min(level, value), Math.max(level, value));
  }
  const recovered = number("recovered_step");
  if (recovered !== null) add("moment", "recovered", recovered, recovered);

  const first = number("first_value");
  if (first !== null) add("level", "first", seen.first, seen.first + TAIL_SHARE * length, first);
  const peak = number("peak_value");
  if (peak !== null) add("level", "peakLevel", seen.first, end, peak);
  if (last !== null && rise === null) add("level", "end", tail, end, last);

  const [before, after] = [number("before_value"), number("after_value")];
  if (onset !== null && before !== null && after !== null) {
    add("level", "before", Math.max(seen.first, onset - TAIL_SHARE * length), onset, before);
    add("level", "after", onset, Math.min(end, onset + TAIL_SHARE * length), after);
  }
  const trainThen = number("train_then_value");
  const trainLast = number("train_last_value");
  if (trainThen !== null && trainLast !== null)
    add("slope", "train", best ?? onset ?? seen.first, end, trainThen, trainLast);
  else if (trainLast !== null && last !== null)
    add("bracket", "gap", end, end, Math.min(trainLast, last), Math.max(trainLast, last));

  const noise = number("noise");
  if (rule === "noisy_validation" && noise !== null && seen.end !== null)
    add("band", "noise", seen.first + 0.5 * length, end, seen.end - noise, seen.end + noise);
  const others = number("others_best_value") ?? number("others_value");
  if (others !== null) add("level", "others", seen.first, end, others);
  const lastGood = number("last_good_step");
  if (lastGood !== null) add("moment", "lastGood", lastGood, lastGood);
  const zero = number("zero_since_step");
  if (zero !== null) add("moment", "zero", zero, zero);
  const cut = number("last_cut_step");
  if (cut !== null) add("moment", "cut", cut, cut);
  const period = number("period_step") ?? number("epoch_step");
  if (period !== null && period < length)
    add("ruler", number("period_step") === null ? "epoch" : "period", end - period, end);
  return shapes;
}

/** A, B, … of the shapes in their order. */
export function letterOf(index: number): string {
  return String.fromCharCode(65 + (index % 26));
}

/** Least and greatest value of the shapes; null without any. */
export function rangeOf(shapes: readonly Shape[]): { lo: number; hi: number } | null {
  const values = shapes.flatMap((shape) =>
    shape.kind === "onset" ? [] : [shape.lo, shape.hi].filter((value): value is number => value !== null),
  );
  return values.length ? { lo: Math.min(...values), hi: Math.max(...values) } : null;
}
