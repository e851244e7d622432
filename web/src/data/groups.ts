/**
 * Trainings and a rule → groups with a name each, drawn as a mean with a band instead of a thousand lines.
 *
 * The rule stands in the link: `optimizer` is a hyperparameter, `~seed` puts together what differs by its seed only, and
 * `/vit-(b|l)/` is a regular expression over names (its first named group, else its first, else the whole match).
 */

import type { TrainingView } from "../api/schema.ts";
import { parseNumber } from "./numbers.ts";
import { compareNaturally } from "./natural.ts";

export const BY_SEED = "~seed";
/** As many as there are colours that can be told apart. */
export const MAX_GROUPS = 8;
/** More numbers than this are cut into ranges of equally many trainings. */
const MOST_VALUES = 8;
const N_RANGES = 5;

export interface RunGroup {
  readonly name: string;
  readonly members: readonly TrainingView[];
}

export interface Grouping {
  /** At most MAX_GROUPS, the largest; in the order of their names. */
  readonly groups: readonly RunGroup[];
  readonly nGroups: number;
  /** Trainings in no group at all: without the hyperparameter, or whose name does not match. */
  readonly nLeftOut: number;
  /** Whether the rule can be read; a regular expression may not be one. */
  readonly isValid: boolean;
}

const NONE: Grouping = { groups: [], nGroups: 0, nLeftOut: 0, isValid: false };

export function isExpression(rule: string): boolean {
  return rule.length > 2 && rule.startsWith("/") && rule.endsWith("/");
}

/** Trainings by a rule. */
export function groupTrainings(trainings: readonly TrainingView[], rule: string): Grouping {
  const nameOf = rule === BY_SEED ? bySeed : isExpression(rule) ? byExpression(rule.slice(1, -1)) : null;
  if (nameOf === null && rule.startsWith("/")) return NONE;
  const names = nameOf ? trainings.map(nameOf) : byHparam(trainings, rule);
  const groups = new Map<string, TrainingView[]>();
  trainings.forEach((training, i) => {
    const name = names[i];
    if (name === null || name === undefined) return;
    const members = groups.get(name);
    if (members) members.push(training);
    else groups.set(name, [training]);
  });
  const largest = [...groups]
    .map(([name, members]) => ({ name, members }))
    .toSorted((a, b) => b.members.length - a.members.length || compareNaturally(a.name, b.name))
    .slice(0, MAX_GROUPS);
  // Numbers by their size, which their texts would not tell: 0.01 is above 0.005.
  const sizeOf = (group: RunGroup) => Math.min(...group.members.map((one) => numberOf(one.hparams[rule])));
  return {
    groups: largest.toSorted((a, b) => sizeOf(a) - sizeOf(b) || compareNaturally(a.name, b.name)),
    nGroups: groups.size,
    nLeftOut: names.filter((name) => name === null).length,
    isValid: true,
  };
}

/** Hyperparameters with at least two values, by name: what is worth grouping by. */
export function listGroupable(trainings: readonly TrainingView[]): string[] {
  const values = new Map<string, Set<string>>();
  for (const training of trainings)
    for (const [name, value] of Object.entries(training.hparams)) {
      let seen = values.get(name);
      if (!seen) values.set(name, (seen = new Set()));
      if (seen.size < 2) seen.add(String(value));
    }
  return [...values]
    .filter(([, seen]) => seen.size > 1)
    .map(([name]) => name)
    .toSorted(compareNaturally);
}

const SEED_NAME = /(^|[._/ -])(random_?(state|seed)|seed)$/i;
const SEED_IN_NAME = /([._/ -])(?:seed|s|rep|run|trial|fold)[=_-]?\d+(?=$|[._/ -])/gi;

/** Whether trainings can be put together by seed: one of them says what its seed is. */
export function hasSeeds(trainings: readonly TrainingView[]): boolean {
  return trainings.some(
    (one) => Object.keys(one.hparams).some((name) => SEED_NAME.test(name)) || strip(one) !== one.name,
  );
}

function strip(training: TrainingView): string {
  return training.name.replace(SEED_IN_NAME, "");
}

/** All that was set but the seed; without hyperparameters, the name without its seed. */
function bySeed(training: TrainingView): string {
  const rest = Object.entries(training.hparams).filter(([name]) => !SEED_NAME.test(name));
  if (rest.length === 0 || rest.length === Object.keys(training.hparams).length) return strip(training);
  return rest
    .toSorted(([a], [b]) => compareNaturally(a, b))
    .map(([name, value]) => `${name}=${short(value)}`)
    .join(" · ");
}

function byExpression(source: string): ((training: TrainingView) => string | null) | null {
  let pattern: RegExp;
  try {
    // Python's spelling of a named group is what most readers know.
    pattern = new RegExp(source.replaceAll("(?P<", "(?<"));
  } catch {
    return null;
  }
  return (training) => {
    const found = pattern.exec(training.name);
    if (!found) return null;
    const named = found.groups ? Object.values(found.groups).filter((part) => part !== undefined) : [];
    return (named.length ? named.join(" · ") : (found[1] ?? found[0])) || null;
  };
}

function byHparam(trainings: readonly TrainingView[], name: string): (string | null)[] {
  const values = trainings.map((training) => training.hparams[name] ?? null);
  const numbers = values.map(numberOf);
  const isNumeric = values.every((value, i) => value === null || Number.isFinite(numbers[i]));
  const distinct = [...new Set(numbers.filter(Number.isFinite))].toSorted((a, b) => a - b);
  if (!isNumeric || distinct.length <= MOST_VALUES)
    return values.map((value) => (value === null ? null : `${name}=${short(value)}`));
  const sorted = numbers.filter(Number.isFinite).toSorted((a, b) => a - b);
  const starts = Array.from({ length: N_RANGES }, (_, i) => sorted[Math.floor((i * sorted.length) / N_RANGES)]!);
  const cuts = [...new Set(starts)];
  return numbers.map((number) => {
    if (!Number.isFinite(number)) return null;
    const at = cuts.findLastIndex((cut) => number >= cut);
    const next = cuts[at + 1];
    return next === undefined ? `${name} ≥ ${short(cuts[at])}` : `${name} ${short(cuts[at])} – ${short(next)}`;
  });
}

function numberOf(value: unknown): number {
  return typeof value === "number" ? value : typeof value === "string" && value ? parseNumber(value) : NaN;
}

function short(value: unknown): string {
  if (typeof value === "number") return String(Number(value.toPrecision(3)));
  return typeof value === "object" ? JSON.stringify(value) : String(value);
}
