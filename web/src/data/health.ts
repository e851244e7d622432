/** A training's findings → its one word of health: the worst finding, or healthy, or not judged yet. */

import type { FindingView, TrainingView, UndecidedView } from "../api/schema.ts";

export type Tone = "error" | "warning" | "info" | "good" | "none";

export interface Health {
  readonly tone: Tone;
  /** A rule's name, `healthy`, `pending`, `cannot_tell` (nothing can be said) or `failure` (the judgement failed). */
  readonly word: string;
}

/** Reasons for silence after which a training is not called healthy: its first metric says nothing yet. */
const OPEN = new Set(["too_short", "all_nonfinite", "empty"]);

/** What keeps a training from being judged; null when its first metric was. */
export function openQuestion(training: TrainingView): UndecidedView | null {
  return training.undecided.find((one) => OPEN.has(one.why)) ?? null;
}

/** Whether the training was looked at and nothing that needs the reader was found. */
export function isHealthy(training: TrainingView): boolean {
  return healthOf(training).word === "healthy";
}

const WEIGHT = { error: 2, warning: 1, info: 0 } as const;

/**
 * Findings, worst first; among equals those of the objective, then those of the metric that leads the training, then the
 * surer, then the earlier.
 */
export function worstFirst(
  findings: readonly FindingView[],
  objective: string | null = null,
  leading: string | null = null,
): FindingView[] {
  const nearness = (finding: FindingView) =>
    2 * Number(finding.metric === objective) + Number(finding.metric === leading);
  return findings.toSorted(
    (a, b) =>
      WEIGHT[b.severity] - WEIGHT[a.severity] ||
      nearness(b) - nearness(a) ||
      b.confidence - a.confidence ||
      (a.onset_step ?? a.step) - (b.onset_step ?? b.step),
  );
}

export function healthOf(training: TrainingView): Health {
  const worst = worstFirst(training.findings)[0];
  if (worst && worst.severity !== "info") return { tone: worst.severity, word: worst.rule };
  if (training.failure) return { tone: "none", word: "failure" };
  if (!training.judged && !worst) return { tone: "none", word: "pending" };
  if (openQuestion(training) || training.pairs.length === 0) return { tone: "none", word: "cannot_tell" };
  return { tone: "good", word: "healthy" };
}

/** A number that sorts by health: errors highest. */
export function healthRank(training: TrainingView): number {
  const tone = healthOf(training).tone;
  return { error: 4, warning: 3, info: 2, none: 1, good: 0 }[tone];
}
