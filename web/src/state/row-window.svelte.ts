/** A long table's scroll position → the rows worth rendering; short tables are rendered whole. */

import { visibleRows } from "../data/rows.ts";

export class RowWindow {
  scrollPx = $state(0);
  viewPx = $state(600);
  /** Whether the table is so long that it scrolls in itself. */
  readonly isScrolling = $derived.by(() => this.nRows() > this.freeRows);
  readonly shown = $derived.by(() => {
    const n = this.nRows();
    return this.isScrolling ? visibleRows(n, this.rowHeightPx(), this.scrollPx, this.viewPx) : { first: 0, stop: n };
  });

  constructor(
    private readonly nRows: () => number,
    private readonly rowHeightPx: () => number,
    private readonly freeRows: number,
  ) {}
}
