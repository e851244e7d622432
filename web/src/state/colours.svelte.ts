/**
 * The focus set → each training's colour in the present theme. A training keeps the colour that it was first given: the
 * server keeps it for every browser and visit. Where two in focus have one colour, the one in sight keeps it, else the elder,
 * and the other takes a free one for as long as both are shown. A colour that people chose comes first: one of the eight
 * takes its slot from the others, any other stands beside them.
 */

import { assignSlots, DARK, holdSlots, LIGHT, N_COLOURS, orderForSlots, stableHash } from "../data/palette.ts";
import { shelf } from "./shelf.svelte.ts";
import { theme } from "./theme.svelte.ts";

/** Colours of trainings that come one after another are kept at once. */
const KEEP_PAUSE_MS = 1000;

class Colours {
  /** Of the trainings in focus; another object whenever some colour has changed. */
  slots = $state.raw<ReadonlyMap<string, number>>(new Map());
  private chosenBefore = "";
  /** Whether the shelf was known when they were given. */
  private isSettled = false;
  private keeping: ReturnType<typeof setTimeout> | undefined;
  private readonly toKeep = new Map<string, number>();

  /** Gives the names of the focus set colours apart from each other. */
  assign(names: readonly string[]): void {
    const chosen = new Map<string, string>();
    for (const name of names) if (shelf.colourOf(name)) chosen.set(name, shelf.colourOf(name));
    const own = new Map([...chosen].filter(([, colour]) => isSlot(colour)).map(([name, slot]) => [name, Number(slot)]));
    const others = names.filter((name) => !chosen.has(name) || own.has(name));
    // What was given before the shelf was known is given anew.
    const { slots: kept } = shelf;
    const seen = this.isSettled ? this.slots : new Map<string, number>();
    this.isSettled = kept !== null;
    const homes = new Map([...this.toKeep, ...(kept ?? [])]);
    const crowd = Array<number>(N_COLOURS).fill(0);
    for (const slot of kept?.values() ?? []) crowd[slot]!++;
    const order = orderForSlots(others, [...seen.keys(), ...homes.keys()]);
    const next = assignSlots(order, holdSlots(order, [homes, seen], own), own, crowd);
    if (kept && others.length <= N_COLOURS) this.keepSoon(next, homes, own);
    const key = JSON.stringify([...chosen]);
    const isSame = next.size === this.slots.size && [...next].every(([name, slot]) => this.slots.get(name) === slot);
    if (key === this.chosenBefore && isSame) return;
    this.chosenBefore = key;
    this.slots = next;
  }

  of(name: string): string {
    const chosen = shelf.colourOf(name);
    if (chosen) return this.ofChoice(chosen);
    return this.ofSlot(this.slots.get(name) ?? shelf.slots?.get(name) ?? stableHash(name) % N_COLOURS);
  }

  /** The first colour of a training is its own from then on; one that people chose is theirs. */
  private keepSoon(
    given: ReadonlyMap<string, number>,
    homes: ReadonlyMap<string, number>,
    own: ReadonlyMap<string, number>,
  ) {
    for (const [name, slot] of given) if (!homes.has(name) && !own.has(name)) this.toKeep.set(name, slot);
    if (this.toKeep.size === 0) return;
    clearTimeout(this.keeping);
    this.keeping = setTimeout(() => {
      const given = new Map(this.toKeep);
      this.toKeep.clear();
      void shelf.keepSlots(given);
    }, KEEP_PAUSE_MS);
  }

  ofSlot(slot: number): string {
    return (theme.current === "dark" ? DARK : LIGHT)[slot % N_COLOURS]!;
  }

  /** A chosen colour: the number of a slot, or `#rrggbb`. */
  ofChoice(choice: string): string {
    return isSlot(choice) ? this.ofSlot(Number(choice)) : choice;
  }
}

function isSlot(choice: string): boolean {
  return !choice.startsWith("#");
}

export const colours = new Colours();
