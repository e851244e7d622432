/** A rule's name → its documentation in the reader's language, the text of docs/rules; fetched when the first is opened. */

import type { Language } from "../i18n/index.svelte.ts";

const load: Record<Language, () => Promise<{ texts: Readonly<Record<string, string>> }>> = {
  en: () => import("./rule-texts-en.ts"),
  ko: () => import("./rule-texts-ko.ts"),
};

/** Markdown; empty for a rule that has none. */
export async function textOfRule(rule: string, language: Language): Promise<string> {
  const { texts } = await load[language]();
  const found = Object.entries(texts).find(([path]) => path.split("/").at(-1)!.split(".")[0] === rule);
  return found?.[1] ?? "";
}
