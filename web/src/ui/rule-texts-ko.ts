/** The Korean pages of the rules, by path. */

export const texts: Readonly<Record<string, string>> = import.meta.glob(
  ["../../../docs/rules/*.ko.md", "!../../../docs/rules/README.ko.md"],
  { query: "?raw", import: "default", eager: true },
);
