/**
 * The address ⇄ what the reader looks at. Everything in `place` is in the link; zooms and views are steps of the browser's
 * history, the rest replaces the present step.
 */

import { formatPlace, HOME, parsePlace, type Place, type ViewName } from "../data/address.ts";

class CurrentPlace {
  now = $state.raw<Place>(HOME);

  start(): void {
    this.now = parsePlace(location.hash);
    addEventListener("hashchange", () => this.read());
    addEventListener("popstate", () => this.read());
  }

  /** Changes parts of the place; `isStep` makes the browser's back button return to the former. */
  change(parts: Partial<Place>, { isStep = false }: { isStep?: boolean } = {}): void {
    const next = { ...this.now, ...parts };
    const address = formatPlace(next);
    this.now = next;
    if (address === location.hash) return;
    if (isStep) history.pushState(null, "", address);
    else history.replaceState(null, "", address);
  }

  /** The address of a view with the same range, smoothing, selection and filter. */
  addressOf(view: ViewName, parts: Partial<Place> = {}): string {
    return formatPlace({ ...this.now, metric: null, ...parts, view });
  }

  private read(): void {
    const next = parsePlace(location.hash);
    if (formatPlace(next) !== formatPlace(this.now)) this.now = next;
  }
}

export const place = new CurrentPlace();
