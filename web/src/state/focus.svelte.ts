/** Overview, selection and filter → the trainings in focus, the same in every view. */

import type { TrainingView } from "../api/schema.ts";
import { report } from "../api/report.ts";
import { chooseFocus, listLeaders, shortNames } from "../data/focus.ts";
import { groupTrainings, type Grouping } from "../data/groups.ts";
import { leadingHalf, seriesOf, type HalfSeries } from "../data/metric.ts";
import { assignSlots, N_COLOURS } from "../data/palette.ts";
import { resolveMarks } from "../data/address.ts";
import { parseQuery } from "../data/query.ts";
import { colours } from "./colours.svelte.ts";
import { place } from "./place.svelte.ts";
import { server } from "./server.svelte.ts";
import { shelf } from "./shelf.svelte.ts";

class Focus {
  readonly query = $derived(
    parseQuery(place.now.filter, { nameOf: (name) => shelf.nameOf(name), isHidden: (name) => shelf.hidden.has(name) }),
  );
  /** Trainings that the filter lets through; hidden ones only where it speaks of them. */
  readonly trainings = $derived.by((): readonly TrainingView[] => {
    const all = server.overview?.trainings ?? [];
    const { hidden } = shelf;
    const shown = hidden.size && !this.query.isOfHidden ? all.filter((training) => !hidden.has(training.name)) : all;
    return place.now.filter ? shown.filter(this.query.matches) : shown;
  });
  /** The reader's choice, by name also where the link has marks. */
  readonly selected = $derived(
    resolveMarks(place.now.selected, server.overview?.trainings.map((training) => training.name) ?? []),
  );
  private readonly chosen = $derived.by((): string => {
    const { overview } = server;
    if (!overview) return "[]";
    // The page of one training shows it alone, whatever is selected or filtered elsewhere.
    const { view, training } = place.now;
    if (view === "run" && training !== null && server.overview?.trainings.some((one) => one.name === training))
      return JSON.stringify([training]);
    const through = new Set(this.trainings.map((training) => training.name));
    const needsYou = overview.needs_you.filter((name) => through.has(name));
    return JSON.stringify(
      chooseFocus({ ...overview, trainings: [...this.trainings], needs_you: needsYou }, this.selected),
    );
  });
  /** Names in focus; the same array as long as the choice is the same, so that charts do not read again for nothing. */
  readonly names = $derived(JSON.parse(this.chosen) as readonly string[]);
  readonly labels = $derived.by(() => {
    const labels = shortNames(this.names);
    for (const name of this.names) {
      const given = shelf.labelOf(name).name;
      if (given) labels.set(name, given);
    }
    return labels;
  });
  readonly inFocus = $derived.by((): readonly TrainingView[] => {
    const names = new Set(this.names);
    return (place.now.view === "run" ? (server.overview?.trainings ?? []) : this.trainings).filter((training) =>
      names.has(training.name),
    );
  });
  /** Groups that charts draw as means with bands; null where none are asked for. A report holds no more than its lines. */
  readonly grouping = $derived.by((): Grouping | null => {
    const { group, view } = place.now;
    return group !== null && !report && (view === "curves" || view === "overview")
      ? groupTrainings(this.trainings, group)
      : null;
  });
  /** The one run that is drawn beside groups where none was chosen. */
  readonly leading = $derived.by((): readonly TrainingView[] => {
    const { overview } = server;
    const best = overview ? listLeaders({ ...overview, trainings: [...this.trainings] })[0] : undefined;
    const one = this.trainings.find((training) => training.name === best) ?? this.inFocus[0];
    return one ? [one] : [];
  });

  /** Groups keep apart from each other, and from the runs drawn beside them as long as there are colours for all. */
  private readonly groupSlots = $derived.by(() => {
    const groups = this.grouping?.groups.map((group) => group.name) ?? [];
    const beside = this.selected.length ? this.inFocus : this.leading;
    const taken = new Map<string, number>();
    for (const { name } of beside) {
      const slot = colours.slots.get(name);
      if (slot !== undefined && taken.size + groups.length < N_COLOURS) taken.set(`run ${name}`, slot);
    }
    return assignSlots([...taken.keys(), ...groups], new Map(), taken);
  });

  /** Of each metric the halves that decide, made once for all charts that show it. */
  private readonly leadingByMetric = $derived.by(() => {
    void this.trainings;
    return new Map<string, readonly HalfSeries[]>();
  });

  leadingOf(metric: string): readonly HalfSeries[] {
    const known = this.leadingByMetric.get(metric);
    if (known) return known;
    const made = leadingHalf(seriesOf(this.trainings, metric));
    this.leadingByMetric.set(metric, made);
    return made;
  }

  /** A group's colour: by its name, apart from the other groups. */
  groupColour(name: string): string {
    const chosen = shelf.colourOfGroup(name);
    return chosen ? colours.ofChoice(chosen) : colours.ofSlot(this.groupSlots.get(name) ?? 0);
  }

  /** The training under the pointer or the keyboard's cursor, drawn on top everywhere. */
  highlighted = $state<string | null>(null);

  /** Keeps colours apart; called from an effect, for it writes. */
  paintApart(): void {
    colours.assign(this.names);
  }

  /** Adds a training to the selection or takes it out; starting from the usual choice when nothing is selected. */
  toggle(name: string): void {
    const base = this.selected.length ? this.selected : this.names;
    place.change({ selected: base.includes(name) ? base.filter((one) => one !== name) : [...base, name] });
  }
}

export const focus = new Focus();
