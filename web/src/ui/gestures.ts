/** Pointers and wheels on a picture that is moved by hand → drags, pinches and zooms. */

export interface Spot {
  readonly x: number;
  readonly y: number;
}

/** For `{@attach …}`: Ctrl or ⌘ with the wheel zooms at the pointer; the wheel alone scrolls the page. */
export function wheelZoom(zoom: (factor: number, at: Spot) => void): (element: HTMLElement) => () => void {
  return (element) => {
    const onWheel = (event: WheelEvent) => {
      if (!event.ctrlKey && !event.metaKey) return;
      event.preventDefault();
      zoom(Math.exp(-event.deltaY * 0.002), spotIn(element, event));
    };
    element.addEventListener("wheel", onWheel, { passive: false });
    return () => element.removeEventListener("wheel", onWheel);
  };
}

/** Where a pointer is within an element, in CSS pixels. */
export function spotIn(element: Element, event: { readonly clientX: number; readonly clientY: number }): Spot {
  const box = element.getBoundingClientRect();
  return { x: event.clientX - box.left, y: event.clientY - box.top };
}

interface Hands {
  drag(dx: number, dy: number, event: PointerEvent): void;
  /** Two fingers: `factor` above 1 spreads them, around `middle`. */
  pinch(factor: number, middle: Spot): void;
}

/** The pointers that are down on one element. */
export class Pointers {
  /** Way of the present gesture in pixels: a click is one that went nowhere. */
  travelledPx = 0;
  private readonly down = new Map<number, Spot>();

  constructor(private readonly hands: Hands) {}

  press(event: PointerEvent & { currentTarget: EventTarget & Element }): void {
    event.currentTarget.setPointerCapture(event.pointerId);
    this.down.set(event.pointerId, spotIn(event.currentTarget, event));
    this.travelledPx = 0;
  }

  /** False when the pointer is not down. */
  move(event: PointerEvent & { currentTarget: EventTarget & Element }): boolean {
    const before = this.down.get(event.pointerId);
    if (!before) return false;
    const now = spotIn(event.currentTarget, event);
    this.down.set(event.pointerId, now);
    const [dx, dy] = [now.x - before.x, now.y - before.y];
    this.travelledPx += Math.abs(dx) + Math.abs(dy);
    const other = this.down.size === 2 && [...this.down].find(([id]) => id !== event.pointerId)?.[1];
    if (other) {
      const far = (spot: Spot) => Math.hypot(spot.x - other.x, spot.y - other.y) || 1;
      this.hands.pinch(far(now) / far(before), { x: (now.x + other.x) / 2, y: (now.y + other.y) / 2 });
    } else this.hands.drag(dx, dy, event);
    return true;
  }

  /** False when the pointer was not down. */
  lift(event: PointerEvent): boolean {
    return this.down.delete(event.pointerId);
  }
}
