/**
 * What the page holds and what changed on the server → the present overview. Trainings that did not change stay the same
 * objects, so that nothing that depends on them is computed again.
 */

import type { Overview } from "../api/schema.ts";

export function mergeOverview(before: Overview | null, answer: Overview): Overview {
  if (!answer.is_partial || before === null) return answer;
  const known = new Map(before.trainings.map((training) => [training.name, training]));
  for (const training of answer.trainings) known.set(training.name, training);
  const trainings = answer.names.flatMap((name) => known.get(name) ?? []);
  return { ...answer, trainings, is_partial: false, names: [] };
}
