/** A node of a graph → the two lines on its box. */

import type { GraphNode } from "../api/schema.ts";
import { i18n } from "./index.svelte.ts";

const LONGEST = 34;
const MOST_NAMED = 3;

/** Ends of names differ more than their middles. */
export function clipName(text: string): string {
  return text.length > LONGEST ? `${text.slice(0, LONGEST / 2 - 1)}…${text.slice(1 - LONGEST / 2)}` : text;
}

/** The layer's class and what flows out of it; of a group, what it is made of. */
export function secondLine(node: GraphNode): string {
  const kind = node.op || (node.is_group ? kindOfGroup(node) : "");
  return [clipName(kind), node.output].filter(Boolean).join(" → ");
}

function kindOfGroup({ n_inside: nInside, ops_inside: ops }: GraphNode): string {
  const isNamed = nInside <= MOST_NAMED && ops.length > 0 && ops.length === new Set(ops).size;
  return isNamed ? ops.join(", ") : i18n.t.graph.inside(nInside);
}
