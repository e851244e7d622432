/**
 * What a line chart shows and tells, without a word on how it is drawn. It knows lines, marks and ranges: no runs, no
 * server, no language. The page builds a picture, the chart paints it; the reader's gestures come back as events.
 */

import type { SeriesColumns } from "../data/columns.ts";
import type { Density } from "../data/density.ts";
import type { Fit } from "../data/fit.ts";
import type { Frame } from "./layers.ts";
import type { Ink } from "./ink.ts";

/** `value` is any number: a metric or a formula as x. */
export type XKind = "step" | "relative" | "wall_time" | "log_step" | "epoch" | "value";

/** One line on the chart's grid. */
export interface Line {
  readonly id: string;
  /** Lines of one group share a hue and are highlighted together. */
  readonly group: string;
  readonly isDashed: boolean;
  readonly colour: string;
  /** What the strong line follows: the smoothed column, or the mean where nothing is smoothed. */
  readonly level: Float32Array;
  /** The unsmoothed mean, drawn faintly beneath; null when `level` is it. */
  readonly raw: Float32Array | null;
  readonly minimum: Float32Array;
  readonly maximum: Float32Array;
  /** Where a NaN or an infinity was logged: a cross on the axis and a break in the line. */
  readonly nonfiniteX: readonly number[];
  /** Text at the line's end; null leaves it out. */
  readonly endLabel: string | null;
  /** Width of the strong line where it is not the usual one; a hairline of 1 has no envelope. */
  readonly widthPx?: number | undefined;
  /** As they came, for readouts. */
  readonly columns: SeriesColumns;
}

/** A grey line of a training out of focus, on the context's own, coarser grid. */
export interface ContextLine {
  readonly group: string;
  readonly level: Float32Array;
}

export type MarkKind = "onset" | "band" | "spike" | "break";
export type Tone = "error" | "warning" | "info";

/** A finding's place on the x-axis. */
export interface Mark {
  readonly kind: MarkKind;
  readonly x: number;
  /** The interval the place is known to lie in, or the stretch a band covers. */
  readonly interval: readonly [number, number] | null;
  /** What stands on the chart; a sign alone where there is no room for words. */
  readonly flag: string;
  /** The whole, for the readout. */
  readonly label: string;
  readonly tone: Tone;
  readonly group: string;
}

/** What only some charts show, drawn by code that only those fetch: forecasts, the test behind a finding. */
export interface Overlay {
  drawBehind?(frame: Frame, ink: Ink): void;
  drawFront?(frame: Frame, ink: Ink): void;
}

/** Everything that is painted. */
export interface Picture {
  readonly grid: Float64Array;
  readonly lines: readonly Line[];
  readonly contextGrid: Float64Array;
  readonly context: readonly ContextLine[];
  /** Stands in for `context` where there are too many to draw as lines. */
  readonly density: Density | null;
  readonly marks: readonly Mark[];
  readonly overlays?: readonly Overlay[];
  readonly xKind: XKind;
  readonly x: Fit;
  readonly y: Fit;
  readonly isLog: boolean;
  /** BCP 47, for clock times on the axis. */
  readonly language: string;
}

/** The reader's gestures. */
export interface ChartEvents {
  /** A range was dragged, pinched or wheeled; `y` only for a box. */
  onZoom(x: Fit, y: Fit | null): void;
  onReset(): void;
  /** The crosshair's place in x-units and in px below the plot's top left corner, null when the pointer left. */
  onCursor(place: { x: number; leftPx: number; topPx: number; y: number } | null): void;
}

export interface Chart {
  /** Paints a new picture, at once. */
  paint(picture: Picture): void;
  setSize(widthPx: number, heightPx: number): void;
  /**
   * Shows the crosshair; null hides it. One that is linked comes from another chart: a hair without dots, for twenty charts
   * follow one pointer.
   */
  setCrosshair(x: number | null, options?: { readonly isLinked?: boolean }): void;
  /** Draws a group on top of all others; null for none. Costs one pass over that group, not over the chart. */
  highlight(group: string | null): void;
  /** Width of the plot without its axes: how many columns are worth asking for. */
  readonly plotWidthPx: number;
  /** Where the plot begins within the element, so that a tooltip can be placed. */
  readonly plotBox: { leftPx: number; topPx: number; widthPx: number; heightPx: number };
  /** The picture as it is on screen, with a title, for a paper or a message. */
  toPng(title: string): Promise<Blob | null>;
  toSvg(title: string): Promise<string>;
  destroy(): void;
}
