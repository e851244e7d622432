/**
 * The address ⇄ what the reader looks at. Everything in `place` is in the link; zooms and views are steps of the browser's
 * history, the rest replaces the present step.
 */

import { formatPlace, HOME, parsePlace, type Place, type ViewName } from "../data/address.ts";

const MOST_REMEMBERED = 100;
/** Changes of the same kind within this are one: a drag, a word being typed. */
const SAME_CHANGE_MS = 800;

class CurrentPlace {
  now = $state.raw<Place>(HOME);
  private readonly past: (Place | (() => void))[] = [];
  private lastKey = "";
  private lastAt = -Infinity;

  start(): void {
    this.now = parsePlace(location.hash);
    addEventListener("hashchange", () => this.read());
    addEventListener("popstate", () => this.read());
  }

  /**
   * Changes parts of the place; `isStep` makes the browser's back button return to the former. Where the names of the parts
   * do not tell what is changed, `kind` does.
   */
  change(
    parts: Partial<Place>,
    { isStep = false, kind = Object.keys(parts).join(" ") }: { isStep?: boolean; kind?: string } = {},
  ): void {
    const next = { ...this.now, ...parts };
    const address = formatPlace(next);
    this.remember(kind);
    this.now = next;
    if (address === location.hash) return;
    if (isStep) history.pushState(null, "", address);
    else history.replaceState(null, "", address);
  }

  /** Takes the last change back; false when there is none. A slider's way is one change. */
  undo(): boolean {
    const before = this.past.pop();
    if (!before) return false;
    this.lastKey = "";
    if (typeof before === "function") {
      before();
      return true;
    }
    this.now = before;
    history.replaceState(null, "", formatPlace(before));
    return true;
  }

  /** Something done that is not in the address: taken back in its turn. */
  rememberDeed(takeBack: () => void): void {
    this.lastKey = "";
    this.push(takeBack);
  }

  private push(one: Place | (() => void)): void {
    this.past.push(one);
    if (this.past.length > MOST_REMEMBERED) this.past.shift();
  }

  private remember(key: string): void {
    const now = performance.now();
    const isSame = key === this.lastKey && now - this.lastAt < SAME_CHANGE_MS;
    this.lastKey = key;
    this.lastAt = now;
    if (isSame) return;
    this.push(this.now);
  }

  /** The address of a view with the same range, smoothing, selection and filter. */
  addressOf(view: ViewName, parts: Partial<Place> = {}): string {
    return formatPlace({ ...this.now, metric: null, ...parts, view });
  }

  private read(): void {
    const next = parsePlace(location.hash);
    if (formatPlace(next) === formatPlace(this.now)) return;
    this.remember("address");
    this.now = next;
  }
}

export const place = new CurrentPlace();
