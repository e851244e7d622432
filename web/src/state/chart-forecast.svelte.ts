/**
 * A chart's unfinished trainings → forecasts beyond the ends of their lines. What works them out is fetched with the first
 * such training; a chart without one pays for this file alone. Made while its component is: it holds effects.
 */

import type { TrainingView } from "../api/schema.ts";
import type { Picture } from "../chart/chart.ts";
import type { ForecastReading } from "../data/forecast.ts";
import { listForecastable } from "../data/metric.ts";
import type { MetricSeries } from "./metric-series.svelte.ts";
import { place } from "./place.svelte.ts";
import type { Sight } from "./sight.svelte.ts";

/** More bands than these cover each other. */
const MOST_LINES = 4;

type Maker = typeof import("./forecast-maker.svelte.ts");

export class ChartForecast {
  private maker = $state.raw<Maker | null>(null);
  /** Trainings whose lines may go on: those of a metric of which it is known what is better, in the order of the focus. */
  readonly trainings = $derived.by((): readonly TrainingView[] => {
    // Nobody has logged yet which epoch a step to come lies in.
    if (!place.now.isForecast || place.now.xAxis === "epoch" || !this.isOffered() || this.series.isGrouped) return [];
    return this.series.drawn.filter((training) => this.isUnfinished(training)).slice(0, MOST_LINES);
  });
  private readonly names = $derived(JSON.stringify(this.trainings.map((training) => training.name)));

  constructor(
    private readonly series: MetricSeries,
    sight: Sight,
    private readonly isOffered: () => boolean,
  ) {
    $effect(() => {
      const names = JSON.parse(this.names) as string[];
      if (!sight.isVisible || names.length === 0) return;
      const { maker } = this;
      if (maker) return maker.want(names, series.metric);
      // Where the server has gone meanwhile, the chart stays as it is.
      void import("./forecast-maker.svelte.ts").then((made) => (this.maker = made)).catch(() => undefined);
      return;
    });
  }

  /** The picture with its forecasts, and its ranges grown for them where the reader chose none. */
  extend(picture: Picture, chosen: { readonly x: boolean; readonly y: boolean }): Picture {
    return this.maker?.extend(picture, this.trainings, this.series.metric, chosen) ?? picture;
  }

  /** For the caption: how forecasts are drawn, and which are not and why. */
  listNotes(nameOf: (training: string) => string): string[] {
    return this.maker?.listNotes(this.trainings, this.series.metric, nameOf) ?? [];
  }

  /** For the summary: where each will end. */
  listEnds(): string[] {
    return this.maker?.listEnds(this.trainings, this.series.metric) ?? [];
  }

  read(picture: Picture, x: number): readonly ForecastReading[] {
    return this.maker?.read(picture, x) ?? [];
  }

  speak(readings: readonly ForecastReading[], nameOf: (training: string) => string): string[] {
    return this.maker?.speak(readings, nameOf) ?? [];
  }

  private isUnfinished(training: TrainingView): boolean {
    return training.state !== "finished" && listForecastable(training).includes(this.series.metric);
  }
}
