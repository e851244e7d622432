/** Columns of a grid with gaps → the same without: what is compared, or filled as a band, has no holes. */

/** Empty columns between filled ones lie on the straight line between these; beyond the ends they stay empty. */
export function bridge(column: Float32Array): Float32Array {
  const filled = column.slice();
  let before = -1;
  for (let i = 0; i < column.length; i++) {
    if (Number.isNaN(column[i])) continue;
    for (let k = before + 1; before >= 0 && k < i; k++)
      filled[k] = column[before]! + ((column[i]! - column[before]!) * (k - before)) / (i - before);
    before = i;
  }
  return filled;
}
