/** A training's findings → its one word of health: the worst finding, or healthy, or not judged yet. */

import type { FindingView, TrainingView } from "../api/schema.ts";

export type Tone = "error" | "warning" | "info" | "good" | "none";

export interface Health {
  readonly tone: Tone;
  /** A rule's name, `healthy` or `pending`. */
  readonly word: string;
}

const WEIGHT = { error: 2, warning: 1, info: 0 } as const;

/** Findings, worst first; among equals those of the objective, then the surer, then the earlier. */
export function worstFirst(findings: readonly FindingView[], objective: string | null = null): FindingView[] {
  return findings.toSorted(
    (a, b) =>
      WEIGHT[b.severity] - WEIGHT[a.severity] ||
      Number(b.metric === objective) - Number(a.metric === objective) ||
      b.confidence - a.confidence ||
      (a.onset_step ?? a.step) - (b.onset_step ?? b.step),
  );
}

export function healthOf(training: TrainingView): Health {
  const worst = worstFirst(training.findings)[0];
  if (worst && worst.severity !== "info") return { tone: worst.severity, word: worst.rule };
  if (!training.judged && !worst) return { tone: "none", word: "pending" };
  return { tone: "good", word: "healthy" };
}

/** A number that sorts by health: errors highest. */
export function healthRank(training: TrainingView): number {
  const tone = healthOf(training).tone;
  return { error: 4, warning: 3, info: 2, none: 1, good: 0 }[tone];
}
