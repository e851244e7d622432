/**
 * A training's name → its colour: the same in every view and after every reload, apart from its neighbours in the focus set.
 *
 * The eight colours per theme were found by search: the least OKLab distance over normal, protan, deutan and tritan sight is
 * as large as it gets with at least 3:1 on the panel. tests/palette.test.ts measures that again.
 */

export const LIGHT = ["#17109a", "#6e8109", "#0897f4", "#7a2b0e", "#53063e", "#90447a", "#2d53d2", "#cd6a94"] as const;
export const DARK = ["#b18ffd", "#e4ed74", "#d64f15", "#68c3ad", "#269292", "#7cf6f7", "#8d52e6", "#d2ab0d"] as const;
export const N_COLOURS = 8;

/** How far two slots are apart to the normal eye, OKLab times 100, in the theme where they are closer. */
export const APART: readonly (readonly number[])[] = [
  [0, 36, 29, 22, 21, 26, 15, 30],
  [36, 0, 29, 21, 35, 17, 33, 17],
  [29, 29, 0, 30, 27, 27, 17, 21],
  [22, 21, 30, 0, 15, 15, 31, 17],
  [21, 35, 27, 15, 0, 20, 25, 25],
  [26, 17, 27, 15, 20, 0, 20, 15],
  [15, 33, 17, 31, 25, 20, 0, 28],
  [30, 17, 21, 17, 25, 15, 28, 0],
];
/** A slot at this share of the largest distance to be had will do, so that a name's hash still has its say. */
const FAR_ENOUGH = 0.95;

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
 * Colour slots (0 to 7) of a focus set. A name keeps the slot it had in `before`. A new name takes its hash's slot, or the
 * next one after it that is free and far from those taken: three runs shall not be three purples. Beyond eight names slots
 * repeat. Slots that people chose are given first, even twice. `crowd` counts who else has each slot: the emptiest go first.
 */
export function assignSlots(
  names: readonly string[],
  before: ReadonlyMap<string, number> = new Map(),
  chosen: ReadonlyMap<string, number> = new Map(),
  crowd: readonly number[] = [],
): Map<string, number> {
  const slots = new Map<string, number>();
  const used = new Set<number>();
  const give = (name: string, slot: number) => {
    slots.set(name, slot);
    used.add(slot);
  };
  for (const name of names) {
    const slot = chosen.get(name);
    if (slot !== undefined) give(name, slot);
  }
  for (const name of names) {
    const slot = before.get(name);
    if (slot !== undefined && !slots.has(name) && !used.has(slot)) give(name, slot);
  }
  for (const name of names.filter((one) => !slots.has(one)).toSorted())
    give(name, pickSlot(stableHash(name), used, crowd));
  return slots;
}

/** Names with the eldest first, as `eldest` has them; the others follow as they came. */
export function orderForSlots(names: readonly string[], eldest: Iterable<string>): string[] {
  const wanted = new Set(names);
  return [...new Set([...[...eldest].filter((name) => wanted.has(name)), ...names])];
}

/** Of each name the slot it has in the first of `wishes` where nobody before it in `order` took that, nor a chosen one. */
export function holdSlots(
  order: readonly string[],
  wishes: readonly ReadonlyMap<string, number>[],
  chosen: ReadonlyMap<string, number>,
): Map<string, number> {
  const held = new Map<string, number>();
  const used = new Set(chosen.values());
  for (const wish of wishes)
    for (const name of order) {
      const slot = wish.get(name);
      if (slot === undefined || held.has(name) || chosen.has(name) || used.has(slot)) continue;
      held.set(name, slot);
      used.add(slot);
    }
  return held;
}

function pickSlot(hash: number, used: ReadonlySet<number>, crowd: readonly number[]): number {
  const fromHash = Array.from({ length: N_COLOURS }, (_, i) => (hash + i) % N_COLOURS);
  const unused = fromHash.filter((slot) => !used.has(slot));
  const least = Math.min(...unused.map((slot) => crowd[slot] ?? 0));
  const free = unused.filter((slot) => (crowd[slot] ?? 0) === least);
  const gaps = free.map((slot) => Math.min(...[...used].map((other) => APART[slot]![other]!)));
  const widest = Math.max(...gaps);
  return free[gaps.findIndex((gap) => gap >= FAR_ENOUGH * widest)] ?? fromHash[0]!;
}
