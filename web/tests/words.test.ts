import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import en from "$words/en.json";
import ko from "$words/ko.json";
import type { FindingView } from "../src/api/schema.ts";
import { en as enPage } from "../src/i18n/en.ts";
import { ko as koPage } from "../src/i18n/ko.ts";
import { formatNamed, renderAdvice, renderMessage, type Catalogue } from "../src/i18n/words.ts";
import { finding } from "./overview.ts";

const catalogues: Record<string, Catalogue> = { en, ko };

// Worked out by hand from the rules in the catalogue's README.
test.each([
  ["best_step", 41207, "41,207"],
  ["n_points", 1234567, "1,234,567"],
  ["noise_share", 0.0731, "7.3%"],
  ["confidence", 0.97, "97%"],
  ["tiny_share", 0.0004, "0.04%"],
  ["full_share", 1, "100%"],
  ["rise_sigmas", 9.1, "9.1"],
  ["rise_sigmas", 7, "7"],
  ["rise_sigmas", 640.2, "640"],
  ["rise_sigmas", 1e6, "1,000,000"],
  ["rise_sigmas", 9_999_999, "9,999,999"],
  ["rise_sigmas", 1e7, "1e7"],
  ["rise_sigmas", -23_456_789, "-2.346e7"],
  ["odd_share", 99_999, "9,999,900%"],
  ["odd_share", 123_456.789, "1.235e7%"],
  ["value", 0.4213, "0.4213"],
  ["value", 12345, "12350"],
  ["value", 1.504e-5, "1.504e-5"],
  ["value", 2e30, "2e30"],
  ["value", -0.25, "-0.25"],
  ["value", 0, "0"],
  ["value", null, "—"],
  ["half", "validation", "validation"],
  ["rise_sigmas", Infinity, "Infinity"],
])("%s %s reads %s", (name, value, text) => expect(formatNamed(name, value, en)).toBe(text));

interface Golden {
  readonly values: readonly { readonly name: string; readonly value: unknown; readonly text: string }[];
  readonly findings: readonly {
    readonly language: "en" | "ko";
    readonly finding: FindingView;
    readonly message: string;
    readonly advice: readonly string[];
  }[];
}

const golden = JSON.parse(readFileSync(new URL("../../tests/golden/words.json", import.meta.url), "utf-8")) as Golden;

describe("cases shared with the command line", () => {
  test.each(golden.values)("$name $value reads $text", ({ name, value, text }) =>
    expect(formatNamed(name, value, en)).toBe(text),
  );

  test.each(golden.findings)("$finding.rule in $language", ({ language, finding: given, message, advice }) => {
    expect(renderMessage(given, catalogues[language]!)).toBe(message);
    expect(renderAdvice(given, catalogues[language]!)).toEqual(advice);
  });
});

test("a rule that this version has no words for is named, never a blank", () => {
  expect(renderMessage(finding("from_the_future"), en)).toContain("from_the_future");
});

/** Paths of all texts, and which of them are functions. */
function shape(words: object, path = ""): string[] {
  return Object.entries(words).flatMap(([key, value]: [string, unknown]) =>
    typeof value === "object" && value !== null ? shape(value, `${path}.${key}`) : [`${path}.${key}:${typeof value}`],
  );
}

test("Korean has every word that English has, and no other", () => {
  expect(shape(koPage).toSorted()).toEqual(shape(enPage).toSorted());
  expect(shape(ko).toSorted()).toEqual(shape(en).toSorted());
});

test("no Korean word was left in English", () => {
  const left = shape(koPage).length;
  const korean = JSON.stringify(koPage, (_key, value: unknown) =>
    typeof value === "function" ? String((value as (...all: number[]) => string)(1, 2)) : value,
  );
  expect(left).toBeGreaterThan(100);
  expect(korean.match(/[가-힣]/g)!.length).toBeGreaterThan(600);
});

test("the headline counts in both languages", () => {
  expect(enPage.headline.needYou(2, 12)).toBe("2 of 12 training runs need you");
  expect(enPage.headline.needYou(1, 1)).toBe("1 of 1 training run needs you");
  expect(koPage.headline.needYou(2, 312)).toBe("학습 실행 312개 중 2개를 확인해 주세요");
});
