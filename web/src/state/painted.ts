/**
 * Charts that still wait for their paint → `window.goodfit.ready`, a promise that resolves when every visible chart shows
 * what was asked. Read it anew after navigating or zooming: each reading gives a promise for the present.
 */

const waiting = new Set<object>();

/** Something visible will be painted; call `release` when it was, or when it failed. */
export function hold(owner: object): void {
  waiting.add(owner);
}

export function release(owner: object): void {
  waiting.delete(owner);
}

/** Resolves when nothing has waited for two frames in a row: what a click starts begins within one. */
export async function whenPainted(): Promise<void> {
  for (let quiet = 0; quiet < 2;) {
    await nextFrame();
    quiet = waiting.size === 0 ? quiet + 1 : 0;
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

/** The next frame, or a tenth of a second in a hidden tab, which gets no frames. */
function nextFrame(): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, 100);
    requestAnimationFrame(() => {
      clearTimeout(timer);
      setTimeout(resolve, 0);
    });
  });
}
