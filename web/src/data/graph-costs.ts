/** What nodes of an opened group took in a traced step → classes by their share of it, for colours and the legend. Pure. */

import type { GraphNode } from "../api/schema.ts";

export const COSTS = ["time", "memory"] as const;
export type CostBy = (typeof COSTS)[number];

/** Lower bounds of the classes, as shares of what all nodes of the group took; each is about three times the next. */
const BOUNDS = [0.3, 0.1, 0.03, 0.01, 0] as const;

/** Microseconds or bytes; null where the node was not traced. */
export function costOf(node: GraphNode, by: CostBy): number | null {
  return (by === "time" ? node.micros : node.memory_bytes) ?? null;
}

export interface CostClass {
  /** `10–30 %`. */
  readonly label: string;
  /** From 0, the dearest, to 1. */
  readonly rank: number;
  readonly count: number;
}

export class CostShares {
  private readonly total: number;

  constructor(
    private readonly nodes: readonly GraphNode[],
    private readonly by: CostBy,
  ) {
    this.total = nodes.reduce((sum, node) => sum + (costOf(node, by) ?? 0), 0);
  }

  /** Of what all nodes took, from 0 to 1; null where the node was not traced. */
  shareOf(node: GraphNode): number | null {
    const cost = costOf(node, this.by);
    return cost === null ? null : this.total > 0 ? cost / this.total : 0;
  }

  /** The class of a node as an index, 0 for the dearest; null where the node was not traced. */
  classOf(node: GraphNode): number | null {
    const share = this.shareOf(node);
    return share === null ? null : BOUNDS.findIndex((bound) => share >= bound);
  }

  /** The classes that have nodes, the dearest first. */
  classes(): CostClass[] {
    const counts = BOUNDS.map(() => 0);
    for (const node of this.nodes) {
      const found = this.classOf(node);
      if (found !== null) counts[found]! += 1;
    }
    return counts.map((count, i) => ({ label: labelOf(i), rank: rankOf(i), count })).filter(({ count }) => count > 0);
  }
}

/** The place of a class on a sequential scale, 0 for the dearest. */
export function rankOf(index: number): number {
  return index / (BOUNDS.length - 1);
}

function labelOf(index: number): string {
  const low = percent(BOUNDS[index]!);
  if (index === 0) return `≥ ${low} %`;
  const high = percent(BOUNDS[index - 1]!);
  return index === BOUNDS.length - 1 ? `< ${high} %` : `${low}–${high} %`;
}

function percent(share: number): number {
  return Math.round(share * 100);
}
