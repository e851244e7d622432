/**
 * Trainings and a metric → the series that belong on its chart: the halves of each training, which are one hue.
 *
 * Metrics come from the pairs that the server made (every scalar is in one); scalar tags that no pair names stand for
 * themselves.
 */

import type { Catalog, SeriesRef, TrainingView } from "../api/schema.ts";
import { compareNaturally } from "./natural.ts";

export type Half = "train" | "validation";

/** One series of a training on a chart. */
export interface HalfSeries {
  readonly training: string;
  readonly half: Half;
  readonly ref: SeriesRef;
}

/** The series of a metric, train halves first within each training. */
export function seriesOf(trainings: readonly TrainingView[], metric: string): HalfSeries[] {
  const found: HalfSeries[] = [];
  for (const training of trainings)
    for (const pair of training.pairs) {
      if (pair.metric !== metric) continue;
      if (pair.train) found.push({ training: training.name, half: "train", ref: pair.train });
      if (pair.validation) found.push({ training: training.name, half: "validation", ref: pair.validation });
    }
  return found;
}

/** The half that stands for a training where only one can be drawn: validation where there is one. */
export function leadingHalf(series: readonly HalfSeries[]): HalfSeries[] {
  const leading = new Map<string, HalfSeries>();
  for (const one of series) if (one.half === "validation" || !leading.has(one.training)) leading.set(one.training, one);
  return [...leading.values()];
}

/** Metrics of all trainings in the order in which the pairs name them, each once. */
export function listMetrics(trainings: readonly TrainingView[]): string[] {
  const metrics = new Set<string>();
  for (const training of trainings) for (const pair of training.pairs) metrics.add(pair.metric);
  return [...metrics];
}

/** Whether a training tells which epoch a step lies in: by a metric of that name, or by tags that go by epochs. */
export function hasEpochs(training: TrainingView): boolean {
  return training.pairs.some(
    ({ metric, train, validation }) =>
      lastPart(metric) === "epoch" || [train, validation].some((ref) => ref && lastPart(ref.tag).startsWith("epoch_")),
  );
}

const lastPart = (name: string) => name.toLowerCase().split("/").at(-1)!;

/** Metrics that a forecast can be of: it must be known which way is better. Leading one first. */
export function listForecastable(training: TrainingView): string[] {
  return training.pairs.filter((pair) => pair.direction !== null).map((pair) => pair.metric);
}

/** Tags behind a metric, sorted: what the files call it. */
export function tagsOf(series: readonly HalfSeries[]): string[] {
  return [...new Set(series.map((one) => one.ref.tag))].toSorted();
}

export interface MetricGroup {
  /** First path segment; empty for metrics without one. */
  readonly name: string;
  readonly metrics: readonly string[];
}

/** Metrics grouped by their first path segment: those without one first, then groups in order of their names. */
export function groupMetrics(metrics: readonly string[]): MetricGroup[] {
  const groups = new Map<string, string[]>();
  for (const metric of metrics) {
    const slash = metric.indexOf("/");
    const name = slash > 0 ? metric.slice(0, slash) : "";
    const group = groups.get(name);
    if (group) group.push(metric);
    else groups.set(name, [metric]);
  }
  return [...groups]
    .toSorted(([a], [b]) => (a === "" ? -1 : b === "" ? 1 : compareNaturally(a, b)))
    .map(([name, members]) => ({ name, metrics: name === "" ? members : members.toSorted(compareNaturally) }));
}

/** Metrics whose name or tags contain every word of the search; `/…/` is a regular expression. */
export function searchMetrics(metrics: readonly string[], search: string, tags: ReadonlyMap<string, string>): string[] {
  const text = search.trim();
  if (!text) return [...metrics];
  const expression = /^\/(.+)\/i?$/.exec(text);
  if (expression) {
    try {
      const pattern = new RegExp(expression[1]!, "i");
      return metrics.filter((metric) => pattern.test(metric) || pattern.test(tags.get(metric) ?? ""));
    } catch {
      return [...metrics];
    }
  }
  const words = text.toLowerCase().split(/\s+/);
  return metrics.filter((metric) => {
    const place = `${metric} ${tags.get(metric) ?? ""}`.toLowerCase();
    return words.every((word) => place.includes(word));
  });
}

/** Tags of one kind with the runs that hold them, in natural order. */
export function tagsOfKind(catalog: Catalog, kind: string): { tag: string; runs: readonly string[] }[] {
  return catalog.tags
    .filter((one) => one.kind === kind)
    .map((one) => ({ tag: one.tag, runs: one.runs.toSorted(compareNaturally) }))
    .toSorted((a, b) => compareNaturally(a.tag, b.tag));
}
