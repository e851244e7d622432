/** An axis range → the places of its marks: round numbers, powers of ten, or round clock times. */

/** Multiples of 1, 2 or 5 times a power of ten within [lo, hi], about `wanted` of them. */
export function linearTicks(lo: number, hi: number, wanted: number): number[] {
  if (!(hi > lo)) return Number.isFinite(lo) ? [lo] : [];
  const rough = (hi - lo) / Math.max(1, wanted);
  const power = 10 ** Math.floor(Math.log10(rough));
  // A little more than wanted is better than far less: at 0.75 of the wanted gap the next rounder one is taken.
  const gap = ([1, 2, 5, 10].find((factor) => factor * power >= rough * 0.75) ?? 10) * power;
  return multiples(lo, hi, gap);
}

/** The same for steps: between two of them there is nothing to mark. */
export function stepTicks(lo: number, hi: number, wanted: number): number[] {
  return linearTicks(lo, hi, Math.min(wanted, hi - lo)).filter(Number.isInteger);
}

/** Powers of ten within [lo, hi], with 2 and 5 between them when there are few; `lo` must be positive. */
export function logTicks(lo: number, hi: number, wanted: number): number[] {
  if (!(lo > 0) || !(hi > lo)) return [];
  const first = Math.floor(Math.log10(lo));
  const last = Math.ceil(Math.log10(hi));
  const decades = last - first;
  if (decades <= 1) {
    const linear = linearTicks(lo, hi, wanted);
    if (linear.length >= 2) return linear.filter((tick) => tick > 0);
  }
  const every = Math.max(1, Math.ceil(decades / Math.max(1, wanted)));
  const factors = decades <= 2 || decades * 2 <= wanted ? [1, 2, 5] : [1];
  const ticks: number[] = [];
  for (let exponent = first; exponent <= last; exponent += every)
    for (const factor of factors) {
      const tick = Number(`${factor}e${exponent}`);
      if (tick >= lo * 0.9999 && tick <= hi * 1.0001) ticks.push(tick);
    }
  return ticks;
}

const MINUTE = 60;
const HOUR = 3600;
const DAY = 86_400;
const CLOCK_GAPS = [
  1,
  2,
  5,
  10,
  15,
  30,
  MINUTE,
  2 * MINUTE,
  5 * MINUTE,
  10 * MINUTE,
  15 * MINUTE,
  30 * MINUTE,
  HOUR,
  2 * HOUR,
  3 * HOUR,
  6 * HOUR,
  12 * HOUR,
  DAY,
  2 * DAY,
  7 * DAY,
  14 * DAY,
  28 * DAY,
  91 * DAY,
  182 * DAY,
  365 * DAY,
];

/** Round clock times within [lo, hi] seconds; `offset` is the local clock's lead over UTC in seconds. */
export function clockTicks(lo: number, hi: number, wanted: number, offset = 0): number[] {
  if (!(hi > lo)) return [lo];
  const rough = (hi - lo) / Math.max(1, wanted);
  if (rough < 1) return linearTicks(lo, hi, wanted);
  const gap = CLOCK_GAPS.find((candidate) => candidate >= rough) ?? Math.ceil(rough / (365 * DAY)) * 365 * DAY;
  return multiples(lo + offset, hi + offset, gap).map((tick) => tick - offset);
}

function multiples(lo: number, hi: number, gap: number): number[] {
  const ticks: number[] = [];
  const first = Math.ceil(lo / gap - 1e-9);
  const last = Math.floor(hi / gap + 1e-9);
  for (let k = first; k <= last && ticks.length < 1000; k++) {
    const tick = k * gap;
    // 3 * 0.1 is 0.30000000000000004; twelve digits are more than any axis shows.
    ticks.push(tick === 0 ? 0 : Number(tick.toPrecision(12)));
  }
  return ticks;
}
