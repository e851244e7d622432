/** A question to the layout worker → its answer; the worker starts with the first question and ends with the view. */

import LayoutScript from "./layout.worker.ts?worker&inline";
import type { Arrangement, Link, NodeSize } from "../data/graph.ts";

export class LayoutWorker {
  private readonly worker = new LayoutScript();
  private readonly waiting = new Map<number, (arrangement: Arrangement) => void>();
  private nextKey = 0;

  constructor() {
    this.worker.addEventListener("message", (event: MessageEvent<{ key: number; arrangement: Arrangement }>) => {
      this.waiting.get(event.data.key)?.(event.data.arrangement);
      this.waiting.delete(event.data.key);
    });
  }

  arrange(nodes: NodeSize[], links: Link[]): Promise<Arrangement> {
    const key = this.nextKey++;
    return new Promise((resolve) => {
      this.waiting.set(key, resolve);
      this.worker.postMessage({ key, nodes, links });
    });
  }

  stop(): void {
    this.worker.terminate();
  }
}
