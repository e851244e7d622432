/** One answer of api/mesh → arrays for a graphics card, and the size of what they show. */

import type { MeshHeader } from "../api/schema.ts";
import { parseHeader } from "./columns.ts";

export interface Mesh {
  readonly header: MeshHeader;
  /** Three numbers a vertex. */
  readonly vertices: Float32Array;
  /** Three vertices a face; empty for a cloud of points. */
  readonly faces: Uint32Array;
  /** Red, green, blue, 255 of each vertex; null where none were logged. */
  readonly colours: Uint8Array | null;
  readonly middle: readonly [number, number, number];
  /** Half the longest side of the box around all vertices; 1 for a single point. */
  readonly reach: number;
}

/** The frame's arrays, not copied. Throws RangeError when header and length disagree. */
export function parseMesh(frame: ArrayBuffer): Mesh {
  const header = parseHeader<MeshHeader>(frame);
  const start = 4 + new DataView(frame).getUint32(0, true);
  const facesAt = start + 12 * header.n_vertices;
  const coloursAt = facesAt + 12 * header.n_faces;
  const stop = coloursAt + (header.has_colours ? 4 * header.n_vertices : 0);
  if (frame.byteLength < stop) throw new RangeError(`mesh frame: ${frame.byteLength} bytes, wanted ${stop}`);
  const vertices = new Float32Array(frame, start, 3 * header.n_vertices);
  const lo = [Infinity, Infinity, Infinity];
  const hi = [-Infinity, -Infinity, -Infinity];
  for (let i = 0; i < vertices.length; i++) {
    const axis = i % 3;
    const value = vertices[i]!;
    if (value < lo[axis]!) lo[axis] = value;
    if (value > hi[axis]!) hi[axis] = value;
  }
  const isEmpty = header.n_vertices === 0;
  const middle = lo.map((low, axis) => (isEmpty ? 0 : low / 2 + hi[axis]! / 2)) as [number, number, number];
  const reach = isEmpty ? 1 : Math.max(...lo.map((low, axis) => hi[axis]! / 2 - low / 2)) || 1;
  return {
    header,
    vertices,
    faces: new Uint32Array(frame, facesAt, 3 * header.n_faces),
    colours: header.has_colours ? new Uint8Array(frame, coloursAt, 4 * header.n_vertices) : null,
    middle,
    reach,
  };
}
