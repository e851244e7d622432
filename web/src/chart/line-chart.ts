/**
 * The Chart of this page: layers drawn on a surface of two canvases. The lower one holds the picture; the upper one the
 * crosshair and the highlighted group, so that moving the pointer never repaints the lines.
 */

import { nearestFilled } from "../data/columns.ts";
import type { Density } from "../data/density.ts";
import type { Fit } from "../data/fit.ts";
import { drawAxes, X_AXIS_PX, Y_AXIS_PX } from "./axes.ts";
import type { Chart, ChartEvents, Picture } from "./chart.ts";
import { followDrags, type Dragged } from "./drag-select.ts";
import { drawEndLabels } from "./end-labels.ts";
import { drawBands, drawMarks, FLAG_ROW_PX, flagFont, placeFlags, type Flag } from "./finding-marks.ts";
import { readInk, type Ink } from "./ink.ts";
import * as layers from "./layers.ts";
import { Surface, type Box } from "./surface.ts";
import { followZooms } from "./zoom-gestures.ts";

const TOP_PX = 6;
export const LABEL_ROOM_PX = 84;
const BARE_RIGHT_PX = 14;
/** Room for the title of an exported picture. */
const TITLE_PX = 26;
const PAPER_RATIO = 3;

const measuring = new OffscreenCanvas(1, 1);

export class LineChart implements Chart {
  private readonly surface: Surface;
  private picture: Picture;
  private ink: Ink;
  private crosshair: number | null = null;
  private group: string | null = null;
  private widthPx: number;
  private heightPx: number;
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
    this.ink = readInk(element);
    this.widthPx = size.widthPx;
    this.heightPx = size.heightPx;
    this.surface = new Surface(element, () => this.redraw());
    this.hair.className = "chart-hair";
    this.hair.dataset["seen"] = "false";
    this.surface.over.append(this.hair);
    this.listen();
    this.redraw();
  }

  paint(picture: Picture): void {
    this.picture = picture;
    this.ink = readInk(this.element);
    this.redraw();
  }

  setSize(widthPx: number, heightPx: number): void {
    if (widthPx === this.widthPx && heightPx === this.heightPx) return;
    this.widthPx = widthPx;
    this.heightPx = heightPx;
    this.redraw();
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
    const { lo, hi } = this.picture.x;
    const left = x === null ? -1 : ((x - lo) / (hi - lo)) * widthPx;
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
    return Math.max(1, Math.round(this.plotBox.widthPx));
  }

  get plotBox(): Box {
    return this.surface.box;
  }

  /** The drawing as a picture, three times as fine as on screen: fit for paper. */
  async toPng(title: string): Promise<Blob | null> {
    const address = URL.createObjectURL(new Blob([await this.toSvg(title)], { type: "image/svg+xml" }));
    const drawing = new Image();
    drawing.src = address;
    await drawing.decode();
    const whole = document.createElement("canvas");
    whole.width = drawing.naturalWidth * PAPER_RATIO;
    whole.height = drawing.naturalHeight * PAPER_RATIO;
    whole.getContext("2d")!.drawImage(drawing, 0, 0, whole.width, whole.height);
    URL.revokeObjectURL(address);
    return new Promise((resolve) => whole.toBlob(resolve, "image/png"));
  }

  async toSvg(title: string): Promise<string> {
    const { SvgPen } = await import("./svg-pen.ts");
    const pen = new SvgPen(this.widthPx, this.heightPx + TITLE_PX, measuring.getContext("2d")!);
    const context = pen as unknown as CanvasRenderingContext2D;
    pen.fillStyle = this.ink.panel;
    pen.fillRect(0, 0, this.widthPx, this.heightPx + TITLE_PX);
    pen.fillStyle = this.ink.text;
    pen.font = `600 14px ${this.ink.font}`;
    pen.fillText(title, 12, 18);
    pen.translate(0, TITLE_PX);
    this.drawLayers({ ...this.frame(context, 1), makePath: () => pen.makePath() as unknown as Path2D });
    return pen.finish(title);
  }

  destroy(): void {
    this.stop.abort();
    this.surface.destroy();
  }

  /** Where the flags stand, and how many rows above the plot they need. */
  private placeFlags(): void {
    const pen = measuring.getContext("2d")!;
    pen.font = flagFont(this.ink);
    const widthPx = Math.max(1, this.widthPx - Y_AXIS_PX - (this.labelRoomPx || BARE_RIGHT_PX));
    const { lo, hi } = this.picture.x;
    const toX = (value: number) => ((value - lo) / (hi - lo)) * widthPx;
    this.flags = placeFlags(this.picture.marks, toX, widthPx, (text) => pen.measureText(text).width);
    this.nFlagRows = this.flags.reduce((most, flag) => Math.max(most, flag.row + 1), 0);
  }

  private redraw(): void {
    this.placeFlags();
    const { surface } = this;
    surface.layOut(this.widthPx, this.heightPx, {
      topPx: TOP_PX + this.nFlagRows * FLAG_ROW_PX,
      rightPx: this.labelRoomPx || BARE_RIGHT_PX,
      bottomPx: X_AXIS_PX,
      leftPx: Y_AXIS_PX,
    });
    const context = surface.picture.getContext("2d")!;
    context.clearRect(0, 0, surface.picture.width, surface.picture.height);
    this.drawLayers(this.frame(context, surface.ratio));
    this.drawTop();
  }

  /** Where values fall on a canvas of so many pixels per CSS pixel. */
  private frame(context: CanvasRenderingContext2D, ratio: number): layers.Frame {
    const { leftPx, topPx, widthPx, heightPx } = this.plotBox;
    const [left, top, width, height] = [leftPx * ratio, topPx * ratio, widthPx * ratio, heightPx * ratio];
    const { x, isLog } = this.picture;
    const scale = (value: number) => (isLog ? Math.log10(value > 0 ? value : 1e-300) : value);
    const [lo, hi] = [scale(this.picture.y.lo), scale(this.picture.y.hi)];
    const toX = (value: number) => left + ((value - x.lo) / (x.hi - x.lo)) * width;
    const toY = isLog
      ? (value: number) => top + height - ((scale(value) - lo) / (hi - lo)) * height
      : (value: number) => top + height - ((value - lo) / (hi - lo)) * height;
    return { context, left, top, width, height, ratio, toX, toY, makePath: () => new Path2D() };
  }

  private drawLayers(frame: layers.Frame): void {
    const { picture, ink } = this;
    drawAxes(frame, picture, ink);
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
    const { top, ratio } = this.surface;
    const context = top.getContext("2d")!;
    context.clearRect(0, 0, top.width, top.height);
    const frame = this.frame(context, ratio);
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

  private listen(): void {
    const { over } = this.surface;
    const { signal } = this.stop;
    over.addEventListener(
      "mousemove",
      (event) => {
        const box = over.getBoundingClientRect();
        const leftPx = event.clientX - box.left;
        const topPx = event.clientY - box.top;
        this.events.onCursor({ x: this.xAt(leftPx), leftPx, topPx, y: this.yAt(topPx) });
      },
      { signal },
    );
    over.addEventListener("mouseleave", () => this.events.onCursor(null), { signal });
    over.addEventListener("dblclick", () => this.events.onReset(), { signal });
    followDrags(over, (dragged) => this.tellSelection(dragged), signal);
    followZooms(over, (leftPx, factor) => this.zoomAbout(leftPx, factor), signal);
  }

  private xAt(leftPx: number): number {
    const { lo, hi } = this.picture.x;
    return lo + (leftPx / this.plotBox.widthPx) * (hi - lo);
  }

  private yAt(topPx: number): number {
    const { y, isLog } = this.picture;
    const share = 1 - topPx / this.plotBox.heightPx;
    return isLog ? y.lo * (y.hi / y.lo) ** share : y.lo + share * (y.hi - y.lo);
  }

  private tellSelection({ left, width, top, height }: Dragged): void {
    const x = { lo: this.xAt(left), hi: this.xAt(left + width) };
    this.events.onZoom(x, height === null ? null : { lo: this.yAt(top + height), hi: this.yAt(top) });
  }

  private zoomAbout(leftPx: number, factor: number): void {
    const at = this.xAt(leftPx);
    const { lo, hi } = this.picture.x;
    this.events.onZoom({ lo: at - (at - lo) * factor, hi: at + (hi - at) * factor }, null);
  }
}
