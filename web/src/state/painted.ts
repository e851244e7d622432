/**
 * Charts that still wait for their paint → `window.goodfit.ready`, a promise that resolves when every visible chart shows
 * what was asked. Read it anew after navigating or zooming: each reading gives a promise for the present.
 */

const waiting = new Set<object>();
/** Calls to make as soon as nothing waits. */
const idlers: (() => void)[] = [];

/** Something visible will be painted; call `release` when it was, or when it failed. */
export function hold(owner: object): void {
  waiting.add(owner);
}

export function release(owner: object): void {
  waiting.delete(owner);
  if (waiting.size === 0) for (const resolve of idlers.splice(0)) resolve();
}

/** Resolves when nothing waits any more and that was on screen for a frame: what a click starts begins within the first. */
export async function whenPainted(): Promise<void> {
  await nextFrame();
  for (;;) {
    if (waiting.size > 0) await new Promise<void>((resolve) => idlers.push(resolve));
    await nextFrame();
    if (waiting.size === 0) return;
  }
}

/** Defines `window.goodfit`. */
export function publishReady(): void {
  Object.defineProperty(window, "goodfit", {
    configurable: true,
    value: Object.freeze(
      Object.defineProperty({}, "ready", { enumerable: true, get: whenPainted }) as { readonly ready: Promise<void> },
    ),
  });
}

/** Calls before the next frame is drawn, or after a tenth of a second in a hidden tab. */
export function beforeFrame(call: () => void): void {
  let isDone = false;
  const once = () => {
    if (isDone) return;
    isDone = true;
    clearTimeout(timer);
    call();
  };
  const timer = setTimeout(once, 100);
  requestAnimationFrame(once);
}

interface Turn {
  readonly paint: () => void;
  readonly isUrgent: () => boolean;
}

/** Of a frame at 30 a second, what paints may take; the rest is the browser's own. */
const ROOM_MS = 22;
/** Of that, the paints' own code: putting them on the screen takes the browser up to twice as long. */
const PAINTS_MS = 5;
/** A gap between two frames below this says that there was room for more. */
const SHORT_GAP_MS = 20;
let waitingTurns: Turn[] = [];
let isLooping = false;
let isNonePainted = true;
let tellFirst = () => {};
/** Resolves when the first chart of the visit was painted. */
export const firstPaint = new Promise<void>((resolve) => (tellFirst = resolve));
/** Whether no chart was painted yet: what can wait for the first one waits. */
export function isBeforeFirstPaint(): boolean {
  return isNonePainted;
}
/** What one chart's paint seems to cost, its share of the browser's drawing included. */
let costMs = 5;

/**
 * Calls `paint` in one of the next frames: as many charts a frame as there is room for, urgent ones first. With a screen full
 * of charts a gesture then moves the one under the pointer at once and the others as soon as possible, and never stalls.
 */
export function paintInTurn(paint: () => void, isUrgent: () => boolean): void {
  if (isNonePainted) {
    // Nothing competes with it yet: it is on screen a frame sooner.
    isNonePainted = false;
    paint();
    tellFirst();
    return;
  }
  waitingTurns.push({ paint, isUrgent });
  if (isLooping) return;
  isLooping = true;
  beforeFrame(() => paintSome(performance.now(), 0));
}

function paintSome(before: number, nBefore: number): void {
  const now = performance.now();
  const gap = now - before;
  if (nBefore > 0) costMs = gap < SHORT_GAP_MS ? costMs * 0.8 : costMs * 0.5 + (0.5 * gap) / nBefore;
  costMs = Math.max(0.5, Math.min(ROOM_MS, costMs));
  const urgent = waitingTurns.filter((turn) => turn.isUrgent());
  const turns = [...urgent, ...waitingTurns.filter((turn) => !urgent.includes(turn))];
  const most = document.hidden ? turns.length : Math.min(turns.length, Math.max(1, Math.floor(ROOM_MS / costMs)));
  waitingTurns = [];
  let nPainted = 0;
  do turns[nPainted++]!.paint();
  while (nPainted < most && (document.hidden || performance.now() - now < PAINTS_MS));
  // Who wished for a turn meanwhile stands behind them.
  waitingTurns.unshift(...turns.slice(nPainted));
  if (waitingTurns.length === 0) isLooping = false;
  else beforeFrame(() => paintSome(now, nPainted));
}

/** The next frame, or a tenth of a second in a hidden tab, which gets no frames. */
export function nextFrame(): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, 100);
    requestAnimationFrame(() => {
      clearTimeout(timer);
      setTimeout(resolve, 0);
    });
  });
}
