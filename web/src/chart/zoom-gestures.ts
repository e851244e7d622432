/** Ctrl or ⌘ with the wheel, and two fingers, → zooms about a place of the plot. */

/** `leftPx` is the place that stays; a factor above 1 shows more. */
export type Zoom = (leftPx: number, factor: number) => void;

/** Fingers closer than this count as so far apart. */
const LEAST_APART_PX = 10;

export function followZooms(over: HTMLElement, zoom: Zoom, signal: AbortSignal): void {
  const leftOf = (clientX: number) => clientX - over.getBoundingClientRect().left;
  over.addEventListener(
    "wheel",
    (event) => {
      // A plain wheel scrolls the page; zooming by accident is what people complain of.
      if (!event.ctrlKey && !event.metaKey) return;
      event.preventDefault();
      zoom(leftOf(event.clientX), Math.exp(event.deltaY * 0.002));
    },
    { signal, passive: false },
  );
  /** How far the two fingers were apart; null while there are not two. */
  let apart: number | null = null;
  over.addEventListener(
    "touchmove",
    (event) => {
      if (event.touches.length !== 2) return;
      event.preventDefault();
      const [a, b] = [event.touches[0]!, event.touches[1]!];
      const before = apart;
      apart = Math.max(LEAST_APART_PX, Math.abs(a.clientX - b.clientX));
      if (before !== null) zoom(leftOf((a.clientX + b.clientX) / 2), before / apart);
    },
    { signal, passive: false },
  );
  over.addEventListener("touchend", () => (apart = null), { signal });
}
