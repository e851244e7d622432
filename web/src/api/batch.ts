/**
 * Questions of many charts in one moment → one request. A zoom over a screen full of charts costs the browser and the server
 * one exchange, not twenty; a chart alone asks at its own address.
 */

import { parseHeader } from "../data/columns.ts";
import type { ChartPart, ChartsHeader, ChartsRequest } from "./schema.ts";

type Kind = "curves" | "density";

interface Waiting {
  readonly kind: Kind;
  readonly ask: unknown;
  readonly signal: AbortSignal | undefined;
  readonly resolve: (frame: ArrayBuffer) => void;
  readonly reject: (error: unknown) => void;
}

/** What a batch needs of the way to the server. */
export interface Post {
  (path: string, body: unknown, signal: AbortSignal): Promise<ArrayBuffer>;
}

/** As many charts as a screen shows; more are several requests. */
const MOST = 24;

export class Batch {
  private waiting: Waiting[] = [];

  constructor(
    private readonly post: Post,
    private readonly errorOf: (part: NonNullable<ChartPart["error"]>) => Error,
  ) {}

  /** The frame that `api/{kind}` answers. Throws the browser's AbortError when `signal` comes first. */
  ask(kind: Kind, ask: unknown, signal?: AbortSignal): Promise<ArrayBuffer> {
    return new Promise((resolve, reject) => {
      // Effects of one change run in one go: what they ask is there when their microtask is over.
      if (this.waiting.length === 0) queueMicrotask(() => this.send());
      this.waiting.push({ kind, ask, signal, resolve, reject });
    });
  }

  private send(): void {
    const all = this.waiting.filter((one) => !one.signal?.aborted);
    for (const one of this.waiting) if (one.signal?.aborted) one.reject(one.signal.reason);
    this.waiting = [];
    for (let i = 0; i < all.length; i += MOST) void this.exchange(all.slice(i, i + MOST));
  }

  private async exchange(members: readonly Waiting[]): Promise<void> {
    const abort = new AbortController();
    let nLeft = members.length;
    for (const one of members)
      one.signal?.addEventListener(
        "abort",
        () => {
          one.reject(one.signal!.reason);
          // The request ends when nobody waits for it any more.
          if (--nLeft === 0) abort.abort();
        },
        { once: true },
      );
    try {
      if (members.length === 1) {
        const [one] = members as [Waiting];
        one.resolve(await this.post(`api/${one.kind}`, one.ask, abort.signal));
        return;
      }
      const of = (kind: Kind) => members.filter((one) => one.kind === kind);
      const [curves, density] = [of("curves"), of("density")];
      const asks = { curves: curves.map((one) => one.ask), density: density.map((one) => one.ask) } as ChartsRequest;
      this.hand([...curves, ...density], await this.post("api/charts", asks, abort.signal));
    } catch (error) {
      for (const one of members) one.reject(error);
    }
  }

  private hand(members: readonly Waiting[], frame: ArrayBuffer): void {
    const header = parseHeader<ChartsHeader>(frame);
    let at = 4 + new DataView(frame).getUint32(0, true);
    for (const [i, part] of [...header.curves, ...header.density].entries()) {
      const one = members[i]!;
      if (part.error) one.reject(this.errorOf(part.error));
      else one.resolve(frame.slice(at, at + part.size_bytes));
      at += Math.ceil(part.size_bytes / 4) * 4;
    }
  }
}
