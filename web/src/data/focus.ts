/**
 * Trainings → the few that are drawn as lines, and the grey rest.
 *
 * Never all and never none: without a choice of the reader's the focus holds the flagged, the best and the newest. What is
 * left out is counted, so that the page can say so.
 */

import type { Overview, TrainingView } from "../api/schema.ts";
import { isHealthy } from "./health.ts";
import { parseNumber } from "./numbers.ts";

export const MAX_FOCUS = 8;
/** Thin lines a canvas draws and an eye follows; more are drawn as one picture of their density. */
export const MAX_CONTEXT = 40;

/** Names of the trainings in focus, in the order of the overview. */
export function chooseFocus(overview: Overview, selected: readonly string[]): string[] {
  const known = new Set(overview.trainings.map((training) => training.name));
  const wanted = selected.filter((name) => known.has(name));
  const chosen = new Set<string>(wanted.slice(-MAX_FOCUS));
  if (chosen.size === 0) {
    const add = (names: readonly string[], most: number) => {
      for (const name of names) if (chosen.size < most) chosen.add(name);
    };
    if (overview.trainings.length <= MAX_FOCUS) add([...known], MAX_FOCUS);
    // Flagged ones take at most half of the places, or a folder of failures would hide the best run.
    add(overview.needs_you, MAX_FOCUS / 2);
    add(listLeaders(overview).slice(0, 2), MAX_FOCUS);
    add(newestFirst(overview.trainings).slice(0, 2), MAX_FOCUS);
    add(overview.needs_you, MAX_FOCUS);
    if (chosen.size < 5) add(newestFirst(overview.trainings), 5);
  }
  return overview.trainings.map((training) => training.name).filter((name) => chosen.has(name));
}

/** Names of the trainings that have a best value of the objective, best first. */
export function rankByObjective(overview: Overview): string[] {
  const metric = overview.objective;
  if (metric === null) return [];
  const scored: { name: string; score: number }[] = [];
  for (const training of overview.trainings) {
    const best = bestOf(training, metric);
    if (best === null) continue;
    const isHigherBetter = training.pairs.find((pair) => pair.metric === metric)?.direction === "max";
    scored.push({ name: training.name, score: isHigherBetter ? -best.value : best.value });
  }
  return scored.toSorted((a, b) => a.score - b.score || (a.name < b.name ? -1 : 1)).map((one) => one.name);
}

/** By rank, those that do not need the reader first: the best value of a training that diverged is no model to take. */
export function listLeaders(overview: Overview): string[] {
  const flagged = new Set(overview.needs_you);
  const ranked = rankByObjective(overview);
  return [...ranked.filter((name) => !flagged.has(name)), ...ranked.filter((name) => flagged.has(name))];
}

/** The training that leads: judged, without a finding that needs the reader, and beside at least one other; else null. */
export function findLeader(overview: Overview): TrainingView | null {
  if (overview.trainings.length < 2) return null;
  const byName = new Map(overview.trainings.map((training) => [training.name, training]));
  const healthy = listLeaders(overview).flatMap((name) => byName.get(name) ?? []);
  return healthy.find((training) => isHealthy(training)) ?? null;
}

/** The best value of a metric, of the validation half where there is one; null when unknown or not finite. */
export function bestOf(training: TrainingView, metric: string): { value: number; step: number | null } | null {
  const halves = training.latest.filter((one) => one.metric === metric);
  const one = halves.find((half) => half.half === "validation") ?? halves[0];
  if (!one || one.best === null) return null;
  const value = parseNumber(one.best);
  return Number.isFinite(value) ? { value, step: one.best_step } : null;
}

function newestFirst(trainings: readonly TrainingView[]): string[] {
  return trainings
    .toSorted((a, b) => b.last_wall_time - a.last_wall_time || (a.name < b.name ? -1 : 1))
    .map((training) => training.name);
}

/**
 * Short names for line ends: folders are left out where the last parts differ, then what all share at the front.
 *
 *     shortNames(["fit/vit-b16-s0", "fit/vit-b16-s1"])  // s0, s1
 */
export function shortNames(names: readonly string[]): Map<string, string> {
  const last = names.map((name) => name.slice(name.lastIndexOf("/") + 1));
  const base = new Set(last).size === names.length && !last.includes("") ? last : [...names];
  const cut = base.length > 1 ? sharedFront(base) : 0;
  const short = base.map((name) => name.slice(cut) || name);
  const unique = new Set(short).size === names.length ? short : names;
  return new Map(names.map((name, i) => [name, unique[i]!]));
}

/** Length of what all texts share at the front, up to and with a separator. */
function sharedFront(texts: readonly string[]): number {
  const first = texts[0]!;
  let shared = first.length;
  for (const text of texts) {
    let i = 0;
    while (i < shared && i < text.length && text[i] === first[i]) i++;
    shared = i;
  }
  return Math.max(...["/", "-", "_", " ", "."].map((mark) => first.slice(0, shared).lastIndexOf(mark))) + 1;
}
