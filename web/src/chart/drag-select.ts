/** A drag over the plot → the part it covers, shown while it lasts. With Shift it is a box, else a range of x. */

/** A drag shorter than this is a click. */
const DRAG_PX = 6;

/** In CSS pixels within the plot; `height` is null for a range of x. */
export interface Dragged {
  readonly left: number;
  readonly width: number;
  readonly top: number;
  readonly height: number | null;
}

export function followDrags(over: HTMLElement, tell: (dragged: Dragged) => void, signal: AbortSignal): void {
  const shown = document.createElement("div");
  shown.className = "chart-select";
  shown.hidden = true;
  over.append(shown);
  over.addEventListener(
    "mousedown",
    (start) => {
      if (start.button !== 0) return;
      const end = new AbortController();
      const both = { signal: AbortSignal.any([signal, end.signal]) };
      let dragged: Dragged | null = null;
      document.addEventListener(
        "mousemove",
        (event) => {
          dragged = span(over, start, event);
          show(shown, dragged);
        },
        both,
      );
      document.addEventListener(
        "mouseup",
        () => {
          end.abort();
          show(shown, null);
          if (dragged) tell(dragged);
        },
        both,
      );
    },
    { signal },
  );
}

/** Null while the pointer has not moved far enough. */
function span(over: HTMLElement, start: MouseEvent, now: MouseEvent): Dragged | null {
  const box = over.getBoundingClientRect();
  const [left, right] = ends(start.clientX - box.left, now.clientX - box.left, box.width);
  const [top, bottom] = ends(start.clientY - box.top, now.clientY - box.top, box.height);
  if (right - left < DRAG_PX) return null;
  const isBox = start.shiftKey && bottom - top >= DRAG_PX;
  return { left, width: right - left, top: isBox ? top : 0, height: isBox ? bottom - top : null };
}

function ends(a: number, b: number, most: number): [number, number] {
  const [lo, hi] = [Math.min(a, b), Math.max(a, b)];
  return [Math.max(0, lo), Math.min(most, hi)];
}

function show(shown: HTMLElement, dragged: Dragged | null): void {
  shown.hidden = dragged === null;
  if (!dragged) return;
  const { style } = shown;
  style.left = `${dragged.left}px`;
  style.width = `${dragged.width}px`;
  style.top = `${dragged.top}px`;
  style.height = dragged.height === null ? "100%" : `${dragged.height}px`;
}
