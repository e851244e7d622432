/** Arranges graphs beside the page's thread, so that a large one never stops the reader's hands. */

import { arrange, type Link, type NodeSize } from "../data/graph.ts";

addEventListener("message", (event: MessageEvent<{ key: number; nodes: NodeSize[]; links: Link[] }>) => {
  const { key, nodes, links } = event.data;
  postMessage({ key, arrangement: arrange(nodes, links) });
});
