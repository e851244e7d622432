/** The focus set → each training's colour in the present theme; slots once given are kept for the visit. */

import { assignSlots, DARK, LIGHT, stableHash } from "../data/palette.ts";
import { theme } from "./theme.svelte.ts";

class Colours {
  slots = $state.raw<ReadonlyMap<string, number>>(new Map());

  /** Gives the names of the focus set colours apart from each other. */
  assign(names: readonly string[]): void {
    const next = new Map([...this.slots, ...assignSlots(names, this.slots)]);
    if ([...next].some(([name, slot]) => this.slots.get(name) !== slot)) this.slots = next;
  }

  of(name: string): string {
    return this.ofSlot(this.slots.get(name) ?? stableHash(name) % LIGHT.length);
  }

  ofSlot(slot: number): string {
    return (theme.current === "dark" ? DARK : LIGHT)[slot % LIGHT.length]!;
  }
}

export const colours = new Colours();
