/** The levels of a hyperparameter, in order of what they led to → the few that a table has room for. */

const MOST = 4;

/** All of a few; of many the first three and the last that was sent, with a sign for those between. */
export function listLevels(item: { readonly levels: readonly string[]; readonly n_levels: number }): string[] {
  const { levels } = item;
  if (item.n_levels <= MOST + 1) return [...levels];
  // Where not all were sent, the last of them is not the worst.
  const isWhole = levels.length === item.n_levels;
  return [...levels.slice(0, MOST - 1), "…", ...(isWhole ? levels.slice(-1) : [])];
}
