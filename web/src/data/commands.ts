/** What the reader types in the palette → entries whose text holds every word, the best first. */

export interface Entry {
  readonly kind: "view" | "run" | "metric" | "action";
  readonly text: string;
  readonly key: string;
}

const MOST = 50;

/** Beginnings before middles, shorter before longer, then the order given. */
export function findEntries<T extends Entry>(entries: readonly T[], search: string): T[] {
  const words = search.toLowerCase().split(/\s+/).filter(Boolean);
  if (words.length === 0) return entries.slice(0, MOST);
  const scored: { entry: T; score: number; at: number }[] = [];
  entries.forEach((entry, at) => {
    const text = entry.text.toLowerCase();
    if (!words.every((word) => text.includes(word))) return;
    const begins = text.startsWith(words[0]!) ? 0 : new RegExp(`[/_. -]${escape(words[0]!)}`).test(text) ? 1 : 2;
    scored.push({ entry, score: begins * 1000 + Math.min(999, text.length), at });
  });
  return scored
    .toSorted((a, b) => a.score - b.score || a.at - b.at)
    .slice(0, MOST)
    .map(({ entry }) => entry);
}

const escape = (text: string) => text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
