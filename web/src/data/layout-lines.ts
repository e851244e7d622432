/**
 * A chart of a layout and the tags there are → the series to draw: a line for each run and tag that matches, and for each
 * margin a line between its bounds.
 */

import type { LayoutChart, SeriesRef } from "../api/schema.ts";

export interface LayoutLine {
  readonly run: string;
  /** What the line follows. */
  readonly tag: string;
  readonly lower: string | null;
  readonly upper: string | null;
}

/** As many lines as an eye follows; more are counted. */
export const MAX_LINES = 24;

/** A pattern at the beginning of a tag, as Python's `re.match`; null for one that is no expression. */
export function compilePattern(pattern: string): RegExp | null {
  try {
    return new RegExp(`^(?:${pattern.replaceAll("(?P<", "(?<")})`);
  } catch {
    return null;
  }
}

/** Lines of a chart over runs and the scalar tags that each has; and the patterns that are no expressions. */
export function listLines(
  chart: LayoutChart,
  runs: readonly string[],
  tagsOf: ReadonlyMap<string, readonly string[]>,
): { lines: LayoutLine[]; bad: string[] } {
  const lines: LayoutLine[] = [];
  const bad: string[] = [];
  const patterns = chart.patterns.flatMap((pattern) => {
    const compiled = compilePattern(pattern);
    if (!compiled) bad.push(pattern);
    return compiled ?? [];
  });
  for (const run of runs) {
    const tags = tagsOf.get(run) ?? [];
    const known = new Set(tags);
    for (const tag of tags)
      if (patterns.some((pattern) => pattern.test(tag))) lines.push({ run, tag, lower: null, upper: null });
    for (const margin of chart.margins)
      if (known.has(margin.value))
        lines.push({
          run,
          tag: margin.value,
          lower: known.has(margin.lower) ? margin.lower : null,
          upper: known.has(margin.upper) ? margin.upper : null,
        });
  }
  return { lines, bad };
}

/** Every series that the lines need, each once. */
export function seriesOfLines(lines: readonly LayoutLine[]): SeriesRef[] {
  const refs = new Map<string, SeriesRef>();
  for (const { run, tag, lower, upper } of lines)
    for (const one of [tag, lower, upper]) if (one !== null) refs.set(`${run}\n${one}`, { run, tag: one });
  return [...refs.values()];
}
