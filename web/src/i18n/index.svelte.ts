/**
 * The reader's language → its words. One language is loaded at a time; the other comes when asked for.
 *
 * Order: `?lang=` in the address, the reader's last choice, the browser's languages, English.
 */

import type { XKind } from "../chart/chart.ts";
import { formatElapsed, formatEpoch, formatStep } from "../data/numbers.ts";
import type { Dictionary } from "./en.ts";
import type { Catalogue } from "./words.ts";

export const LANGUAGES = ["en", "ko"] as const;
export type Language = (typeof LANGUAGES)[number];

const STORED = "goodfit-language";

const load: Record<Language, () => Promise<{ words: Dictionary; findings: Catalogue }>> = {
  en: async () => {
    const [page, findings] = await Promise.all([import("./en.ts"), import("$words/en.json")]);
    return { words: page.en, findings: findings.default };
  },
  ko: async () => {
    const [page, findings] = await Promise.all([import("./ko.ts"), import("$words/ko.json")]);
    return { words: page.ko, findings: findings.default };
  },
};

class Words {
  language = $state<Language>("en");
  /** The page's own words; set before anything is mounted. */
  t = $state.raw<Dictionary>(undefined as unknown as Dictionary);
  /** The words of findings, shared with the command line. */
  findings = $state.raw<Catalogue>(undefined as unknown as Catalogue);

  async use(language: Language, { isChoice }: { isChoice: boolean }): Promise<void> {
    const { words, findings } = await load[language]();
    this.language = language;
    this.t = words;
    this.findings = findings;
    document.documentElement.lang = language;
    if (isChoice) remember(language);
  }
}

export const i18n = new Words();

/** The language to start with. */
export function firstLanguage(): Language {
  const asked = new URLSearchParams(location.search).get("lang");
  const candidates = [asked, recall(), ...navigator.languages.map((tag) => tag.split("-")[0]!)];
  return (
    LANGUAGES.find((language) => language === candidates.find((one) => LANGUAGES.includes(one as Language))) ?? "en"
  );
}

/** How long ago, in the reader's language. */
export function formatAge(seconds: number): string {
  const { age } = i18n.t;
  if (seconds < 60) return age.seconds(Math.max(0, Math.floor(seconds)));
  if (seconds < 3600) return age.minutes(Math.floor(seconds / 60));
  if (seconds < 172_800) return age.hours(Math.floor(seconds / 3600));
  return age.days(Math.floor(seconds / 86_400));
}

/** A moment as date and clock time in the reader's language. */
export function formatMoment(seconds: number): string {
  return new Intl.DateTimeFormat(i18n.language, { dateStyle: "medium", timeStyle: "medium" }).format(seconds * 1000);
}

/** A place on a chart's axis as one says it. */
export function formatPlaceOn(xKind: XKind, x: number): string {
  const { chart } = i18n.t;
  if (xKind === "wall_time") return formatMoment(x);
  if (xKind === "relative") return `${chart.elapsed} ${formatElapsed(x)}`;
  if (xKind === "epoch") return `${chart.epoch} ${formatEpoch(x)}`;
  return `${chart.step} ${formatStep(xKind === "log_step" ? 10 ** x : x)}`;
}

// Storage is refused in private windows and sandboxed frames; the choice then lasts for the visit.
function remember(language: Language): void {
  try {
    localStorage.setItem(STORED, language);
  } catch {
    return;
  }
}

function recall(): string | null {
  try {
    return localStorage.getItem(STORED);
  } catch {
    return null;
  }
}
