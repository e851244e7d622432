/**
 * The server's overview, catalog and ticks, kept fresh. Components read it; charts follow the ticks themselves.
 *
 * The overview is read again after a tick, at most once a second, and more rarely when it is large: never more than a
 * fifth of the time goes into reading it.
 */

import { isAbort, readCatalog, readOverview, ServerError } from "../api/client.ts";
import { followTicks } from "../api/live.ts";
import type { Catalog, Overview, Tick } from "../api/schema.ts";
import { mergeOverview } from "../data/merge.ts";
import { hold, release } from "./painted.ts";

const LEAST_GAP_MS = 800;
const RETRY_MS = 2000;

class Server {
  overview = $state.raw<Overview | null>(null);
  catalog = $state.raw<Catalog | null>(null);
  connection = $state<"connecting" | "live" | "lost">("connecting");
  error = $state.raw<ServerError | null>(null);
  /** Server's clock minus ours, in seconds. */
  private clockLead = 0;
  private readAt = 0;
  private gapMs = LEAST_GAP_MS;
  private timer: ReturnType<typeof setTimeout> | null = null;
  private isReading = false;
  private isWanted = false;
  private readonly followers = new Set<(tick: Tick) => void>();

  /** `onFirst` is called as soon as there is an overview, before anything shows it. */
  start({ onFirst }: { readonly onFirst: () => void }): void {
    hold(this);
    void this.read(onFirst);
    followTicks({
      onTick: (tick) => {
        this.want();
        if (tick.overview || tick.everything) this.refreshCatalog();
        for (const follower of this.followers) follower(tick);
      },
      onState: (state) => {
        const isBack = state === "live" && this.connection === "lost";
        this.connection = state;
        if (isBack) {
          this.want();
          this.refreshCatalog();
          // What happened meanwhile was not told; every chart looks again.
          const all: Tick = { revision: -1, trainings: [], tags: [], overview: true, everything: true };
          for (const follower of this.followers) follower(all);
        }
      },
    });
    document.addEventListener("visibilitychange", () => {
      if (!document.hidden && this.isWanted) this.want();
    });
  }

  /** The server's present time in seconds since the epoch. */
  now(): number {
    return Date.now() / 1000 + this.clockLead;
  }

  /** Calls `follower` at each tick until the returned function is called. */
  follow(follower: (tick: Tick) => void): () => void {
    this.followers.add(follower);
    return () => this.followers.delete(follower);
  }

  /** Reads the catalog once; later changes follow by themselves. */
  async needCatalog(): Promise<void> {
    if (!this.catalog) await this.readCatalog();
  }

  /** Reads everything again at once, as after a token was given. */
  async again(): Promise<void> {
    this.error = null;
    await this.read();
  }

  private want(): void {
    this.isWanted = true;
    if (this.timer || this.isReading || document.hidden) return;
    const wait = Math.max(0, this.readAt + this.gapMs - performance.now());
    this.timer = setTimeout(() => {
      this.timer = null;
      void this.read();
    }, wait);
  }

  private async read(onFirst?: () => void): Promise<void> {
    this.isReading = true;
    this.isWanted = false;
    const started = performance.now();
    try {
      const overview = await readOverview(this.overview);
      this.clockLead = overview.now - Date.now() / 1000;
      this.overview = mergeOverview(this.overview, overview);
      onFirst?.();
      this.error = null;
    } catch (error) {
      if (isAbort(error)) return;
      this.error = error instanceof ServerError ? error : new ServerError("damaged", String(error));
    } finally {
      this.isReading = false;
      this.readAt = performance.now();
      this.gapMs = Math.max(LEAST_GAP_MS, 4 * (this.readAt - started));
      release(this);
    }
    if (this.isWanted) this.want();
    else if (this.error && this.error.code !== "unauthorised") setTimeout(() => this.want(), RETRY_MS);
    else if (this.overview && !this.overview.progress.is_done) setTimeout(() => this.want(), LEAST_GAP_MS);
  }

  private refreshCatalog(): void {
    if (this.catalog) void this.readCatalog();
  }

  private async readCatalog(): Promise<void> {
    try {
      this.catalog = await readCatalog();
    } catch (error) {
      if (!isAbort(error) && error instanceof ServerError) this.error = error;
    }
  }
}

export const server = new Server();
