/** The kinds of data there are → which views are offered. Asked once the first picture stands, and when runs come or go. */

import { readKinds } from "../api/client.ts";
import { report } from "../api/report.ts";
import { server } from "./server.svelte.ts";

const PAUSE_MS = 1200;
const LEAST_GAP_MS = 20_000;

class Kinds {
  private kinds = $state.raw<ReadonlySet<string>>(new Set());
  private readAt = -Infinity;
  private timer: ReturnType<typeof setTimeout> | null = null;

  has(kind: string): boolean {
    return this.kinds.has(kind);
  }

  /** Begins to ask; call the result to end it. */
  start(): () => void {
    if (report) return () => undefined;
    this.askSoon(PAUSE_MS);
    const leave = server.follow((tick) => {
      if (tick.overview || tick.everything)
        this.askSoon(Math.max(PAUSE_MS, this.readAt + LEAST_GAP_MS - performance.now()));
    });
    return () => {
      leave();
      if (this.timer) clearTimeout(this.timer);
      this.timer = null;
    };
  }

  private askSoon(waitMs: number): void {
    this.timer ??= setTimeout(() => {
      this.timer = null;
      this.readAt = performance.now();
      readKinds().then(
        (answer) => {
          if (answer.kinds.some((kind) => !this.kinds.has(kind)) || answer.kinds.length !== this.kinds.size)
            this.kinds = new Set(answer.kinds);
        },
        // A lost server is told elsewhere; the views offered stay.
        () => undefined,
      );
    }, waitMs);
  }
}

export const kinds = new Kinds();
