/** Two names → their order as people count: run9 before run10. */

let collator: Intl.Collator | null = null;

/** Made when first needed: the first `Intl` object of a page takes Chromium 20 ms, a fifth of the way to its first chart. */
export function compareNaturally(a: string, b: string): number {
  collator ??= new Intl.Collator("en", { numeric: true });
  return collator.compare(a, b);
}
