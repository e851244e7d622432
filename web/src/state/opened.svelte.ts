/** What is unfolded at present: passing states that do not belong in a link. */

import type { Coloured } from "./shelf.svelte.ts";

class Opened {
  /** Training whose evidence is shown. */
  finding = $state<string | null>(null);
  isKeys = $state(false);
  isPalette = $state(false);
  /** Whose colour is being chosen. */
  coloured = $state.raw<Coloured | null>(null);
  /** Row of the table under the keyboard's cursor. */
  row = $state<string | null>(null);

  toggleFinding(training: string): void {
    this.finding = this.finding === training ? null : training;
  }
}

export const opened = new Opened();
