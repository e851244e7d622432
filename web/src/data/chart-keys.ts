/** A key on a focused chart → what it does to the data cursor or the range. */

import type { Fit } from "./fit.ts";

export type ChartMove =
  | { readonly kind: "cursor"; readonly x: number | null }
  | { readonly kind: "range"; readonly x: Fit }
  | { readonly kind: "fit" };

/** Null for keys that are not the chart's. `at` is the cursor's place, null where it is not shown. */
export function chartMove(
  { key, shiftKey }: { readonly key: string; readonly shiftKey: boolean },
  { lo, hi }: Fit,
  at: number | null,
  leastStride = 0,
): ChartMove | null {
  const span = hi - lo;
  const stride = Math.max(span / 100, leastStride) * (shiftKey ? 10 : 1);
  const cursor = (x: number): ChartMove => ({ kind: "cursor", x: Math.min(hi, Math.max(lo, x)) });
  const range = (left: number, right: number): ChartMove => ({ kind: "range", x: { lo: lo + left, hi: hi + right } });
  switch (key) {
    case "ArrowLeft":
      return cursor((at ?? hi) - stride);
    case "ArrowRight":
      return cursor((at ?? hi) + stride);
    case "Home":
      return cursor(lo);
    case "End":
      return cursor(hi);
    case "Escape":
      return { kind: "cursor", x: null };
    case ",":
      return range(-span / 4, -span / 4);
    case ".":
      return range(span / 4, span / 4);
    case "w":
      return range(span / 6, -span / 6);
    case "s":
      return range(-span / 4, span / 4);
    case "0":
      return { kind: "fit" };
    default:
      return null;
  }
}
