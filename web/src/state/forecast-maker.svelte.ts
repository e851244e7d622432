/** Forecasts that have come → what a chart draws and says of them. Fetched by `chart-forecast.svelte.ts`. */

import type { ForecastView, TrainingView } from "../api/schema.ts";
import type { Picture } from "../chart/chart.ts";
import { makeForecastOverlay } from "../chart/forecast-layer.ts";
import {
  growRanges,
  placeForecasts,
  readForecasts,
  type ForecastLine,
  type ForecastReading,
} from "../data/forecast.ts";
import { formatShare, listCautions, tellDoubt, tellEnd } from "../data/forecast-text.ts";
import { formatValue } from "../data/numbers.ts";
import { forecastWords } from "../i18n/forecast.ts";
import { i18n } from "../i18n/index.svelte.ts";
import { forecasts } from "./forecasts.svelte.ts";
import { server } from "./server.svelte.ts";

/** Of the pictures that are on screen, by their overlays, for the readouts: the same picture comes again with its grey. */
const drawn = new WeakMap<NonNullable<Picture["overlays"]>, readonly ForecastLine[]>();

export function want(names: readonly string[], metric: string): () => void {
  const releases = names.map((name) => forecasts.want(name, metric));
  return () => releases.forEach((release) => release());
}

export function extend(
  picture: Picture,
  trainings: readonly TrainingView[],
  metric: string,
  chosen: { readonly x: boolean; readonly y: boolean },
): Picture {
  const lines = placeForecasts(listViews(trainings, metric), picture);
  if (lines.length === 0) return picture;
  const overlays = [...(picture.overlays ?? []), makeForecastOverlay(lines)];
  drawn.set(overlays, lines);
  return { ...picture, ...growRanges(picture, lines, chosen), overlays };
}

export function read(picture: Picture, x: number): readonly ForecastReading[] {
  return readForecasts((picture.overlays && drawn.get(picture.overlays)) ?? [], x);
}

export function listNotes(
  trainings: readonly TrainingView[],
  metric: string,
  nameOf: (training: string) => string,
): string[] {
  const words = forecastWords();
  const views = listViews(trainings, metric);
  const shown = views.filter((view) => view.trust !== "no");
  const doubts = new Set(shown.filter((view) => view.trust === "less").map((view) => listCautions(view, words)));
  return [
    ...(shown.length ? [words.note(formatShare(shown[0]!.level))] : []),
    ...[...doubts].map((why) => words.noteLess(why)),
    ...views
      .filter((view) => view.trust === "no")
      .map((view) =>
        words.notDrawn(nameOf(view.training), view.refusal ? words.cautions["few_points"]! : listCautions(view, words)),
      ),
  ];
}

export function listEnds(trainings: readonly TrainingView[], metric: string): string[] {
  const now = server.now();
  return trainings.flatMap((training) => {
    const view = forecasts.of(training.name, metric);
    if (!view) return [];
    const telling = { words: forecastWords(), half: i18n.t.half, state: training.state, now };
    return [`${training.name}: ${[tellEnd(view, telling), tellDoubt(view, telling)].filter(Boolean).join(" ")}`];
  });
}

export function speak(readings: readonly ForecastReading[], nameOf: (training: string) => string): string[] {
  const words = forecastWords();
  return readings.map(({ training, median, lower, upper, level }) =>
    words.spoken(nameOf(training), formatValue(median), formatValue(lower), formatValue(upper), formatShare(level)),
  );
}

function listViews(trainings: readonly TrainingView[], metric: string): ForecastView[] {
  return trainings.flatMap((training) => forecasts.of(training.name, metric) ?? []);
}
