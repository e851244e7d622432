/**
 * A page of docs/rules → what the page of a training does not say already. A finding's card has the causes, the advice
 * and what would change the verdict, with the numbers of the training; left are the question and what it needs, what is
 * tested, and when the rule lies.
 */

import { readFile } from "node:fs/promises";
import type { Plugin } from "vite";

const PAGE = /^(.*\/docs\/rules\/\w+(?:\.ko)?\.md)\?raw$/;
/** Places of the sections that are kept, among five; their headings are in the page's own language. */
const KEPT = [0, 4];
/** To the page of another rule, which is a file beside this one and no address of the page of a training. */
const LINK = /\[([^\]]+)\]\(\w+(?:\.ko)?\.md\)/g;

export function cutRulePage(markdown: string): string {
  const [head = "", ...sections] = markdown.split(/^(?=## )/m);
  const question = head.split("\n\n").filter((part) => part.startsWith("**"));
  const kept = [...question, ...KEPT.map((place) => (sections[place] ?? "").trim())].join("\n\n");
  return kept.replace(LINK, "$1");
}

/** Has them cut as they are read, so that the rest is not shipped. */
export function cutRulePages(): Plugin {
  return {
    name: "cut-rule-pages",
    enforce: "pre",
    load: {
      filter: { id: PAGE },
      async handler(id) {
        const path = PAGE.exec(id)![1]!;
        this.addWatchFile(path);
        return `export default ${JSON.stringify(cutRulePage(await readFile(path, "utf-8")))}`;
      },
    },
  };
}
