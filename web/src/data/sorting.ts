/** A click on a column's head → the next order: the way that says most first, then the other, then none. */

import type { Sort } from "./rows.ts";

export function nextSort(now: Sort | null, column: string): Sort | null {
  // Names from A to Z; of numbers and states the greatest first.
  const isDescendingFirst = column !== "run";
  if (now?.column !== column) return { column, isDescending: isDescendingFirst };
  return now.isDescending === isDescendingFirst ? { column, isDescending: !isDescendingFirst } : null;
}

export function sortDirection(now: Sort | null, column: string): "ascending" | "descending" | "none" {
  if (now?.column !== column) return "none";
  return now.isDescending ? "descending" : "ascending";
}
