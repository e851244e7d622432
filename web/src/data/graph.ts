/** Nodes and edges of one opened group → their places, top to bottom in the direction of the data. Pure; runs in a worker. */

import { Graph, layout } from "@dagrejs/dagre";

export interface NodeSize {
  readonly id: string;
  readonly width: number;
  readonly height: number;
}

export interface Link {
  readonly source: string;
  readonly target: string;
}

export interface Placed {
  readonly id: string;
  /** Middle of the node. */
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

export interface Routed {
  /** Index of the link asked for. */
  readonly index: number;
  readonly points: readonly { readonly x: number; readonly y: number }[];
}

export interface Arrangement {
  readonly nodes: readonly Placed[];
  readonly links: readonly Routed[];
  readonly width: number;
  readonly height: number;
}

/** A layered arrangement; cycles are allowed. Links with an end that is not among the nodes are left out. */
export function arrange(nodes: readonly NodeSize[], links: readonly Link[]): Arrangement {
  const graph = new Graph({ multigraph: true });
  graph.setGraph({ rankdir: "TB", nodesep: 28, ranksep: 44, marginx: 24, marginy: 24 });
  graph.setDefaultEdgeLabel(() => ({}));
  const known = new Set(nodes.map((node) => node.id));
  for (const node of nodes) graph.setNode(node.id, { width: node.width, height: node.height });
  links.forEach((link, index) => {
    if (known.has(link.source) && known.has(link.target) && link.source !== link.target)
      graph.setEdge(link.source, link.target, {}, String(index));
  });
  layout(graph);
  const size = graph.graph() as { width?: number; height?: number };
  return {
    nodes: nodes.map((node) => {
      const place = graph.node(node.id) as { x: number; y: number };
      return { id: node.id, x: place.x, y: place.y, width: node.width, height: node.height };
    }),
    links: graph.edges().map((edge) => ({
      index: Number(edge.name),
      points: ((graph.edge(edge) as { points?: { x: number; y: number }[] }).points ?? []).map(({ x, y }) => ({
        x,
        y,
      })),
    })),
    width: finite(size.width),
    height: finite(size.height),
  };
}

function finite(value: number | undefined): number {
  return value !== undefined && Number.isFinite(value) ? value : 0;
}
