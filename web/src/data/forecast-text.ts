/** A forecast → sentences: where it ends and when, whether to trust it, whether to go on. Pure; the words come in. */

import type { ForecastView, TrainingView } from "../api/schema.ts";
import type { ForecastWords } from "../i18n/forecast.ts";
import { formatStep, formatValue } from "./numbers.ts";

type State = TrainingView["state"];

/** What the sentences need to know beside the forecast. */
export interface Telling {
  readonly words: ForecastWords;
  /** Names of the halves. */
  readonly half: Readonly<Record<"train" | "validation", string>>;
  readonly state: State;
  /** The server's time, seconds since the epoch. */
  readonly now: number;
}

/** Where it ends and when, in one sentence; why not, where it cannot be told. */
export function tellEnd(view: ForecastView, telling: Telling): string {
  const { words, half, state } = telling;
  if (view.refusal) return words.refused(view.n_points);
  if (view.trust === "no") return words.doNotTrust(listCautions(view, words));
  const end = view.steps.length - 1;
  const what = words.of(half[view.half], view.metric);
  const [low, high] = formatBand(view.lower[end]!, view.upper[end]!);
  const when = tellWhen(view, view.end_step, telling);
  if (state !== "running") return words.wouldBe(what, low, high, when);
  return (view.end_from === "share" ? words.goes : words.ends)(what, low, high, when);
}

/** Why to trust it less; empty where nothing speaks against it or `tellEnd` says it already. */
export function tellDoubt(view: ForecastView, { words }: Telling): string {
  return view.trust === "less" ? words.trustLess(listCautions(view, words)) : "";
}

export function tellAdvice(view: ForecastView, { words }: Telling): string {
  const { advice, expected_improvement: gain, improvement_per_hour: hourly } = view;
  if (advice === "unknown" || gain === null) return words.advice.unknown;
  if (advice === "stop") return words.advice.stop(formatValue(gain));
  return words.advice.go_on(formatValue(gain), hourly === null ? null : formatValue(hourly));
}

/** When a new best is to be expected. */
export function tellBetter(view: ForecastView, telling: Telling): string {
  const { words } = telling;
  if (view.better_step !== null)
    return words.better(formatStep(view.better_step), tellWhen(view, view.better_step, telling));
  return view.better_chance === null ? "" : words.betterNever(formatShare(view.better_chance));
}

export function tellTarget(view: ForecastView, telling: Telling): string {
  const { words } = telling;
  if (view.target_chance === null) return "";
  const chance = formatShare(view.target_chance);
  if (view.target_step === null) return words.targetNever(chance);
  return words.targetAt(formatStep(view.target_step), tellWhen(view, view.target_step, telling), chance);
}

export function listCautions(view: ForecastView, words: ForecastWords): string {
  return view.cautions.map((caution) => words.cautions[caution] ?? caution).join("; ");
}

/** `in about 1 h 10 min`; by the step alone where no pace is known. */
export function tellWhen(view: ForecastView, step: number, { words, state, now }: Telling): string {
  const pace = view.seconds_per_step;
  if (pace === null) return words.atStep(formatStep(step));
  const seconds = (step - view.last_step) * pace;
  if (state !== "running") return words.moreTime(formatDuration(seconds, words));
  const left = seconds - Math.max(0, now - view.last_wall_time);
  return left < 1 ? words.soon : words.inTime(formatDuration(left, words));
}

/** Rounded as one says it: 40 s, 25 min, 1 h 10 min, 2 d 4 h. */
export function formatDuration(seconds: number, { time }: ForecastWords): string {
  if (seconds < 90) return time.seconds(seconds < 10 ? Math.max(1, Math.round(seconds)) : Math.round(seconds / 5) * 5);
  const minutes = Math.round(seconds / 60);
  if (minutes < 60) return time.minutes(minutes);
  // From two hours on, to five minutes: nobody waits by the minute.
  const rounded = minutes < 120 ? minutes : Math.round(minutes / 5) * 5;
  if (rounded < 36 * 60) return time.hours(Math.floor(rounded / 60), rounded % 60);
  const hours = Math.round(seconds / 3600);
  return time.days(Math.floor(hours / 24), hours % 24);
}

/** The ends of a band with as many digits as tell them apart, and no more than three beyond. */
export function formatBand(low: number, high: number): [string, string] {
  const gap = Math.abs(high - low);
  const size = Math.max(Math.abs(low), Math.abs(high));
  if (!(gap > 0) || size >= 1e6 || size < 1e-3) return [formatValue(low), formatValue(high)];
  // The gap is some ten or twenty of the last digit: 0.842 to 0.851, 12.3 to 14.1.
  const decimals = Math.max(0, Math.min(8, Math.round(1.3 - Math.log10(gap))));
  const short = (value: number) =>
    value
      .toFixed(decimals)
      .replace(/^-(?=0\.?0*$)/, "")
      .replace(/^-/, "−");
  return [short(low), short(high)];
}

export function formatShare(share: number): string {
  const percent = share * 100;
  if (percent > 0 && percent < 1) return "< 1 %";
  if (percent > 99 && percent < 100) return "> 99 %";
  return `${Math.round(percent)} %`;
}
