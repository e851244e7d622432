/**
 * Trainings and a metric → their forecasts, asked together once a metric and read again as the curves grow. Fetched with the
 * first unfinished training that is on screen.
 */

import { isAbort, readForecasts, ServerError } from "../api/client.ts";
import type { ForecastView } from "../api/schema.ts";
import { hold, release } from "./painted.ts";
import { server } from "./server.svelte.ts";

/** A forecast hardly moves within seconds, and costs the server some milliseconds. */
const REFRESH_GAP_MS = 5000;
const MOST_ASKED = 64;

const keyOf = (training: string, metric: string | null) => JSON.stringify([metric, training]);

interface Wanted {
  readonly training: string;
  readonly metric: string | null;
  nWanting: number;
}

class Forecasts {
  /** Null for a training that does not have the metric. */
  private views = $state.raw<ReadonlyMap<string, ForecastView | null>>(new Map());
  error = $state.raw<ServerError | null>(null);
  private readonly wanted = new Map<string, Wanted>();
  private stale = new Set<string>();
  private timer: ReturnType<typeof setTimeout> | null = null;
  private askedAt = -Infinity;

  constructor() {
    server.follow((tick) => {
      const touched = new Set(tick.trainings);
      for (const [key, { training }] of this.wanted) if (tick.everything || touched.has(training)) this.stale.add(key);
      if (this.stale.size) this.schedule(Math.max(0, this.askedAt + REFRESH_GAP_MS - performance.now()));
    });
  }

  /** The newest forecast; undefined while none has come. Without a metric, of the one that leads the training. */
  of(training: string, metric: string | null): ForecastView | null | undefined {
    return this.views.get(keyOf(training, metric));
  }

  /** Keeps a forecast fresh until the returned function is called. */
  want(training: string, metric: string | null): () => void {
    const key = keyOf(training, metric);
    const known = this.wanted.get(key);
    if (known) known.nWanting++;
    else {
      this.wanted.set(key, { training, metric, nWanting: 1 });
      if (!this.views.has(key)) {
        this.stale.add(key);
        hold(this);
        this.schedule(0);
      }
    }
    return () => {
      const one = this.wanted.get(key);
      if (one && --one.nWanting === 0) this.wanted.delete(key);
    };
  }

  private schedule(waitMs: number): void {
    if (this.timer !== null && waitMs > 0) return;
    if (this.timer !== null) clearTimeout(this.timer);
    this.timer = setTimeout(() => {
      this.timer = null;
      void this.ask();
    }, waitMs);
  }

  private async ask(): Promise<void> {
    const asked = [...this.stale].flatMap((key) => this.wanted.get(key) ?? []);
    this.stale = new Set();
    this.askedAt = performance.now();
    const byMetric = new Map<string | null, Wanted[]>();
    for (const one of asked) byMetric.set(one.metric, [...(byMetric.get(one.metric) ?? []), one]);
    try {
      await Promise.all([...byMetric].map(([metric, those]) => this.read(metric, those.slice(0, MOST_ASKED))));
      this.error = null;
    } catch (error) {
      // A forecast that does not come leaves the charts as they are.
      if (!isAbort(error))
        this.error = error instanceof ServerError ? error : new ServerError("damaged", String(error));
    } finally {
      if (this.stale.size === 0) release(this);
    }
  }

  private async read(metric: string | null, asked: readonly Wanted[]): Promise<void> {
    const answer = await readForecasts({ trainings: asked.map((one) => one.training), metric });
    const found = new Map(answer.forecasts.map((view) => [view.training, view]));
    const views = new Map(this.views);
    for (const { training } of asked) views.set(keyOf(training, metric), found.get(training) ?? null);
    this.views = views;
  }
}

export const forecasts = new Forecasts();
