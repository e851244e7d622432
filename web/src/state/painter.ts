/** A chart's wishes to be painted → one turn among those of all charts; wishes that come together are one. */

import { hold, paintInTurn, release } from "./painted.ts";

export class Painter {
  private isWanted = false;
  private isGone = false;
  private timer: ReturnType<typeof setTimeout> | null = null;

  constructor(
    private readonly paint: () => void,
    /** Whether the reader's hands are on this chart: it comes before the others. */
    private readonly isUrgent: () => boolean,
  ) {}

  /** Paints before the next frame, or after a wait; what was to be painted sooner stays so. */
  want(waitMs = 0): void {
    this.isWanted = true;
    hold(this);
    if (this.timer !== null) {
      if (waitMs > 0) return;
      clearTimeout(this.timer);
      this.timer = null;
    }
    if (waitMs > 0) this.timer = setTimeout(this.queue, waitMs);
    else this.queue();
  }

  stop(): void {
    this.isGone = true;
    if (this.timer !== null) clearTimeout(this.timer);
    release(this);
  }

  private readonly queue = () => {
    this.timer = null;
    paintInTurn(this.turn, this.isUrgent);
  };

  private readonly turn = () => {
    release(this);
    // Asked for twice before one frame.
    if (!this.isWanted || this.isGone) return;
    this.isWanted = false;
    this.paint();
  };
}
