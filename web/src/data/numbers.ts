/**
 * Numbers → text for people. Steps stand in full (41,207); axes use 41k in both languages, for 만 and 억 would make
 * one axis read differently from the next. Values keep four significant digits.
 */

/** From here on numbers are written with an exponent. */
const MOST_DIGITS = 1e21;

/**
 * A whole number with its thousands apart: 41,207, in English as in Korean. By hand, for the first `Intl` object of a
 * page takes Chromium 20 ms and more, a fifth of the way to its first chart.
 */
export function formatWhole(value: number): string {
  if (!(Math.abs(value) < MOST_DIGITS)) return String(value);
  return value.toFixed(0).replace(/\B(?=(\d{3})+$)/g, ",");
}

/** A step in full: 41,207. */
export function formatStep(step: number): string {
  return formatWhole(Math.round(step));
}

/** A step in little room: 52k, 1.25M; full below ten thousand. */
export function formatStepShort(step: number): string {
  const size = Math.abs(step);
  if (size < 10_000) return trimZeros(step.toFixed(size < 10 && !Number.isInteger(step) ? 1 : 0));
  if (size < 999_500) return `${trimZeros((step / 1e3).toFixed(size < 100_000 ? 1 : 0))}k`;
  if (size < 999.5e6) return `${trimZeros((step / 1e6).toFixed(size < 10e6 ? 2 : 1))}M`;
  return `${trimZeros((step / 1e9).toFixed(2))}G`;
}

/** A metric's value with four significant digits: 0.3612, 1.2e-5, NaN. Strings are the wire's names of NaN and infinities. */
export function formatValue(value: number | string | null | undefined): string {
  if (value === null || value === undefined) return "–";
  const number = parseNumber(value);
  if (Number.isNaN(number)) return "NaN";
  if (!Number.isFinite(number)) return number > 0 ? "∞" : "−∞";
  const size = Math.abs(number);
  if (number === 0) return "0";
  if (size >= 1e6 || size < 1e-4) return minus(trimMantissa(number.toExponential(2)));
  if (Number.isInteger(number)) return minus(formatWhole(number));
  if (size >= 1000) return minus(number.toFixed(1));
  if (size >= 1) return minus(number.toPrecision(4));
  return minus(number.toFixed(size < 0.001 ? 6 : size < 0.01 ? 5 : 4));
}

/** An epoch with the part of it that has gone: 3, 12.75. */
export function formatEpoch(epoch: number): string {
  return trimZeros(epoch.toFixed(2));
}

/** A hyperparameter as it was written, 3e-4 rather than 0.0003: learning rates are read by their exponent. */
export function formatSetting(value: number): string {
  if (Number.isInteger(value) && Math.abs(value) < 1e6) return String(value);
  const plain = String(Number(value.toPrecision(4)));
  const short = Number(value.toPrecision(4)).toExponential().replace("+", "");
  return (value !== 0 && Math.abs(value) < 0.01) || plain.length > short.length + 2 ? short : plain;
}

/** A hyperparameter of any kind, with all digits it has. */
export function settingText(value: unknown): string {
  if (typeof value === "number") {
    const short = formatSetting(value);
    return Number(short) === value ? short : String(value);
  }
  return typeof value === "object" ? JSON.stringify(value) : String(value);
}

/** A mean and its deviation: two digits of this one, and of the mean as many decimals. 0.6323 ± 0.0099, 45.5 ± 3.1 */
export function formatSpread(mean: number, deviation: number | null): string {
  if (deviation === null) return formatValue(mean);
  const isPlain = (value: number) => Math.abs(value) >= 1e-4 && Math.abs(value) < 1e6;
  if (!isPlain(deviation) || !(isPlain(mean) || mean === 0)) return `${formatValue(mean)} ± ${formatValue(deviation)}`;
  const decimals = Math.max(0, 1 - Math.floor(Math.log10(deviation)));
  return `${minus(mean.toFixed(decimals))} ± ${deviation.toFixed(decimals)}`;
}

/** A mark on an axis, as short as it can be: 0.03, 1e-4, 1,200. */
export function formatMark(value: number): string {
  const number = Number(value.toPrecision(4));
  const size = Math.abs(number);
  if (size >= 1e6 || (size < 1e-3 && size > 0)) return minus(trimMantissa(number.toExponential()));
  return minus(size >= 1000 ? formatWhole(number) : String(number));
}

/** The wire's number: NaN and infinities travel as strings. */
export function parseNumber(value: number | string): number {
  return typeof value === "number" ? value : Number(value);
}

/** Labels for the marks of one axis, all with the same number of decimals. */
export function formatTicks(ticks: readonly number[]): string[] {
  if (ticks.length === 0) return [];
  const largest = Math.max(...ticks.map(Math.abs));
  const gap = ticks.length > 1 ? Math.abs(ticks[1]! - ticks[0]!) : largest || 1;
  if (largest > 0 && (largest < 1e-3 || largest >= 1e7 || gap < 1e-6))
    return ticks.map((tick) =>
      tick === 0 ? "0" : minus(trimMantissa(tick.toExponential(gap / largest < 0.01 ? 3 : 1))),
    );
  if (largest >= 10_000) return ticks.map((tick) => minus(formatStepShort(tick)));
  const decimals = Math.max(0, Math.min(6, -Math.floor(Math.log10(gap) + 1e-9)));
  const needed = ticks.every((tick) => Math.abs(tick * 10 ** decimals - Math.round(tick * 10 ** decimals)) < 1e-6)
    ? decimals
    : decimals + 1;
  return ticks.map((tick) => minus(tick.toFixed(needed)));
}

/** Seconds as 45 s, 12:30, 3:05:00, 2 d 4 h: for relative time. */
export function formatElapsed(seconds: number): string {
  const sign = seconds < 0 ? "−" : "";
  const size = Math.abs(seconds);
  if (size < 60) return `${sign}${trimZeros(size.toFixed(size < 10 && !Number.isInteger(size) ? 1 : 0))} s`;
  const total = Math.round(size);
  const two = (part: number) => String(part).padStart(2, "0");
  if (total < 3600) return `${sign}${Math.floor(total / 60)}:${two(total % 60)}`;
  if (total < 86_400)
    return `${sign}${Math.floor(total / 3600)}:${two(Math.floor((total % 3600) / 60))}:${two(total % 60)}`;
  return `${sign}${Math.floor(total / 86_400)} d ${Math.floor((total % 86_400) / 3600)} h`;
}

/** Microseconds as 45 µs, 1.2 ms, 3.4 s. */
export function formatMicros(micros: number): string {
  if (micros < 1000) return `${micros} µs`;
  if (micros < 999_500) return `${trimZeros((micros / 1e3).toPrecision(3))} ms`;
  return `${trimZeros((micros / 1e6).toPrecision(3))} s`;
}

/** Bytes as 61 B, 4.2 MB. */
export function formatBytes(bytes: number): string {
  if (bytes < 1000) return `${bytes} B`;
  if (bytes < 999_500) return `${(bytes / 1e3).toFixed(0)} kB`;
  if (bytes < 999.5e6) return `${(bytes / 1e6).toFixed(1)} MB`;
  return `${(bytes / 1e9).toFixed(1)} GB`;
}

function trimZeros(text: string): string {
  return text.includes(".") ? text.replace(/\.?0+$/, "") : text;
}

function trimMantissa(text: string): string {
  const [mantissa = "", exponent = ""] = text.split("e");
  return `${trimZeros(mantissa)}e${exponent.replace("+", "")}`;
}

/** A true minus sign, as wide as a plus, so that columns of digits align. */
function minus(text: string): string {
  return text.replace(/^-/, "−");
}
