/** One x for the crosshairs of all charts; plain callbacks, for a pointer moves more often than a page should render. */

type Listener = (x: number | null, from: object) => void;

const listeners = new Set<Listener>();

export function moveCrosshair(x: number | null, from: object): void {
  for (const listener of listeners) listener(x, from);
}

/** Calls `listener` at each move until the returned function is called. */
export function followCrosshair(listener: Listener): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}
