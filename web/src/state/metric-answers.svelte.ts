/**
 * What a metric's chart shows → the server's answers: lines, means of groups, and the grey rest as lines or as one picture.
 * Asks only while the chart is in sight; follows the ticks. Made while its component is: it holds effects.
 */

import { untrack } from "svelte";
import { readCurves, readDensity, readGroups } from "../api/client.ts";
import type { CurvesRequest, DensityRequest, GroupsRequest } from "../api/schema.ts";
import { linesRequest } from "../data/chart-request.ts";
import type { Curves } from "../data/columns.ts";
import type { Density } from "../data/density.ts";
import type { Fit } from "../data/fit.ts";
import { MAX_CONTEXT } from "../data/focus.ts";
import type { GroupCurves } from "../data/group-curves.ts";
import { readCurvesAhead } from "./ahead.ts";
import { focus } from "./focus.svelte.ts";
import { Latest } from "./latest.svelte.ts";
import type { MetricSeries } from "./metric-series.svelte.ts";
import { firstPaint, isBeforeFirstPaint } from "./painted.ts";
import { place } from "./place.svelte.ts";
import { server } from "./server.svelte.ts";
import type { Sight } from "./sight.svelte.ts";

/** Grey context is drawn this much coarser, and read again at most this often. */
const CONTEXT_SHARE = 0.4;
const CONTEXT_GAP_MS = 5000;
const GROUPS_GAP_MS = 2000;
const MOST_IN_DENSITY = 10_000;
/** While a range is dragged on, what was asked may still come before the newest is asked. */
const PATIENCE_MS = 150;

export interface AskedSize {
  /** Columns of the plot. */
  readonly px: () => number;
  readonly heightPx: () => number;
  /** The y-range that is, or will be, on screen; null where no lines are there yet. */
  readonly y: () => Fit | null;
}

export class MetricAnswers {
  readonly lines = new Latest<CurvesRequest, Curves>(readCurvesAhead, { patienceMs: PATIENCE_MS });
  readonly context = new Latest<CurvesRequest, Curves>(readCurves, { patienceMs: PATIENCE_MS });
  readonly density = new Latest<DensityRequest, Density>(readDensity, { patienceMs: PATIENCE_MS });
  private readonly means = new Latest<GroupsRequest, GroupCurves>(readGroups);

  /** Groups of what is no longer on screen are not drawn. */
  readonly groups = $derived.by(() => (this.series.isGrouped ? this.means.answer : null));
  readonly groupsError = $derived.by(() => (this.series.isGrouped ? this.means.error : null));
  /** Grey lines, or curves in the grey picture. */
  readonly nContext = $derived(this.context.answer?.series.length ?? this.density.answer?.nSeries ?? 0);
  readonly isBehindBusy = $derived(this.context.isBusy || this.density.isBusy || this.means.isBusy);
  readonly isBusy = $derived(this.lines.isBusy || this.isBehindBusy);

  private readonly groupRange = $derived(
    this.groups && this.groups.xAxis === place.now.xAxis ? ([this.groups.lo, this.groups.hi] as const) : null,
  );
  private readonly othersKey = $derived(`${focus.trainings.length}:${focus.names.join("\n")}:${place.now.filter}`);
  private contextKey = "";
  private isFirstPainted = $state(false);
  private contextReadAt = -Infinity;

  constructor(
    private readonly series: MetricSeries,
    private readonly sight: Sight,
    private readonly size: AskedSize,
  ) {
    // Groups are asked first: the range of all their runs is the chart's.
    $effect(() => this.askGroups());
    $effect(() => this.askLines());
    // The grey rest comes on the same range as the lines, once these are there.
    $effect(() => this.askContext());
    $effect(() => this.followTicks());
    $effect(() => {
      if (sight.isVisible) untrack(() => this.lines.answer && this.lines.refresh());
    });
    $effect(() => () => this.stop());
  }

  private stop(): void {
    for (const one of [this.lines, this.context, this.density, this.means]) one.stop();
  }

  private askGroups(): void {
    const asked = this.series.groups;
    const { x, xAxis, smoothing } = place.now;
    if (!this.sight.isVisible || this.sight.widthPx === 0) return;
    untrack(() => {
      if (asked.length === 0) this.means.clear();
      else
        this.means.ask({
          groups: asked.map(({ name, series }) => ({ name, series })),
          // A mean of many is smooth: half as many columns look the same and cost half as much.
          px: Math.max(40, Math.round(this.size.px() / 2)),
          x_axis: xAxis,
          lo: x?.[0] ?? null,
          hi: x?.[1] ?? null,
          smoothing,
        });
    });
  }

  private askLines(): void {
    void this.series.key;
    const { xAxis, smoothing } = place.now;
    const x = place.now.x ?? (this.groupRange && this.groupRange[1] > this.groupRange[0] ? this.groupRange : null);
    if (!this.sight.isVisible || this.sight.widthPx === 0) return;
    if (this.series.isGrouped && !this.groupRange && !this.means.error) return;
    untrack(() => {
      const { lines } = this.series;
      if (lines.length === 0) this.lines.clear();
      else this.lines.ask(linesRequest(lines, this.size.px(), { xAxis, smoothing }, x));
    });
  }

  private askContext(): void {
    void this.othersKey;
    void this.isFirstPainted;
    const { answer } = this.lines;
    const { x, xAxis, isLog } = place.now;
    if (!answer || !this.sight.isVisible || answer.xAxis !== xAxis) return;
    if (isBeforeFirstPaint()) {
      void firstPaint.then(() => (this.isFirstPainted = true));
      return;
    }
    untrack(() => {
      const now = performance.now();
      // A range that the reader chose is known before the lines have come; the whole range comes with them.
      const range = { lo: x?.[0] ?? answer.lo, hi: x?.[1] ?? answer.hi };
      const key = `${this.othersKey}\n${range.lo} ${range.hi} ${xAxis} ${isLog}`;
      if (key === this.contextKey && now - this.contextReadAt < CONTEXT_GAP_MS) return;
      this.contextKey = key;
      this.contextReadAt = now;
      this.askRest(answer.x.length, range);
    });
  }

  private askRest(nColumns: number, x: Fit): void {
    const rest = this.series.listOthers();
    const { xAxis, isLog } = place.now;
    const range = { x_axis: xAxis, ...x };
    if (rest.length === 0) {
      this.context.clear();
      this.density.clear();
    } else if (rest.length <= MAX_CONTEXT) {
      this.density.clear();
      const px = Math.max(60, Math.round(nColumns * CONTEXT_SHARE));
      if (x.hi > x.lo) this.context.ask({ series: rest.map((one) => one.ref), px, ...range, smoothing: 0 });
    } else {
      this.context.clear();
      const y = this.size.y();
      this.density.ask({
        series: rest.slice(0, MOST_IN_DENSITY).map((one) => one.ref),
        width: Math.max(60, Math.round(nColumns / 2)),
        height: Math.max(40, Math.round(this.size.heightPx() / 2)),
        ...range,
        y_lo: y?.lo ?? null,
        y_hi: y?.hi ?? null,
        is_log: isLog,
      });
    }
  }

  /** Live: only what is visible and touched is read again. */
  private followTicks(): () => void {
    let groupsReadAt = -Infinity;
    return server.follow((tick) => {
      if (!this.sight.isVisible) return;
      if (this.series.isTouched(tick)) this.lines.refresh();
      const now = performance.now();
      if (!this.series.isGrouped || now - groupsReadAt < GROUPS_GAP_MS) return;
      if (!tick.everything && !this.series.tags.some((tag) => tick.tags.includes(tag))) return;
      groupsReadAt = now;
      this.means.refresh();
    });
  }
}
