/** Keys pressed anywhere on the page → what they do; nothing while typing, and nothing that a browser or reader needs. */

import { MAIN_VIEWS } from "../data/address.ts";
import { sortRows } from "../data/rows.ts";
import { i18n } from "../i18n/index.svelte.ts";
import { copyText } from "../ui/clipboard.ts";
import { announce } from "./announcer.svelte.ts";
import { focus } from "./focus.svelte.ts";
import { opened } from "./opened.svelte.ts";
import { place } from "./place.svelte.ts";
import { server } from "./server.svelte.ts";
import { theme } from "./theme.svelte.ts";

const USUAL_SMOOTHING = 0.6;
const SMOOTHING_STEPS = [0, 0.3, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.98, 0.99];

export function onPageKey(event: KeyboardEvent): void {
  if (event.defaultPrevented) return;
  if ((event.ctrlKey || event.metaKey) && !event.altKey && !event.shiftKey && isChord(event)) return;
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  const target = event.target as HTMLElement;
  if (event.key === "Escape") {
    if (isTyping(target)) target.blur();
    else if (opened.finding !== null) opened.finding = null;
    else if (place.now.metric !== null) place.change({ metric: null }, { isStep: true });
    return;
  }
  if (isTyping(target) || opened.isKeys || opened.isPalette || opened.coloured) return;
  const action = actions[event.key];
  if (!action) return;
  event.preventDefault();
  action();
}

/** Ctrl or ⌘ with a key: the palette anywhere, undo where nothing is being typed. */
function isChord(event: KeyboardEvent): boolean {
  const key = event.key.toLowerCase();
  if (key === "k") opened.isPalette = !opened.isPalette;
  else if (key === "z" && !isTyping(event.target as HTMLElement)) undo();
  else return false;
  event.preventDefault();
  return true;
}

export function undo(): void {
  if (place.undo()) announce(i18n.t.palette.undo);
}

const actions: Record<string, () => void> = {
  "/": () => document.getElementById("filter")?.focus(),
  "?": () => (opened.isKeys = true),
  "0": () => place.change({ x: null }, { isStep: true }),
  "-": () => place.change({ smoothing: SMOOTHING_STEPS.findLast((one) => one < smoothingNow()) ?? 0 }),
  "=": () => place.change({ smoothing: SMOOTHING_STEPS.find((one) => one > smoothingNow()) ?? 0.99 }),
  l: () => place.change({ isLog: !place.now.isLog }),
  o: () => place.change({ isRobust: !place.now.isRobust }),
  t: () => theme.toggle(),
  j: () => moveRow(1),
  k: () => moveRow(-1),
  x: () => opened.row !== null && focus.toggle(opened.row),
  f: () => place.change({ selected: place.now.selected.length ? [] : opened.row === null ? [] : [opened.row] }),
  g: () => document.getElementById("group-by")?.focus(),
  n: () => moveFinding(1),
  N: () => moveFinding(-1),
  z: undo,
  a: listenToNearest,
  c: () => {
    location.hash = place.addressOf("compare");
  },
  y: () => void copyText(location.href).then((isDone) => isDone && announce(i18n.t.keys.linkCopied)),
  ...Object.fromEntries(
    MAIN_VIEWS.map((view, i) => [
      String(i + 1),
      () => {
        location.hash = place.addressOf(view);
      },
    ]),
  ),
};

/** The weight to step from where the number of points decides: what long curves then get. */
const smoothingNow = () => place.now.smoothing ?? USUAL_SMOOTHING;

function isTyping(target: HTMLElement): boolean {
  if (target.isContentEditable || target instanceof HTMLTextAreaElement || target instanceof HTMLSelectElement)
    return true;
  return target instanceof HTMLInputElement && !["checkbox", "radio", "button"].includes(target.type);
}

/** The chart under the pointer, or the first one. */
function listenToNearest(): void {
  const find = (where: string) => document.querySelector<HTMLElement>(`${where} [data-listen]`);
  (find("figure:hover") ?? find("main"))?.click();
}

function moveRow(by: number): void {
  const rows = sortRows(focus.trainings, place.now.sort, server.overview?.objective ?? null);
  if (rows.length === 0) return;
  const at = rows.findIndex((training) => training.name === opened.row);
  const next = rows[Math.min(rows.length - 1, Math.max(0, at + by))]!;
  opened.row = next.name;
  focus.highlighted = next.name;
  announce(next.name);
}

function moveFinding(by: number): void {
  const names = server.overview?.needs_you ?? [];
  if (names.length === 0) return;
  const at = opened.finding === null ? (by > 0 ? -1 : names.length) : names.indexOf(opened.finding);
  opened.finding = names[(at + by + names.length) % names.length]!;
}
