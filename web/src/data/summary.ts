/** A metric's newest and best values and its findings → one paragraph that says what the chart shows. */

import type { TrainingView } from "../api/schema.ts";
import type { Dictionary } from "../i18n/en.ts";
import { formatStep, formatValue } from "./numbers.ts";

/** Trainings that are told one by one; more would not be listened to. */
const MOST_TOLD = 8;

export function summarise(
  metric: string,
  trainings: readonly TrainingView[],
  words: Dictionary,
  labelOf: (rule: string) => string,
): string {
  const having = trainings.filter((training) => training.latest.some((one) => one.metric === metric));
  const sentences = [words.chart.summary(metric, having.length)];
  for (const training of having.slice(0, MOST_TOLD)) {
    const parts = training.latest
      .filter((one) => one.metric === metric)
      .map((one) => {
        const name = `${training.name} ${words.half[one.half]}`;
        const best =
          one.best === null || one.best_step === null
            ? ""
            : `, ${words.chart.best(formatValue(one.best), formatStep(one.best_step))}`;
        return words.chart.ends(name, formatValue(one.value), formatStep(one.step)) + best;
      });
    const found = training.findings
      .filter((finding) => finding.metric === metric)
      .map((finding) => labelOf(finding.rule));
    sentences.push([...parts, ...found].join("; "));
  }
  return `${sentences.join(". ")}.`;
}
