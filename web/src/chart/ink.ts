/** The page's CSS custom properties → the colours a canvas draws with, read once per theme. */

export interface Ink {
  readonly panel: string;
  readonly text: string;
  readonly faint: string;
  readonly grid: string;
  readonly context: string;
  readonly error: string;
  readonly errorSoft: string;
  readonly warning: string;
  readonly warningSoft: string;
  readonly info: string;
  readonly infoSoft: string;
  readonly font: string;
}

export function readInk(element: Element): Ink {
  const style = getComputedStyle(element);
  const read = (name: string) => style.getPropertyValue(name).trim();
  return {
    panel: read("--panel"),
    text: read("--text"),
    faint: read("--faint"),
    grid: read("--grid"),
    context: read("--context"),
    error: read("--error"),
    errorSoft: read("--error-soft"),
    warning: read("--warning"),
    warningSoft: read("--warning-soft"),
    info: read("--info"),
    infoSoft: read("--info-soft"),
    font: style.fontFamily,
  };
}
