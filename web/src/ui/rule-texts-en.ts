/** The English pages of the rules, by path. */

export const texts: Readonly<Record<string, string>> = import.meta.glob(
  ["../../../docs/rules/*.md", "!../../../docs/rules/*.ko.md", "!../../../docs/rules/README.md"],
  { query: "?raw", import: "default", eager: true },
);
