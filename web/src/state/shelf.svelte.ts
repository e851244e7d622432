/** What people put on this log folder (names, notes, hidden runs, pins, saved views), read once and changed one by one. */

import { changeShelf, isAbort, readShelf, ServerError } from "../api/client.ts";
import { announce } from "./announcer.svelte.ts";
import type { RunLabel, Shelf, ShelfChange } from "../api/schema.ts";

const EMPTY: RunLabel = { name: "", note: "", is_hidden: false };

class ShelfState {
  private now = $state.raw<Shelf>({ runs: {}, pinned: [], views: [] });
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
  }

  labelOf(training: string): RunLabel {
    return this.now.runs[training] ?? EMPTY;
  }

  /** The name that people gave a training, or its own. */
  nameOf(training: string): string {
    return this.now.runs[training]?.name || training;
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
