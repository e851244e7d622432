import { expect, test } from "vitest";
import { listLevels } from "../src/data/levels.ts";

test("few levels are all named, of many the best and the worst", () => {
  expect(listLevels({ levels: ["vit", "resnet"], n_levels: 2 })).toEqual(["vit", "resnet"]);
  expect(listLevels({ levels: [..."abcde"], n_levels: 5 })).toEqual([..."abcde"]);
  expect(listLevels({ levels: [..."abcdef"], n_levels: 6 })).toEqual(["a", "b", "c", "…", "f"]);
});

test("the last of those sent is not called the worst where more were left out", () =>
  expect(listLevels({ levels: [..."abcdef"], n_levels: 90 })).toEqual(["a", "b", "c", "…"]));
