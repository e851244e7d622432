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
