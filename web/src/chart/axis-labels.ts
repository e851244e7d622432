/** A range and room on screen → where an axis has its ticks, and what stands beside them. */

import type { Fit } from "../data/fit.ts";
import { formatElapsed, formatStepShort, formatTicks } from "../data/numbers.ts";
import { clockTicks, linearTicks, logTicks, stepTicks } from "../data/ticks.ts";
import type { XKind } from "./chart.ts";

const X_GAP_PX = 80;
const Y_GAP_PX = 42;
/** From here on steps are written short. */
const LONG_STEP = 10_000;

/** Whether x is a number with nothing special to it. */
const isPlain = (kind: XKind) => kind === "value" || kind === "epoch";

export function xTicks(kind: XKind, { lo, hi }: Fit, widthPx: number): number[] {
  const wanted = Math.max(2, Math.floor(widthPx / X_GAP_PX));
  if (kind === "log_step") return logTicks(10 ** lo, 10 ** hi, wanted).map(Math.log10);
  if (kind === "step") return stepTicks(lo, hi, wanted);
  if (isPlain(kind)) return linearTicks(lo, hi, wanted);
  const offset = kind === "wall_time" ? -new Date(lo * 1000).getTimezoneOffset() * 60 : 0;
  return clockTicks(lo, hi, wanted, offset);
}

export function xLabels(kind: XKind, places: readonly number[], language: string): string[] {
  if (kind === "log_step") return places.map((place) => formatStepShort(Number((10 ** place).toPrecision(6))));
  if (kind === "step")
    return Math.max(...places.map(Math.abs)) >= LONG_STEP ? places.map(formatStepShort) : formatTicks([...places]);
  if (isPlain(kind)) return formatTicks([...places]);
  if (kind === "relative") return places.map((tick) => (tick === 0 ? "0" : formatElapsed(tick)));
  const format = clockFormat(places.length > 1 ? places[1]! - places[0]! : 1, language);
  return places.map((tick) => format.format(tick * 1000));
}

export function yTicks({ lo, hi }: Fit, heightPx: number, isLog: boolean): number[] {
  const wanted = Math.max(2, Math.floor(heightPx / Y_GAP_PX));
  return isLog ? logTicks(lo, hi, wanted) : linearTicks(lo, hi, wanted);
}

export function yLabels(ticks: readonly number[], isLog: boolean): string[] {
  return isLog ? ticks.map((tick) => formatTicks([tick])[0]!) : formatTicks([...ticks]);
}

/** Days, minutes, or parts of seconds, by the seconds between two ticks. */
function clockFormat(gap: number, language: string): Intl.DateTimeFormat {
  if (gap >= 86_400) return new Intl.DateTimeFormat(language, { month: "short", day: "numeric" });
  const minutes = { hour: "2-digit", minute: "2-digit", hour12: false } as const;
  if (gap >= 60) return new Intl.DateTimeFormat(language, minutes);
  const parts = gap < 1 ? ({ fractionalSecondDigits: gap < 0.1 ? 2 : 1 } as const) : {};
  return new Intl.DateTimeFormat(language, { ...minutes, second: "2-digit", ...parts });
}
