/** Values → the path of a sparkline in a box, with gaps where values are missing; one far outlier does not flatten the rest. */

const LEAST_SPAN_SHARE = 0.02;

export function sparkPath(values: readonly (number | null)[], width: number, height: number): string {
  const finite = values.filter((value): value is number => value !== null && Number.isFinite(value));
  if (finite.length === 0) return "";
  const sorted = finite.toSorted((a, b) => a - b);
  const middle = sorted[Math.floor(sorted.length / 2)]!;
  const spread = sorted[Math.floor(sorted.length * 0.9)]! - sorted[Math.floor(sorted.length * 0.1)]!;
  const reach = 4 * spread || Infinity;
  let lo = Math.max(sorted[0]!, middle - reach);
  let hi = Math.min(sorted[sorted.length - 1]!, middle + reach);
  // A curve that does not move must not look as if it did: less than this of its level is a flat line.
  const least = Math.abs(middle) * LEAST_SPAN_SHARE;
  if (hi > lo && hi - lo < least) [lo, hi] = [(lo + hi - least) / 2, (lo + hi + least) / 2];
  const span = hi - lo || 1;
  let path = "";
  let isDown = false;
  values.forEach((value, i) => {
    if (value === null || !Number.isFinite(value)) {
      isDown = false;
      return;
    }
    const x = values.length > 1 ? (i / (values.length - 1)) * width : width / 2;
    const y = hi === lo ? height / 2 : height - ((Math.min(hi, Math.max(lo, value)) - lo) / span) * height;
    path += `${isDown ? "L" : "M"}${x.toFixed(1)} ${y.toFixed(1)}`;
    isDown = true;
  });
  return path;
}
