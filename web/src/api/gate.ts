/**
 * Many requests at once → a few at a time, in order. A browser sends six to a host and queues the rest where they cannot be
 * taken back cheaply; here one that was given up while it waited is never sent.
 */

export class Gate {
  private nInside = 0;
  private readonly waiting = new Set<() => void>();

  constructor(private readonly most: number) {}

  /** Runs `work` when there is room. Throws the browser's AbortError when `signal` comes first. */
  async pass<T>(work: () => Promise<T>, signal?: AbortSignal): Promise<T> {
    if (this.nInside >= this.most) await this.wait(signal);
    else this.nInside++;
    try {
      return await work();
    } finally {
      const [next] = this.waiting;
      // The room goes to who waits longest, without being free in between.
      if (next) {
        this.waiting.delete(next);
        next();
      } else this.nInside--;
    }
  }

  private wait(signal?: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const enter = () => {
        signal?.removeEventListener("abort", leave);
        resolve();
      };
      const leave = () => {
        this.waiting.delete(enter);
        reject(signal!.reason as Error);
      };
      this.waiting.add(enter);
      signal?.addEventListener("abort", leave, { once: true });
    });
  }
}
