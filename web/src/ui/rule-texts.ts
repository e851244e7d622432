/** A rule's name → its documentation, the text of docs/rules, in one file that is fetched when the first is opened. */

const texts: Readonly<Record<string, string>> = import.meta.glob("../../../docs/rules/*.md", {
  query: "?raw",
  import: "default",
  eager: true,
});

/** Markdown without its title, which the page has above it; empty for a rule that has none. */
export function textOfRule(rule: string): string {
  const found = Object.entries(texts).find(([path]) => path.endsWith(`/${rule}.md`));
  return found ? found[1].replace(/^# .*\n/, "").replace(/^!\[.*\n/gm, "") : "";
}
