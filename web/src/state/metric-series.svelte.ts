/** A metric → what its chart shows of the trainings in focus: lines, groups of runs, and the grey rest. */

import type { FindingView, GroupsRequest, Tick, TrainingView } from "../api/schema.ts";
import { MAX_FOCUS } from "../data/focus.ts";
import { GROUP_RUN } from "../data/group-curves.ts";
import { leadingHalf, seriesOf, tagsOf, type HalfSeries } from "../data/metric.ts";
import { i18n } from "../i18n/index.svelte.ts";
import { focus } from "./focus.svelte.ts";

interface GroupAsk {
  readonly name: string;
  readonly half: HalfSeries["half"];
  readonly series: GroupsRequest["groups"][number]["series"];
}

export class MetricSeries {
  /** Trainings drawn as lines: those in focus, or, for a metric that none of these has, the last few that have it. */
  readonly drawn = $derived.by((): readonly TrainingView[] => {
    // Groups stand for the runs; beside them the chosen ones are drawn, or the leading one, to compare with.
    const wanted = focus.grouping?.nGroups && !focus.selected.length ? focus.leading : focus.inFocus;
    const having = wanted.filter(this.hasMetric);
    return having.length ? having : focus.trainings.filter(this.hasMetric).slice(-MAX_FOCUS);
  });
  readonly lines = $derived.by(() => seriesOf(this.drawn, this.metric));
  /** Changes when other lines are drawn, and not when only their points do. */
  readonly key = $derived(JSON.stringify(this.lines));
  readonly hasBoth = $derived(
    this.lines.some((one) => one.half === "train") && this.lines.some((one) => one.half === "validation"),
  );
  readonly tags = $derived(tagsOf(this.lines));
  readonly findings = $derived<FindingView[]>(this.drawn.flatMap((training) => training.findings));

  /** Of each group the half that decides, and the same one of all groups. */
  readonly groups = $derived.by((): readonly GroupAsk[] => {
    const halves = (focus.grouping?.groups ?? []).map((group) => ({
      name: group.name,
      series: leadingHalf(seriesOf(group.members, this.metric)),
    }));
    const half = halves.some(({ series }) => series.some((one) => one.half === "validation")) ? "validation" : "train";
    return halves.flatMap(({ name, series }) => {
      const refs = series.filter((one) => one.half === half).map((one) => one.ref);
      return refs.length ? [{ name, half, series: refs }] : [];
    });
  });
  readonly isGrouped = $derived(this.groups.length > 0);
  /** Groups first, then lines: the order in which they are drawn. */
  readonly halves = $derived<readonly HalfSeries[]>([
    ...this.groups.map(({ name, half }) => ({
      training: GROUP_RUN + name,
      half,
      ref: { run: GROUP_RUN + name, tag: "" },
    })),
    ...this.lines,
  ]);
  readonly label = $derived.by(() => {
    const { chart, half } = i18n.t;
    if (this.hasBoth) return chart.of(this.metric, chart.halves);
    return this.lines.length ? chart.of(this.metric, half[this.lines[0]!.half]) : this.metric;
  });

  constructor(private readonly metricOf: () => string) {}

  get metric(): string {
    return this.metricOf();
  }

  /** The deciding halves of trainings with the metric that are not drawn as lines. */
  listOthers(): HalfSeries[] {
    const drawn = new Set(this.drawn.map((training) => training.name));
    return focus.leadingOf(this.metric).filter((one) => !drawn.has(one.training));
  }

  isTouched(tick: Tick): boolean {
    if (tick.everything) return true;
    const trainings = new Set(tick.trainings);
    const touched = new Set(tick.tags);
    return this.lines.some((one) => trainings.has(one.training) && touched.has(one.ref.tag));
  }

  private readonly hasMetric = (training: TrainingView): boolean =>
    training.pairs.some((pair) => pair.metric === this.metric);
}

export function ownerOfRun(run: string): string {
  return focus.trainings.find((training) => training.runs.includes(run))?.name ?? run;
}
