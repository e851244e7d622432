/** Findings of the trainings in focus → marks on a chart of steps: onsets with their interval, plateaus as bands. */

import type { Mark } from "../chart/chart.ts";
import type { FindingView } from "../api/schema.ts";

export interface MarkWords {
  /** `overfit onset · 52k · s2` */
  onset(finding: FindingView, step: number): string;
  /** `plateau 55k–72k` */
  band(finding: FindingView, from: number, to: number): string;
}

/** Rules whose finding holds from its onset to the last step seen: drawn as a band. */
const BANDS = new Set(["plateau"]);
/** Rules that say nothing about a place on the x-axis. */
const PLACELESS = new Set(["noisy_validation", "still_improving", "underfit"]);

export function buildMarks(findings: readonly FindingView[], metric: string, words: MarkWords): Mark[] {
  return findings.flatMap((finding): Mark[] => {
    if (finding.metric !== metric || finding.onset_step === null || PLACELESS.has(finding.rule)) return [];
    const isBand = BANDS.has(finding.rule);
    return [
      {
        kind: isBand ? "band" : finding.rule === "spike" ? "spike" : finding.severity === "error" ? "break" : "onset",
        x: finding.onset_step,
        interval: isBand ? [finding.onset_step, finding.step] : finding.onset_interval,
        label: isBand
          ? words.band(finding, finding.onset_step, finding.step)
          : words.onset(finding, finding.onset_step),
        tone: finding.severity,
        group: finding.training,
      },
    ];
  });
}
