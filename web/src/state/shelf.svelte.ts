/** What people put on this log folder (names, notes, hidden runs, pins, saved views), read once and changed one by one. */

import { changeShelf, isAbort, readShelf, ServerError } from "../api/client.ts";
import { report } from "../api/report.ts";
import { announce } from "./announcer.svelte.ts";
import { place } from "./place.svelte.ts";
import type { RunLabel, Shelf, ShelfChange } from "../api/schema.ts";

/** What has a colour of its own. */
export interface Coloured {
  readonly kind: "run" | "group";
  readonly name: string;
}

const EMPTY: RunLabel = { name: "", note: "", is_hidden: false, colour: "" };

class ShelfState {
  private now = $state.raw<Shelf>({ runs: {}, pinned: [], views: [], group_colours: {}, slots: {} });
  /** Colours that the page gave to trainings, in any browser; the eldest first. Null until they are known. */
  slots = $state.raw<ReadonlyMap<string, number> | null>(null);
  /** Why the last change was not kept. */
  error = $state.raw<ServerError | null>(null);

  readonly pinned = $derived(this.now.pinned);
  readonly views = $derived(this.now.views);
  readonly hidden = $derived(
    new Set(Object.entries(this.now.runs).flatMap(([name, label]) => (label.is_hidden ? [name] : []))),
  );

  /** Reads it; what cannot be read counts as empty, for the page works without. */
  async start(): Promise<void> {
    try {
      this.now = await readShelf();
    } catch (error) {
      if (!(error instanceof ServerError) && !isAbort(error)) throw error;
    }
    this.slots = new Map(Object.entries(this.now.slots));
  }

  /** Keeps colours that the page gave. Where they cannot be kept, each visit gives them anew. */
  async keepSlots(given: ReadonlyMap<string, number>): Promise<void> {
    this.slots = new Map([...given, ...(this.slots ?? [])]);
    if (report) return;
    try {
      const kept = await changeShelf({ slots: Object.fromEntries(given) });
      // Another browser may have been quicker.
      const isOther = [...given].some(([name, slot]) => kept.slots[name] !== slot);
      if (isOther) this.slots = new Map(Object.entries(kept.slots));
    } catch (error) {
      if (!(error instanceof ServerError) && !isAbort(error)) throw error;
    }
  }

  labelOf(training: string): RunLabel {
    return this.now.runs[training] ?? EMPTY;
  }

  /** The name that people gave a training, or its own. */
  nameOf(training: string): string {
    return this.now.runs[training]?.name || training;
  }

  /** The colour that people chose for a training; empty for the usual one. */
  colourOf(training: string): string {
    return this.now.runs[training]?.colour ?? "";
  }

  colourOfGroup(group: string): string {
    return this.now.group_colours[group] ?? "";
  }

  /** Gives a training or a group a colour, empty for the usual one; undone like a change of the view. */
  async setColour(of: Coloured, colour: string): Promise<void> {
    const before = of.kind === "group" ? this.colourOfGroup(of.name) : this.colourOf(of.name);
    const paint = (one: string) =>
      this.change(of.kind === "group" ? { group: of.name, colour: one } : { training: of.name, colour: one });
    if (before === colour) return;
    // At once, for what is done meanwhile is undone before it.
    place.rememberDeed(() => void paint(before));
    await paint(colour);
  }

  async change(change: Partial<ShelfChange>): Promise<void> {
    try {
      this.now = await changeShelf(change);
      this.error = null;
    } catch (error) {
      if (!(error instanceof ServerError)) throw error;
      this.error = error;
      announce(error.message);
    }
  }
}

export const shelf = new ShelfState();
