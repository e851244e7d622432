/** Nodes of an opened group → what they are coloured by, and what lies upstream of one. Pure. */

import type { GraphEdge, GraphNode } from "../api/schema.ts";
import type { CostBy } from "./graph-costs.ts";

export const KINDS = ["type", "structure", "device", "none"] as const;
export type KindBy = (typeof KINDS)[number];
export type HueBy = KindBy | CostBy;

/** What nodes of one colour share; null where it is not known. Layers that repeat have one structure. */
export function hueKey(node: GraphNode, by: KindBy): string | null {
  if (by === "none") return null;
  if (by === "device") return node.attributes["device"] || null;
  if (by === "structure" && node.is_group) return `${node.ops_inside.join(" + ") || "…"} (${node.n_inside})`;
  return node.op || (node.is_group ? node.ops_inside.join(" + ") || "group" : null);
}

/** Steps of the golden angle: however many there are, neighbours in the legend are far apart. */
const HUE_STEP = 137.508;
const FIRST_HUE = 215;

/** A colour for each key among some nodes, by its rank; grey for what is not known. */
export function huesOf(nodes: readonly GraphNode[], by: KindBy): (key: string | null) => string {
  const ranks = new Map(legendOf(nodes, by, Infinity).map(({ key }, rank) => [key, rank]));
  return (key) => {
    const rank = key === null ? undefined : ranks.get(key);
    return rank === undefined ? "var(--context)" : `hsl(${Math.round(FIRST_HUE + rank * HUE_STEP) % 360} 50% 48%)`;
  };
}

/** Keys among some nodes with how many have each, the commonest first. */
export function legendOf(nodes: readonly GraphNode[], by: KindBy, most: number): { key: string; count: number }[] {
  const counts = new Map<string, number>();
  for (const node of nodes) {
    const key = hueKey(node, by);
    if (key !== null) counts.set(key, (counts.get(key) ?? 0) + 1);
  }
  return [...counts]
    .map(([key, count]) => ({ key, count }))
    .toSorted((a, b) => b.count - a.count || (a.key < b.key ? -1 : 1))
    .slice(0, most);
}

/** The node and all that it is computed from, among the edges given; graphs in circles end as well. */
export function upstreamOf(id: string, edges: readonly GraphEdge[]): ReadonlySet<string> {
  const sources = new Map<string, string[]>();
  for (const edge of edges) {
    const known = sources.get(edge.target);
    if (known) known.push(edge.source);
    else sources.set(edge.target, [edge.source]);
  }
  const found = new Set([id]);
  for (const one of found) for (const source of sources.get(one) ?? []) found.add(source);
  return found;
}
