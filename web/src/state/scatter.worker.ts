/** Reads, colours and draws points beside the page's thread: a million of them never stop the reader's hands. */

import type { Camera } from "../data/camera.ts";
import { ScatterRaster } from "../chart/scatter.ts";
import { colourPoints, DIMMED, parsePlaces, type LabelColumn, type Places } from "../data/places.ts";

/** What points are coloured by. */
export interface Dress {
  readonly column: LabelColumn | null;
  readonly only: number | null;
  readonly found: ReadonlySet<number> | null;
}

export interface Picturing {
  readonly width: number;
  readonly height: number;
  readonly palette: Uint32Array;
  readonly camera: Camera;
  readonly dotPx: number;
  readonly stride: number;
}

export type Job =
  | { readonly key: number; readonly kind: "parse"; readonly frame: ArrayBuffer }
  | { readonly key: number; readonly kind: "dress"; readonly dress: Dress }
  | { readonly key: number; readonly kind: "draw"; readonly picturing: Picturing };

const raster = new ScatterRaster();
let places: Places | null = null;
let dress: Dress = { column: null, only: null, found: null };
/** Made with the next picture. */
let colours: Uint8Array | null = null;

function parse(frame: ArrayBuffer): Places {
  const parsed = parsePlaces(frame);
  if (parsed.header.state === "done") {
    places = parsed;
    colours = null;
  }
  return parsed;
}

function draw({ width, height, palette, camera, dotPx, stride }: Picturing): ImageData {
  const image = new ImageData(width, height);
  if (!places) return image;
  colours ??= colourPoints(places.rows, dress.column, dress.only, dress.found);
  raster.draw(image, places, colours, palette, camera, dotPx, stride, DIMMED);
  return image;
}

addEventListener("message", ({ data: job }: MessageEvent<Job>) => {
  try {
    if (job.kind === "parse") postMessage({ key: job.key, answer: parse(job.frame) });
    else if (job.kind === "draw") {
      const { data, width, height } = draw(job.picturing);
      postMessage({ key: job.key, answer: { data, width, height } }, { transfer: [data.buffer] });
    } else {
      dress = job.dress;
      colours = null;
      postMessage({ key: job.key, answer: null });
    }
  } catch (error) {
    postMessage({ key: job.key, error: error instanceof Error ? error.message : String(error) });
  }
});
