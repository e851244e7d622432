/**
 * The focus set → each training's colour in the present theme; slots once given are kept for the visit. A colour that people
 * chose comes first: one of the eight takes its slot from the others, any other stands beside them.
 */

import { assignSlots, DARK, LIGHT, stableHash } from "../data/palette.ts";
import { shelf } from "./shelf.svelte.ts";
import { theme } from "./theme.svelte.ts";

class Colours {
  /** Another object whenever some colour has changed. */
  slots = $state.raw<ReadonlyMap<string, number>>(new Map());
  private chosenBefore = "";

  /** Gives the names of the focus set colours apart from each other. */
  assign(names: readonly string[]): void {
    const chosen = new Map<string, string>();
    for (const name of names) if (shelf.colourOf(name)) chosen.set(name, shelf.colourOf(name));
    const own = new Map([...chosen].filter(([, colour]) => isSlot(colour)).map(([name, slot]) => [name, Number(slot)]));
    const others = names.filter((name) => !chosen.has(name) || own.has(name));
    const next = new Map([...this.slots, ...assignSlots(others, this.slots, own)]);
    const key = JSON.stringify([...chosen]);
    if (key === this.chosenBefore && [...next].every(([name, slot]) => this.slots.get(name) === slot)) return;
    this.chosenBefore = key;
    this.slots = next;
  }

  of(name: string): string {
    const chosen = shelf.colourOf(name);
    if (chosen) return this.ofChoice(chosen);
    return this.ofSlot(this.slots.get(name) ?? stableHash(name) % LIGHT.length);
  }

  ofSlot(slot: number): string {
    return (theme.current === "dark" ? DARK : LIGHT)[slot % LIGHT.length]!;
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
