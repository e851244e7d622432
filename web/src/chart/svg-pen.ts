/**
 * The strokes of a canvas → SVG, so that a chart for a paper is drawn by the same layers as the one on screen.
 *
 * Has the part of CanvasRenderingContext2D that the layers use. Pictures (the grey density) are embedded as PNG. Fetched when
 * a chart is saved.
 */

const round = (value: number) => Number(value.toFixed(2));

const escape = (text: string) =>
  text.replace(/[&<>"]/g, (sign) => ({ "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" })[sign]!);

interface State {
  strokeStyle: string;
  fillStyle: string;
  globalAlpha: number;
  lineWidth: number;
  lineJoin: CanvasLineJoin;
  font: string;
  textAlign: CanvasTextAlign;
  textBaseline: CanvasTextBaseline;
  dash: readonly number[];
  x: number;
  y: number;
  nClips: number;
}

/** A path that remembers itself as SVG path data. */
export class SvgPath {
  d = "";

  moveTo(x: number, y: number): void {
    this.d += `M${round(x)} ${round(y)}`;
  }

  lineTo(x: number, y: number): void {
    // A canvas begins a path with its first corner, however that is named.
    this.d += `${this.d ? "L" : "M"}${round(x)} ${round(y)}`;
  }

  closePath(): void {
    if (this.d) this.d += "Z";
  }

  rect(x: number, y: number, width: number, height: number): void {
    this.d += `M${round(x)} ${round(y)}h${round(width)}v${round(height)}h${round(-width)}Z`;
  }

  roundRect(x: number, y: number, width: number, height: number): void {
    this.rect(x, y, width, height);
  }

  /** Full circles only. */
  arc(x: number, y: number, radius: number): void {
    const r = round(radius);
    this.d += `M${round(x - radius)} ${round(y)}a${r} ${r} 0 1 0 ${2 * r} 0a${r} ${r} 0 1 0 ${-2 * r} 0Z`;
  }
}

export class SvgPen extends SvgPath implements Omit<State, "dash" | "x" | "y" | "nClips"> {
  strokeStyle = "#000";
  fillStyle = "#000";
  globalAlpha = 1;
  lineWidth = 1;
  lineJoin: CanvasLineJoin = "miter";
  font = "10px sans-serif";
  textAlign: CanvasTextAlign = "start";
  textBaseline: CanvasTextBaseline = "alphabetic";
  imageSmoothingEnabled = true;
  private dash: readonly number[] = [];
  private x = 0;
  private y = 0;
  private nClips = 0;
  private nNames = 0;
  private readonly stack: State[] = [];
  private readonly parts: string[] = [];

  constructor(
    private readonly widthPx: number,
    private readonly heightPx: number,
    private readonly ruler: { font: string; measureText(text: string): TextMetrics },
  ) {
    super();
  }

  makePath(): SvgPath {
    return new SvgPath();
  }

  beginPath(): void {
    this.d = "";
  }

  save(): void {
    const { strokeStyle, fillStyle, globalAlpha, lineWidth, lineJoin, font, textAlign, textBaseline } = this;
    const { dash, x, y, nClips } = this;
    this.stack.push({ strokeStyle, fillStyle, globalAlpha, lineWidth, lineJoin, font, textAlign, textBaseline, dash, x, y, nClips }); // prettier-ignore
  }

  restore(): void {
    const state = this.stack.pop();
    if (!state) return;
    while (this.nClips > state.nClips) {
      this.parts.push("</g>");
      this.nClips--;
    }
    Object.assign(this, state);
  }

  translate(x: number, y: number): void {
    this.x += x;
    this.y += y;
  }

  setLineDash(dash: readonly number[]): void {
    this.dash = dash;
  }

  clip(): void {
    const name = `c${this.nNames++}`;
    this.parts.push(
      `<clipPath id="${name}"><path d="${this.d}"${this.place()}/></clipPath><g clip-path="url(#${name})">`,
    );
    this.nClips++;
  }

  stroke(path: SvgPath = this): void {
    if (!path.d) return;
    const dash = this.dash.length ? ` stroke-dasharray="${this.dash.join(" ")}"` : "";
    this.parts.push(
      `<path d="${path.d}" fill="none" stroke="${this.strokeStyle}" stroke-width="${this.lineWidth}"` +
        ` stroke-linejoin="${this.lineJoin}"${dash}${this.alpha()}${this.place()}/>`,
    );
  }

  fill(path: SvgPath = this): void {
    if (path.d) this.parts.push(`<path d="${path.d}" fill="${this.fillStyle}"${this.alpha()}${this.place()}/>`);
  }

  fillRect(x: number, y: number, width: number, height: number): void {
    this.parts.push(
      `<rect x="${round(x)}" y="${round(y)}" width="${round(width)}" height="${round(height)}"` +
        ` fill="${this.fillStyle}"${this.alpha()}${this.place()}/>`,
    );
  }

  fillText(text: string, x: number, y: number): void {
    const anchor = { left: "start", start: "start", center: "middle", right: "end", end: "end" }[this.textAlign];
    const lift = this.textBaseline === "middle" ? ' dominant-baseline="central"' : "";
    this.parts.push(
      `<text x="${round(x)}" y="${round(y)}" text-anchor="${anchor}"${lift} fill="${this.fillStyle}"` +
        ` style="font:${escape(this.font)}"${this.alpha()}${this.place()}>${escape(text)}</text>`,
    );
  }

  measureText(text: string): TextMetrics {
    this.ruler.font = this.font;
    return this.ruler.measureText(text);
  }

  drawImage(image: OffscreenCanvas, x: number, y: number, width: number, height: number): void {
    const canvas = document.createElement("canvas");
    canvas.width = image.width;
    canvas.height = image.height;
    canvas.getContext("2d")!.drawImage(image, 0, 0);
    this.parts.push(
      `<image href="${canvas.toDataURL("image/png")}" x="${round(x)}" y="${round(y)}" width="${round(width)}"` +
        ` height="${round(height)}" preserveAspectRatio="none"${this.place()}/>`,
    );
  }

  finish(title: string): string {
    return (
      `<svg xmlns="http://www.w3.org/2000/svg" width="${this.widthPx}" height="${this.heightPx}"` +
      ` viewBox="0 0 ${this.widthPx} ${this.heightPx}"><title>${escape(title)}</title>${this.parts.join("\n")}</svg>\n`
    );
  }

  private alpha(): string {
    return this.globalAlpha < 1 ? ` opacity="${round(this.globalAlpha)}"` : "";
  }

  private place(): string {
    return this.x || this.y ? ` transform="translate(${round(this.x)} ${round(this.y)})"` : "";
  }
}
