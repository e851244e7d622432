/**
 * A training's name → its colour: the same in every view and after every reload, apart from its neighbours in the focus set.
 *
 * The eight colours per theme were found by search: the least OKLab distance over normal, protan, deutan and tritan sight is
 * as large as it gets with at least 3:1 on the panel. tests/palette.test.ts measures that again.
 */

export const LIGHT = ["#17109a", "#6e8109", "#0897f4", "#7a2b0e", "#53063e", "#90447a", "#2d53d2", "#cd6a94"] as const;
export const DARK = ["#b18ffd", "#e4ed74", "#d64f15", "#68c3ad", "#269292", "#7cf6f7", "#8d52e6", "#d2ab0d"] as const;
export const N_COLOURS = 8;

/** FNV-1a over UTF-16 units: small, stable, spreads names that differ in their last digit. */
export function stableHash(text: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) {
    hash ^= text.charCodeAt(i);
    hash = Math.imul(hash, 0x01000193);
  }
  hash ^= hash >>> 15;
  hash = Math.imul(hash, 0x2c1b3c6d);
  return (hash ^ (hash >>> 13)) >>> 0;
}

/**
 * Colour slots (0 to 7) of a focus set. A name keeps the slot it had in `before`; a new name takes its hash's slot, or the
 * next free one. Beyond eight names slots repeat.
 */
export function assignSlots(
  names: readonly string[],
  before: ReadonlyMap<string, number> = new Map(),
): Map<string, number> {
  const slots = new Map<string, number>();
  const used = new Set<number>();
  const give = (name: string, slot: number) => {
    slots.set(name, slot);
    used.add(slot);
  };
  for (const name of names) {
    const slot = before.get(name);
    if (slot !== undefined && !used.has(slot)) give(name, slot);
  }
  for (const name of names.filter((one) => !slots.has(one)).toSorted()) {
    let slot = stableHash(name) % N_COLOURS;
    for (let tries = 0; used.has(slot) && tries < N_COLOURS; tries++) slot = (slot + 1) % N_COLOURS;
    give(name, slot);
  }
  return slots;
}
