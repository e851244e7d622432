/** A figure → whether it is in sight and how wide its surface is. Nothing is asked and nothing drawn for what nobody sees. */

import { hold, isBeforeFirstPaint, release } from "./painted.ts";

/** Charts are made ready shortly before they are scrolled into view. */
const MARGIN = "120px";

export class Sight {
  isVisible = $state(false);
  /** 0 until the surface was measured. */
  widthPx = $state(0);

  /** `owner` counts as awaited (see painted.ts) until it is known whether the figure is in sight. */
  constructor(private readonly owner: object) {
    hold(owner);
  }

  /** For `{@attach …}` on the figure. */
  readonly figure = (figure: Element): (() => void) => {
    // What is first seen does not wait until the page around it was shown for a frame.
    if (isBeforeFirstPaint()) this.isVisible = isInSight(figure);
    const seen = new IntersectionObserver(
      (entries) => {
        this.isVisible = entries[entries.length - 1]!.isIntersecting;
        if (!this.isVisible) release(this.owner);
      },
      { rootMargin: MARGIN },
    );
    seen.observe(figure);
    return () => seen.disconnect();
  };

  /** For `{@attach …}` on what is drawn on. */
  readonly surface = (surface: Element): (() => void) => {
    if (isBeforeFirstPaint()) this.widthPx = surface.clientWidth;
    return followSize(surface, ({ width }) => (this.widthPx = Math.floor(width)));
  };
}

function isInSight(figure: Element): boolean {
  const { top, bottom } = figure.getBoundingClientRect();
  return bottom > 0 && top < document.documentElement.clientHeight;
}

/** Calls `tell` with an element's inner size now and at each change, until the returned function is called. */
export function followSize(element: Element, tell: (size: DOMRectReadOnly) => void): () => void {
  const sized = new ResizeObserver((entries) => tell(entries[entries.length - 1]!.contentRect));
  sized.observe(element);
  return () => sized.disconnect();
}
