import { readFileSync, readdirSync } from "node:fs";
import { expect, test } from "vitest";
import { textOfRule } from "../src/ui/rule-texts.ts";
import { cutRulePage } from "../rule-pages.ts";

const FOLDER = new URL("../../docs/rules/", import.meta.url);
const rules = readdirSync(FOLDER)
  .filter((name) => name.endsWith(".md") && !name.endsWith(".ko.md") && name !== "README.md")
  .map((name) => name.replace(".md", ""));

test("what the card says already is cut, the test and the limits stay word for word", () => {
  const page = readFileSync(new URL("spike.ko.md", FOLDER), "utf-8");
  const cut = cutRulePage(page);
  expect(cut).toMatch(/^\*\*손실이 갑자기 튀었나요\?\*\* /);
  expect(cut.match(/^## .+$/gm)).toEqual(["## 검사하는 것", "## 틀릴 수 있는 경우"]);
  for (const part of cut.split("\n\n")) expect(page).toContain(part);
  expect(cut).not.toContain("spike.svg");
  expect(cut).not.toContain("[English]");
});

test("what leads to another file is its name alone", () => {
  const page = readFileSync(new URL("oscillation.md", FOLDER), "utf-8");
  expect(page).toContain("[sawtooth](sawtooth.md)");
  expect(cutRulePage(page)).toContain("A swing of one epoch is called sawtooth.");
});

test("each rule has its text in both languages", async () => {
  expect(rules.length).toBeGreaterThan(20);
  for (const rule of rules) {
    expect(await textOfRule(rule, "en"), rule).toMatch(/^\*\*[A-Z][^]*## What is tested\n[^]*## When it lies\n/);
    expect(await textOfRule(rule, "ko"), rule).toMatch(/^\*\*[^]*## 검사하는 것\n[^]*## 틀릴 수 있는 경우\n/);
  }
  expect(await textOfRule("no_such_rule", "ko")).toBe("");
});
