/**
 * The answers that a saved report carries, in place of a server: the same page from one file, without any request.
 *
 * `goodfit report` embeds gzipped JSON: answers of GET addresses by address and sorted parameters, frames of curves per
 * metric and axis, and pictures as data addresses. Zooming cuts the stored columns; nothing finer is there, and the page says
 * what smoothing was applied because it reads it from the frame.
 */

import { parseCurves, type Curves } from "../data/columns.ts";
import { cutCurves } from "../data/cut.ts";
import type { CurvesRequest } from "./schema.ts";

interface Contents {
  readonly made: number;
  /** Answers that were too many or too large for one file. */
  readonly left_out?: number;
  readonly json: Readonly<Record<string, unknown>>;
  readonly curves: readonly { readonly axis: string; readonly frame: string }[];
  readonly blobs: Readonly<Record<string, string>>;
}

class Report {
  private readonly byAxis = new Map<string, Curves[]>();

  constructor(private readonly contents: Contents) {
    for (const { axis, frame } of contents.curves) {
      const curves = parseCurves(decodeBase64(frame).buffer as ArrayBuffer);
      const list = this.byAxis.get(axis);
      if (list) list.push(curves);
      else this.byAxis.set(axis, [curves]);
    }
  }

  /** When it was saved, seconds since the epoch. */
  get made(): number {
    return this.contents.made;
  }

  /** Answers that were too many or too large for one file. */
  get nLeftOut(): number {
    return this.contents.left_out ?? 0;
  }

  /** Undefined for what the report does not hold. */
  json(path: string, query: Readonly<Record<string, string>>): unknown {
    return this.contents.json[keyOf(path, query)];
  }

  curves(request: CurvesRequest): Curves | null {
    const wanted = request.series[0];
    if (!wanted) return null;
    const frame = this.byAxis
      .get(request.x_axis ?? "step")
      ?.find((curves) => curves.series.some((one) => one.run === wanted.run && one.tag === wanted.tag));
    return frame ? cutCurves(frame, request) : null;
  }

  blob(query: Readonly<Record<string, string>>): string {
    return this.contents.blobs[keyOf("api/blob", query)] ?? "data:,";
  }
}

function keyOf(path: string, query: Readonly<Record<string, string>>): string {
  return JSON.stringify([path, Object.entries(query).toSorted(([a], [b]) => (a < b ? -1 : 1))]);
}

function decodeBase64(text: string): Uint8Array {
  return Uint8Array.from(atob(text), (sign) => sign.charCodeAt(0));
}

/** Null where the page has a server. */
export let report: Report | null = null;

/** Reads the embedded answers, if there are any. */
export async function openReport(element: HTMLElement): Promise<void> {
  const bytes = decodeBase64(element.textContent.trim());
  const stream = new Blob([bytes as BlobPart]).stream().pipeThrough(new DecompressionStream("gzip"));
  report = new Report((await new Response(stream).json()) as Contents);
}
