/** Pictures that follow each other → one chart, made anew where the room for names beside it changes. */

import type { Chart, ChartEvents, Picture } from "./chart.ts";
import { LineChart } from "./line-chart.ts";

export class Stage {
  chart: Chart | null = null;
  private labelRoomPx = 0;

  constructor(private readonly events: ChartEvents) {}

  show(
    surface: HTMLElement,
    picture: Picture,
    size: { readonly widthPx: number; readonly heightPx: number },
    labelRoomPx: number,
  ): void {
    if (this.labelRoomPx !== labelRoomPx) this.clear();
    this.labelRoomPx = labelRoomPx;
    if (this.chart) this.chart.paint(picture);
    else this.chart = new LineChart(surface, this.events, picture, size, labelRoomPx);
  }

  clear(): void {
    this.chart?.destroy();
    this.chart = null;
  }
}
