/** Findings of the trainings in focus → marks on a chart: onsets with their interval, plateaus as bands. */

import type { Mark } from "../chart/chart.ts";
import type { FindingView } from "../api/schema.ts";

export interface MarkWords {
  /** `▲`, or as much as there is room for. */
  flag(finding: FindingView, label: string): string;
  /** `overfit onset · 52k · s2` */
  onset(finding: FindingView, step: number): string;
  /** `plateau 55k–72k` */
  band(finding: FindingView, from: number, to: number): string;
}

/** Where a step of a finding's curve lies on the x-axis; null when it is out of view. */
export type PlaceOfStep = (finding: FindingView, step: number) => number | null;

/** Rules whose finding holds from its onset to the last step seen: drawn as a band. */
const BANDS = new Set(["plateau"]);
/** Rules that say nothing about a place on the x-axis. */
const PLACELESS = new Set(["noisy_validation", "still_improving", "underfit"]);

export function buildMarks(
  findings: readonly FindingView[],
  metric: string,
  words: MarkWords,
  placeOf: PlaceOfStep = (_, step) => step,
): Mark[] {
  return findings.flatMap((finding): Mark[] => {
    if (finding.metric !== metric || finding.onset_step === null || PLACELESS.has(finding.rule)) return [];
    const isBand = BANDS.has(finding.rule);
    const x = placeOf(finding, finding.onset_step);
    if (x === null) return [];
    const span = isBand ? ([finding.onset_step, finding.step] as const) : finding.onset_interval;
    // An end that is out of view lies at the edge, or the onset itself.
    const interval = span && ([placeOf(finding, span[0]) ?? x, placeOf(finding, span[1]) ?? x] as const);
    const label = isBand
      ? words.band(finding, finding.onset_step, finding.step)
      : words.onset(finding, finding.onset_step);
    return [
      {
        kind: isBand ? "band" : finding.rule === "spike" ? "spike" : finding.severity === "error" ? "break" : "onset",
        x,
        interval,
        flag: words.flag(finding, label),
        label,
        tone: finding.severity,
        group: finding.training,
      },
    ];
  });
}
