/** A metric's chart → its words: names of lines, what was reduced or left out, flags of findings, and the summary. */

import type { FindingView } from "../api/schema.ts";
import type { Mark, Picture } from "../chart/chart.ts";
import { lastFilled, type Curves } from "../data/columns.ts";
import { GROUP_RUN } from "../data/group-curves.ts";
import { buildMarks } from "../data/marks.ts";
import { formatStepShort, formatValue } from "../data/numbers.ts";
import { placeOf } from "../data/other-axis.ts";
import { countTruths } from "../data/picture.ts";
import { summarise } from "../data/summary.ts";
import { i18n } from "../i18n/index.svelte.ts";
import { labelOf } from "../i18n/words.ts";
import { focus } from "./focus.svelte.ts";
import type { MetricAnswers } from "./metric-answers.svelte.ts";
import type { MetricSeries } from "./metric-series.svelte.ts";
import { place } from "./place.svelte.ts";

const SIGNS = { error: "✕", warning: "▲", info: "●" } as const;
const LONGEST_FLAG_NAME = 24;

export class MetricWords {
  private readonly groupSizes = $derived.by(
    () => new Map(this.answers.groups?.groups.map((one) => [one.name, one.nSeries])),
  );
  readonly summary = $derived.by(() => [...this.groupSummary(), this.linesSummary()].join(" "));

  constructor(
    private readonly series: MetricSeries,
    private readonly answers: MetricAnswers,
  ) {}

  nameOf(training: string): string {
    if (!training.startsWith(GROUP_RUN)) return focus.labels.get(training) ?? training;
    const name = training.slice(GROUP_RUN.length);
    return i18n.t.groups.label(name, this.groupSizes.get(name) ?? 0);
  }

  /** At a line's end there is little room: a group is told by its value alone. */
  endLabelOf(training: string): string {
    const name = this.nameOf(training);
    return training.startsWith(GROUP_RUN) ? name.replace(/^[^=·≥]*=/, "") : name;
  }

  /** For the caption. What was left out or made comes first, for a narrow one is cut at its end. */
  listNotes(picture: Picture | null): string[] {
    const { lines, hasBoth } = this.series;
    const { chart: words } = i18n.t;
    const curves = this.answers.lines.answer;
    const truths = picture && curves ? countTruths(picture, curves) : null;
    const parts = this.groupNotes();
    if (!hasBoth && lines.length) parts.push(lines[0]!.half === "train" ? words.onlyTrain : words.onlyValidation);
    const { nContext } = this.answers;
    if (nContext) {
      const nOthers = this.series.listOthers().length;
      parts.push(nContext < nOthers ? words.contextOf(nContext, nOthers) : words.context(nContext));
    }
    if (curves) {
      const { smoothing, isSmoothingChosen, series, x } = curves;
      const weight = String(Number(smoothing.toFixed(3)));
      if (smoothing > 0) parts.push((isSmoothingChosen ? words.smoothed : words.smoothedAuto)(weight));
      else if (!isSmoothingChosen) parts.push(words.notSmoothed);
      if (truths && series.some((one) => one.nPoints > x.length)) parts.push(words.reduced(truths.nPoints, x.length));
    }
    if (place.now.xAxis === "log_step") parts.push(words.noZero);
    const nWithout = curves?.xAxis === "epoch" ? lines.length - curves.series.length : 0;
    if (nWithout > 0) parts.push(words.noEpochs(nWithout));
    if (truths?.nNonfinite) parts.push(words.nonfinite(truths.nNonfinite));
    if (curves?.series.some((one) => one.abandoned)) parts.push(words.abandoned);
    if (truths?.nClipped) parts.push(words.clipped(truths.nClipped));
    if (hasBoth) parts.push(words.solidDashed);
    return parts;
  }

  /** Findings as flags on the chart; as signs alone where there is no room for words. */
  listMarks(curves: Curves, { hasRoom }: { hasRoom: boolean }): Mark[] {
    const { chart: words } = i18n.t;
    const own = (finding: FindingView) => (focus.names.length > 1 ? ` · ${this.nameOf(finding.training)}` : "");
    const what = (finding: FindingView) =>
      `${SIGNS[finding.severity]} ${words.onsetNames[finding.rule] ?? labelOf(finding.rule, i18n.findings)}`;
    const makers = {
      flag: (finding: FindingView, label: string) => {
        if (!hasRoom) return SIGNS[finding.severity];
        return this.nameOf(finding.training).length > LONGEST_FLAG_NAME ? what(finding) : label;
      },
      onset: (finding: FindingView, step: number) => words.onset(what(finding), formatStepShort(step)) + own(finding),
      band: (finding: FindingView, from: number, to: number) =>
        words.plateau(formatStepShort(from), formatStepShort(to)) + own(finding),
    };
    return buildMarks(this.series.findings, this.series.metric, makers, (finding, step) =>
      this.placeOfStep(curves, finding, step),
    );
  }

  private placeOfStep(curves: Curves, finding: FindingView, step: number): number | null {
    if (curves.xAxis === "step") return step;
    if (curves.xAxis === "log_step") return step > 0 ? Math.log10(step) : null;
    const half = this.series.lines.find((one) => one.training === finding.training && one.half === finding.half);
    const columns = curves.series.find((one) => one.run === half?.ref.run && one.tag === half.ref.tag);
    return columns ? placeOf(columns, curves.x, step) : null;
  }

  private groupNotes(): string[] {
    const { groups, groupsError } = this.answers;
    const parts: string[] = [];
    if (groups && focus.grouping) {
      const { nGroups, nLeftOut } = focus.grouping;
      parts.push(i18n.t.groups.note(groups.groups.length, nGroups, Math.round(groups.interval * 100)));
      if (nLeftOut) parts.push(i18n.t.groups.leftOut(nLeftOut));
    }
    if (groupsError) parts.push(groupsError.message);
    return parts;
  }

  private groupSummary(): string[] {
    return (this.answers.groups?.groups ?? []).map((one) => {
      const end = lastFilled(one.mean);
      if (end < 0) return "";
      const [mean, low, high] = [one.mean, one.low, one.high].map((column) => formatValue(column[end]!));
      return i18n.t.groups.summary(i18n.t.groups.label(one.name, one.nSeries), mean!, low!, high!);
    });
  }

  private linesSummary(): string {
    return summarise(this.series.metric, this.series.drawn, i18n.t, (rule) => labelOf(rule, i18n.findings));
  }
}
