import { expect, test } from "vitest";
import { Gate } from "../src/api/gate.ts";

/** Work that ends when told to. */
function work() {
  let end = () => {};
  const promise = new Promise<void>((resolve) => (end = resolve));
  return { promise, end: () => end() };
}

const settle = () => new Promise((resolve) => setTimeout(resolve, 0));

test("no more than its number are inside, in order", async () => {
  const gate = new Gate(2);
  const begun: number[] = [];
  const works = [work(), work(), work(), work()];
  const all = works.map((one, i) => gate.pass(() => (begun.push(i), one.promise)));
  await settle();
  expect(begun).toEqual([0, 1]);
  works[1]!.end();
  await settle();
  expect(begun).toEqual([0, 1, 2]);
  for (const one of works) one.end();
  await Promise.all(all);
  expect(begun).toEqual([0, 1, 2, 3]);
});

test("what is given up while it waits never begins, and holds nobody up", async () => {
  const gate = new Gate(1);
  const first = work();
  const begun: string[] = [];
  const one = gate.pass(() => first.promise);
  const stop = new AbortController();
  const given = gate.pass(async () => void begun.push("given up"), stop.signal);
  const last = gate.pass(async () => void begun.push("last"));
  stop.abort();
  await expect(given).rejects.toThrow();
  first.end();
  await Promise.all([one, last]);
  expect(begun).toEqual(["last"]);
});

test("a failure makes room as an answer does", async () => {
  const gate = new Gate(1);
  await expect(gate.pass(() => Promise.reject(new Error("no")))).rejects.toThrow("no");
  expect(await gate.pass(async () => 3)).toBe(3);
});
