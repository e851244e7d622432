/** Columns and cells of a table of trainings → their words on screen, and the whole table as text to paste. */

import { formatElapsed, formatSetting, formatSpread, formatStep, formatValue } from "../data/numbers.ts";
import { formatTable, type Cell, type Group, type Spread, type TableColumn, type TextFormat } from "../data/table.ts";
import type { TrainingView } from "../api/schema.ts";
import { formatMoment, i18n } from "../i18n/index.svelte.ts";
import { labelOf } from "../i18n/words.ts";

export function columnTitle(column: TableColumn): string {
  const t = i18n.t.tableView;
  if (column.kind === "plain") return t.plain[column.key as keyof typeof t.plain];
  if (column.kind === "hparam") return column.name;
  const metric = `${i18n.t.half[column.half!]} ${column.name}`;
  if (column.kind === "latest") return metric;
  return column.kind === "best" ? t.best(metric) : t.bestStep(metric);
}

export function cellText(column: TableColumn, value: Cell): string {
  if (value === null) return "";
  if (column.key === "health") return labelOf(String(value), i18n.findings);
  if (column.key === "state") return (i18n.t.states as Record<string, string>)[String(value)] ?? String(value);
  if (column.key === "updated") return Number(value) > 0 ? formatMoment(Number(value)) : "";
  if (column.kind === "best_step" || column.key === "step" || column.key === "points") return formatStep(Number(value));
  if (typeof value !== "number") return value;
  return column.kind === "hparam" ? formatSetting(value) : formatValue(value);
}

/** A group's size stands in a column of its own; a cell tells its own where values were missing. */
export function spreadText(column: TableColumn, cell: Spread | string | null | undefined, nMembers: number): string {
  if (cell === null || cell === undefined) return "";
  if (typeof cell === "string") return cellText(column, cell);
  if (column.key === "updated") return formatElapsed(0) && formatMoment(cell.mean);
  return `${formatSpread(cell.mean, cell.deviation)}${cell.n < nMembers ? ` (n = ${cell.n})` : ""}`;
}

/** What is on screen, as text; values in CSV are as exact as they came, for others compute with them. */
export function tableText(
  kind: TextFormat,
  columns: readonly TableColumn[],
  rows: readonly TrainingView[],
  grouped: { readonly by: TableColumn; readonly groups: readonly Group[] } | null,
): string {
  const text = kind === "csv" ? exactText : cellText;
  if (!grouped)
    return formatTable(
      kind,
      columns.map(columnTitle),
      rows.map((row) => columns.map((column) => text(column, column.valueOf(row)))),
    );
  const { by, groups } = grouped;
  const others = columns.filter((column) => column.key !== "run" && column.key !== by.key);
  return formatTable(
    kind,
    [columnTitle(by), "n", ...others.map(columnTitle)],
    groups.map((group) => [
      text(by, group.label),
      String(group.members.length),
      ...others.map((column) => spreadText(column, group.cells.get(column.key), group.members.length)),
    ]),
  );
}

function exactText(column: TableColumn, value: Cell): string {
  if (value === null) return "";
  if (column.key === "updated") return new Date(Number(value) * 1000).toISOString();
  return String(value);
}
