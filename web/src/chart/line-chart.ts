/**
 * The Chart of this page: uPlot's scales, axes and selection, with our layers drawn in its hooks.
 *
 * uPlot gets the grid and no series of its own. Two canvases lie on each other: uPlot's holds the picture, ours on top the
 * crosshair and the highlighted group, so that moving the pointer never repaints the lines.
 */

import uPlot from "uplot";
import "uplot/dist/uPlot.min.css";
import { nearestFilled } from "../data/columns.ts";
import type { Density } from "../data/density.ts";
import type { Fit } from "../data/fit.ts";
import { xLabels, xTicks, yLabels, yTicks } from "./axis-labels.ts";
import type { Chart, ChartEvents, Picture } from "./chart.ts";
import { drawEndLabels } from "./end-labels.ts";
import { drawBands, drawMarks, FLAG_ROW_PX, flagFont, placeFlags, type Flag } from "./finding-marks.ts";
import { readInk, type Ink } from "./ink.ts";
import * as layers from "./layers.ts";
import { followZooms } from "./zoom-gestures.ts";

const Y_AXIS_PX = 52;
const X_AXIS_PX = 26;
const TOP_PX = 6;
export const LABEL_ROOM_PX = 84;
const BARE_RIGHT_PX = 14;
/** Room for the title of an exported picture. */
const TITLE_PX = 26;
/** A drag shorter than this is a click. */
const DRAG_PX = 6;

const measuring = new OffscreenCanvas(1, 1);

export class LineChart implements Chart {
  private readonly plot: uPlot;
  private readonly top: HTMLCanvasElement;
  private picture: Picture;
  private ink: Ink;
  private crosshair: number | null = null;
  private group: string | null = null;
  private x: Fit;
  private y: Fit;
  private widthPx: number;
  private heightPx: number;
  /** Whether the canvas shows the present picture. */
  private isFresh = false;
  private flags: Flag[] = [];
  private nFlagRows = 0;
  private readonly hair = document.createElement("div");
  private isHairSeen = false;
  /** Whether nothing is drawn on the upper canvas. */
  private isTopEmpty = true;
  private bitmap: { density: Density; colour: string; canvas: OffscreenCanvas } | null = null;
  private readonly stop = new AbortController();

  constructor(
    private readonly element: HTMLElement,
    private readonly events: ChartEvents,
    picture: Picture,
    size: { widthPx: number; heightPx: number },
    /** Room right of the plot for names at line ends; 0 for none. */
    private readonly labelRoomPx: number,
  ) {
    this.picture = picture;
    this.x = picture.x;
    this.y = picture.y;
    this.ink = readInk(element);
    this.widthPx = size.widthPx;
    this.heightPx = size.heightPx;
    this.placeFlags();
    this.plot = new uPlot(this.options(), [[...picture.grid]], element);
    this.top = document.createElement("canvas");
    this.top.className = "chart-top";
    this.top.setAttribute("aria-hidden", "true");
    this.plot.over.before(this.top);
    this.plot.ctx.canvas.setAttribute("aria-hidden", "true");
    this.hair.className = "chart-hair";
    this.hair.dataset["seen"] = "false";
    this.plot.over.append(this.hair);
    this.sizeTop();
    this.listen();
  }

  paint(picture: Picture): void {
    this.picture = picture;
    this.x = picture.x;
    this.y = picture.y;
    this.ink = readInk(this.element);
    const nBefore = this.nFlagRows;
    this.placeFlags();
    if (nBefore !== this.nFlagRows) this.plot.redraw(false, true);
    this.redraw();
  }

  setSize(widthPx: number, heightPx: number): void {
    if (widthPx === this.widthPx && heightPx === this.heightPx) return;
    this.widthPx = widthPx;
    this.heightPx = heightPx;
    this.placeFlags();
    this.plot.setSize({ width: widthPx, height: heightPx });
    this.sizeTop();
    this.drawTop();
  }

  setCrosshair(x: number | null, { isLinked = false } = {}): void {
    this.moveHair(isLinked ? x : null);
    const own = isLinked ? null : x;
    if (own === this.crosshair) return;
    this.crosshair = own;
    this.drawTop();
  }

  /** An element that the browser moves without painting the chart again. */
  private moveHair(x: number | null): void {
    const { widthPx } = this.plotBox;
    const left = x === null ? -1 : ((x - this.x.lo) / (this.x.hi - this.x.lo)) * widthPx;
    const isSeen = left >= 0 && left <= widthPx;
    if (isSeen) this.hair.style.transform = `translateX(${left.toFixed(1)}px)`;
    if (isSeen !== this.isHairSeen) this.hair.dataset["seen"] = String((this.isHairSeen = isSeen));
  }

  highlight(group: string | null): void {
    if (group === this.group) return;
    this.group = group;
    this.drawTop();
  }

  get plotWidthPx(): number {
    return Math.max(1, Math.round(this.plot.bbox.width / uPlot.pxRatio));
  }

  get plotBox() {
    const { left, top, width, height } = this.plot.bbox;
    const ratio = uPlot.pxRatio;
    return { leftPx: left / ratio, topPx: top / ratio, widthPx: width / ratio, heightPx: height / ratio };
  }

  toPng(title: string): Promise<Blob | null> {
    const { canvas } = this.plot.ctx;
    const ratio = uPlot.pxRatio;
    const whole = document.createElement("canvas");
    whole.width = canvas.width;
    whole.height = canvas.height + TITLE_PX * ratio;
    const pen = whole.getContext("2d")!;
    pen.fillStyle = this.ink.panel;
    pen.fillRect(0, 0, whole.width, whole.height);
    pen.fillStyle = this.ink.text;
    pen.font = `600 ${14 * ratio}px ${this.ink.font}`;
    pen.fillText(title, 12 * ratio, 18 * ratio, whole.width - 24 * ratio);
    pen.drawImage(canvas, 0, TITLE_PX * ratio);
    return new Promise((resolve) => whole.toBlob(resolve, "image/png"));
  }

  async toSvg(title: string): Promise<string> {
    const { SvgPen } = await import("./svg-pen.ts");
    const ratio = uPlot.pxRatio;
    const pen = new SvgPen(this.widthPx, this.heightPx + TITLE_PX, measuring.getContext("2d")!);
    const context = pen as unknown as CanvasRenderingContext2D;
    pen.fillStyle = this.ink.panel;
    pen.fillRect(0, 0, this.widthPx, this.heightPx + TITLE_PX);
    pen.fillStyle = this.ink.text;
    pen.font = `600 14px ${this.ink.font}`;
    pen.fillText(title, 12, 18);
    pen.translate(0, TITLE_PX);
    const onScreen = this.frame(context);
    const frame: layers.Frame = {
      context,
      left: onScreen.left / ratio,
      top: onScreen.top / ratio,
      width: onScreen.width / ratio,
      height: onScreen.height / ratio,
      ratio: 1,
      toX: (value) => onScreen.toX(value) / ratio,
      toY: (value) => onScreen.toY(value) / ratio,
      makePath: () => pen.makePath() as unknown as Path2D,
    };
    this.drawAxes(frame);
    this.drawLayers(frame);
    return pen.finish(title);
  }

  /** What uPlot draws on screen. */
  private drawAxes(frame: layers.Frame): void {
    const pen = frame.context;
    pen.font = `11px ${this.ink.font}`;
    pen.textBaseline = "middle";
    pen.lineWidth = 1;
    pen.strokeStyle = this.ink.grid;
    pen.fillStyle = this.ink.faint;
    const ys = this.yTicks();
    const yTexts = yLabels(ys, this.picture.isLog);
    pen.textAlign = "right";
    ys.forEach((tick, i) => {
      const y = frame.toY(tick);
      pen.beginPath();
      pen.moveTo(frame.left, y);
      pen.lineTo(frame.left + frame.width, y);
      pen.stroke();
      pen.fillText(yTexts[i]!, frame.left - 6, y);
    });
    const xs = this.xTicks();
    const xTexts = this.xLabels(xs);
    pen.textAlign = "center";
    xs.forEach((tick, i) => pen.fillText(xTexts[i]!, frame.toX(tick), frame.top + frame.height + 14));
  }

  destroy(): void {
    this.stop.abort();
    this.plot.destroy();
  }

  /** Where the flags stand, and how many rows above the plot they need. */
  private placeFlags(): void {
    const pen = measuring.getContext("2d")!;
    pen.font = flagFont(this.ink);
    const widthPx = Math.max(1, this.widthPx - Y_AXIS_PX - (this.labelRoomPx || BARE_RIGHT_PX));
    const toX = (value: number) => ((value - this.x.lo) / (this.x.hi - this.x.lo)) * widthPx;
    this.flags = placeFlags(this.picture.marks, toX, widthPx, (text) => pen.measureText(text).width);
    this.nFlagRows = this.flags.reduce((most, flag) => Math.max(most, flag.row + 1), 0);
  }

  private redraw(): void {
    this.isFresh = false;
    this.plot.batch(() => {
      this.plot.setData([[this.x.lo, this.x.hi]], false);
      this.plot.setScale("x", { min: this.x.lo, max: this.x.hi });
      this.plot.setScale("y", { min: this.y.lo, max: this.y.hi });
    });
    // uPlot draws when a scale has changed; when none has, the lines have.
    if (!this.isFresh) this.plot.redraw(false, true);
    this.drawTop();
  }

  private options(): uPlot.Options {
    const axis = (size: number): uPlot.Axis => ({
      size,
      gap: 6,
      font: `11px ${this.ink.font}`,
      stroke: () => this.ink.faint,
      ticks: { show: false },
      grid: { stroke: () => this.ink.grid, width: 1 },
    });
    return {
      width: this.widthPx,
      height: this.heightPx,
      padding: [() => TOP_PX + this.nFlagRows * FLAG_ROW_PX, this.labelRoomPx || BARE_RIGHT_PX, 0, 0],
      legend: { show: false },
      pxAlign: 0,
      cursor: {
        show: true,
        x: false,
        y: false,
        points: { show: false },
        drag: { x: true, y: false, setScale: false, dist: DRAG_PX },
        bind: {
          mousedown: (plot, _target, handler) => (event) => {
            plot.cursor.drag!.y = event.shiftKey;
            return handler(event);
          },
          dblclick: () => () => {
            this.events.onReset();
            return null;
          },
        },
      },
      select: { show: true, left: 0, top: 0, width: 0, height: 0 },
      scales: {
        x: { time: false, auto: false, range: () => [this.x.lo, this.x.hi] },
        y: { auto: false, distr: this.picture.isLog ? 3 : 1, range: () => [this.y.lo, this.y.hi] },
      },
      axes: [
        {
          ...axis(X_AXIS_PX),
          grid: { show: false },
          splits: () => this.xTicks(),
          values: (_plot, ticks) => this.xLabels(ticks),
        },
        {
          ...axis(Y_AXIS_PX),
          scale: "y",
          splits: () => this.yTicks(),
          filter: (_plot, ticks) => ticks,
          values: (_plot, ticks) => yLabels(ticks, this.picture.isLog),
        },
      ],
      series: [{}],
      hooks: {
        drawAxes: [() => this.drawPicture()],
        setSelect: [() => this.tellSelection()],
      },
    };
  }

  private xTicks(): number[] {
    return xTicks(this.picture.xKind, this.x, this.plotWidthPx);
  }

  private xLabels(ticks: readonly number[]): string[] {
    return xLabels(this.picture.xKind, ticks, this.picture.language);
  }

  private yTicks(): number[] {
    return yTicks(this.y, this.plotBox.heightPx, this.picture.isLog);
  }

  private frame(context: CanvasRenderingContext2D): layers.Frame {
    const { left, top, width, height } = this.plot.bbox;
    const { lo, hi } = this.x;
    const toX = (value: number) => left + ((value - lo) / (hi - lo)) * width;
    const y = this.picture.isLog ? { lo: Math.log10(this.y.lo), hi: Math.log10(this.y.hi) } : this.y;
    const toY = this.picture.isLog
      ? (value: number) => top + height - ((Math.log10(value > 0 ? value : 1e-300) - y.lo) / (y.hi - y.lo)) * height
      : (value: number) => top + height - ((value - y.lo) / (y.hi - y.lo)) * height;
    return { context, left, top, width, height, ratio: uPlot.pxRatio, toX, toY, makePath: () => new Path2D() };
  }

  private drawPicture(): void {
    this.isFresh = true;
    this.drawLayers(this.frame(this.plot.ctx));
  }

  private drawLayers(frame: layers.Frame): void {
    const { picture, ink } = this;
    layers.clipped(frame, () => {
      drawBands(frame, picture.marks, ink);
      if (picture.density) layers.drawDensity(frame, picture.density, this.densityBitmap(picture.density));
      layers.drawContext(frame, picture.contextGrid, picture.context, ink);
      for (const overlay of picture.overlays ?? []) overlay.drawBehind?.(frame, ink);
      for (const line of picture.lines) layers.drawEnvelope(frame, picture.grid, line);
      for (const line of picture.lines) layers.drawAbandoned(frame, picture.grid, line);
      for (const line of picture.lines) layers.drawRaw(frame, picture.grid, line);
      for (const line of picture.lines) layers.drawLine(frame, picture.grid, line);
      for (const line of picture.lines) layers.drawClipped(frame, picture, line, ink);
      for (const line of picture.lines) layers.drawNonfinite(frame, line, ink);
      for (const overlay of picture.overlays ?? []) overlay.drawFront?.(frame, ink);
    });
    drawMarks(frame, this.flags, this.nFlagRows, ink);
    if (this.labelRoomPx) drawEndLabels(frame, picture, ink, this.labelRoomPx - 8);
  }

  /** The grey context is coloured once per answer and theme, not at each repaint. */
  private densityBitmap(density: Density): OffscreenCanvas {
    if (this.bitmap?.density !== density || this.bitmap.colour !== this.ink.context)
      this.bitmap = { density, colour: this.ink.context, canvas: layers.paintDensity(density, this.ink) };
    return this.bitmap.canvas;
  }

  private drawTop(): void {
    const { picture, ink, group, crosshair } = this;
    const isEmpty = group === null && crosshair === null;
    // A canvas that is touched is sent to the screen again: of most charts the upper one stays as it is.
    if (isEmpty && this.isTopEmpty) return;
    this.isTopEmpty = isEmpty;
    const context = this.top.getContext("2d")!;
    context.clearRect(0, 0, this.top.width, this.top.height);
    const frame = this.frame(context);
    if (group !== null) {
      layers.clipped(frame, () => {
        for (const line of picture.context)
          if (line.group === group)
            layers.drawContext(frame, picture.contextGrid, [line, line, line], { ...ink, context: ink.text });
        for (const line of picture.lines) {
          if (line.group !== group) continue;
          layers.drawLine(frame, picture.grid, { ...line, colour: ink.panel, isDashed: false }, 5);
          layers.drawLine(frame, picture.grid, line, 2.75);
        }
      });
    }
    if (crosshair !== null) {
      const dots = picture.lines.flatMap((line) => {
        const i = nearestFilled(picture.grid, line.level, crosshair);
        return i < 0 || Math.abs(frame.toX(picture.grid[i]!) - frame.toX(crosshair)) > 40 * frame.ratio
          ? []
          : [{ y: line.level[i]!, colour: line.colour }];
      });
      layers.drawCrosshair(frame, crosshair, dots, ink);
    }
  }

  private sizeTop(): void {
    const ratio = uPlot.pxRatio;
    this.top.width = Math.round(this.widthPx * ratio);
    this.top.height = Math.round(this.heightPx * ratio);
    this.top.style.width = `${this.widthPx}px`;
    this.top.style.height = `${this.heightPx}px`;
  }

  private tellSelection(): void {
    const { left, top, width, height } = this.plot.select;
    if (width < DRAG_PX) return;
    const isBox = this.plot.cursor.drag!.y && height >= DRAG_PX;
    this.plot.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false);
    const x = { lo: this.plot.posToVal(left, "x"), hi: this.plot.posToVal(left + width, "x") };
    const y = isBox ? { lo: this.plot.posToVal(top + height, "y"), hi: this.plot.posToVal(top, "y") } : null;
    this.events.onZoom(x, y);
  }

  private listen(): void {
    const { over } = this.plot;
    const { signal } = this.stop;
    over.addEventListener(
      "mousemove",
      (event) => {
        const box = over.getBoundingClientRect();
        const leftPx = event.clientX - box.left;
        const topPx = event.clientY - box.top;
        this.events.onCursor({ x: this.plot.posToVal(leftPx, "x"), leftPx, topPx, y: this.plot.posToVal(topPx, "y") });
      },
      { signal },
    );
    over.addEventListener("mouseleave", () => this.events.onCursor(null), { signal });
    followZooms(over, (leftPx, factor) => this.zoomAbout(leftPx, factor), signal);
  }

  private zoomAbout(leftPx: number, factor: number): void {
    const at = this.plot.posToVal(leftPx, "x");
    const { lo, hi } = this.x;
    this.events.onZoom({ lo: at - (at - lo) * factor, hi: at + (hi - at) * factor }, null);
  }
}
