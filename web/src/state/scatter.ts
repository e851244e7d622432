/** Questions to the worker that draws points → its answers, in order; it ends with the view. */

import type { Places } from "../data/places.ts";
import ScatterScript from "./scatter.worker.ts?worker&inline";
import type { Dress, Job, Picturing } from "./scatter.worker.ts";

interface Answer {
  readonly key: number;
  readonly answer: unknown;
  readonly error?: string;
}

export class ScatterWorker {
  private readonly worker = new ScatterScript();
  private readonly waiting = new Map<number, { resolve: (answer: never) => void; reject: (error: Error) => void }>();
  private nextKey = 0;

  constructor() {
    this.worker.addEventListener("message", ({ data: { key, answer, error } }: MessageEvent<Answer>) => {
      const one = this.waiting.get(key);
      this.waiting.delete(key);
      if (error === undefined) one?.resolve(answer as never);
      else one?.reject(new RangeError(error));
    });
  }

  /** Places of a frame, which later pictures show. The frame is the worker's from then on. */
  parse(frame: ArrayBuffer): Promise<Places> {
    return this.send({ kind: "parse", frame }, [frame]);
  }

  dress(dress: Dress): void {
    void this.send({ kind: "dress", dress }, []);
  }

  async draw(picturing: Picturing): Promise<ImageData> {
    const { data, width, height } = await this.send<ImageData>({ kind: "draw", picturing }, []);
    return new ImageData(data, width, height);
  }

  stop(): void {
    this.worker.terminate();
    this.waiting.clear();
  }

  private send<T>(job: WithoutKey<Job>, transfer: Transferable[]): Promise<T> {
    const key = this.nextKey++;
    return new Promise((resolve, reject) => {
      this.waiting.set(key, { resolve, reject });
      this.worker.postMessage({ key, ...job }, { transfer });
    });
  }
}

type WithoutKey<T> = T extends { readonly key: number } ? Omit<T, "key"> : never;
