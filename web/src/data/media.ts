/** Tags of pictures, sounds and texts → the cards of the Media view; and a chosen step → the recorded one nearest to it. */

import type { Catalog, TagView } from "../api/schema.ts";
import { compareNaturally } from "./natural.ts";

export const MEDIA_KINDS = ["image", "audio", "text"] as const;
export type MediaKind = (typeof MEDIA_KINDS)[number];

export interface MediaTag {
  readonly tag: string;
  readonly kind: MediaKind;
  readonly runs: readonly string[];
}

/** Tags of media in natural order; `runs` narrows them to those shown, and a tag that none of these has is left out. */
export function listMedia(catalog: Catalog, runs: ReadonlySet<string> | null): MediaTag[] {
  const isMedia = (one: TagView): one is TagView & { kind: MediaKind } =>
    (MEDIA_KINDS as readonly string[]).includes(one.kind);
  return catalog.tags
    .filter(isMedia)
    .map((one) => ({
      tag: one.tag,
      kind: one.kind,
      runs: one.runs.filter((run) => runs === null || runs.has(run)).toSorted(compareNaturally),
    }))
    .filter((one) => one.runs.length > 0)
    .toSorted((a, b) => MEDIA_KINDS.indexOf(a.kind) - MEDIA_KINDS.indexOf(b.kind) || compareNaturally(a.tag, b.tag));
}

/** Index of the recorded step nearest to `step`; the last for null; -1 when nothing is recorded. */
export function nearestStep(steps: readonly number[], step: number | null): number {
  if (step === null) return steps.length - 1;
  let best = -1;
  for (let i = 0; i < steps.length; i++)
    if (best < 0 || Math.abs(steps[i]! - step) < Math.abs(steps[best]! - step)) best = i;
  return best;
}
