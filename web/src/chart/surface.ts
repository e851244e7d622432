/** An element → the surface of a line chart: two canvases on each other, and above them the box of the plot for pointers. */

export interface Box {
  readonly leftPx: number;
  readonly topPx: number;
  readonly widthPx: number;
  readonly heightPx: number;
}

/** Room around the plot; the axes stand in it. */
export interface Margins {
  readonly topPx: number;
  readonly rightPx: number;
  readonly bottomPx: number;
  readonly leftPx: number;
}

/**
 * The lower canvas holds the picture, the upper one what follows the pointer, so that moving it never repaints the lines.
 * Elements in `over` are moved by the browser without painting either.
 */
export class Surface {
  readonly picture = addCanvas("chart-picture");
  readonly top = addCanvas("chart-top");
  readonly over = addBox("chart-plot");
  /** Canvas pixels per CSS pixel. */
  ratio = devicePixelRatio;
  box: Box = { leftPx: 0, topPx: 0, widthPx: 1, heightPx: 1 };
  private readonly root = addBox("chart");
  private readonly stop = new AbortController();

  constructor(
    element: HTMLElement,
    /** A window that moves to another screen has other pixels. */
    private readonly onRatio: () => void,
  ) {
    this.root.append(this.picture, this.top, this.over);
    element.append(this.root);
    this.followRatio();
  }

  /** Gives canvases and plot their size; a canvas whose size differs is empty afterwards. */
  layOut(widthPx: number, heightPx: number, margins: Margins): void {
    const { leftPx, topPx } = margins;
    this.box = {
      leftPx,
      topPx,
      widthPx: Math.max(1, widthPx - leftPx - margins.rightPx),
      heightPx: Math.max(1, heightPx - topPx - margins.bottomPx),
    };
    for (const canvas of [this.picture, this.top]) {
      const [width, height] = [Math.round(widthPx * this.ratio), Math.round(heightPx * this.ratio)];
      if (canvas.width !== width) canvas.width = width;
      if (canvas.height !== height) canvas.height = height;
    }
    place(this.root, { leftPx: 0, topPx: 0, widthPx, heightPx });
    place(this.over, this.box);
  }

  destroy(): void {
    this.stop.abort();
    this.root.remove();
  }

  private followRatio(): void {
    matchMedia(`(resolution: ${this.ratio}dppx)`).addEventListener(
      "change",
      () => {
        this.ratio = devicePixelRatio;
        this.followRatio();
        this.onRatio();
      },
      { once: true, signal: this.stop.signal },
    );
  }
}

function addBox(name: string): HTMLDivElement {
  const box = document.createElement("div");
  box.className = name;
  return box;
}

function addCanvas(name: string): HTMLCanvasElement {
  const canvas = document.createElement("canvas");
  canvas.className = name;
  canvas.setAttribute("aria-hidden", "true");
  return canvas;
}

function place(element: HTMLElement, { leftPx, topPx, widthPx, heightPx }: Box): void {
  const { style } = element;
  style.left = `${leftPx}px`;
  style.top = `${topPx}px`;
  style.width = `${widthPx}px`;
  style.height = `${heightPx}px`;
}
