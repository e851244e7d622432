import { describe, expect, test } from "vitest";
import { Batch, type Post } from "../src/api/batch.ts";

/** A frame as the server makes it. */
function frame(header: unknown, ...parts: Uint8Array[]): ArrayBuffer {
  const text = new TextEncoder().encode(JSON.stringify(header));
  const padded = Math.ceil((4 + text.length) / 4) * 4 - 4;
  const size = 4 + padded + parts.reduce((sum, part) => sum + Math.ceil(part.length / 4) * 4, 0);
  const bytes = new Uint8Array(size).fill(32);
  new DataView(bytes.buffer).setUint32(0, padded, true);
  bytes.set(text, 4);
  let at = 4 + padded;
  for (const part of parts) {
    bytes.set(part, at);
    at += Math.ceil(part.length / 4) * 4;
  }
  return bytes.buffer;
}

const bytesOf = (buffer: ArrayBuffer) => [...new Uint8Array(buffer)];

describe("a batch", () => {
  test("of one question asks at its own address", async () => {
    const asked: unknown[] = [];
    const batch = new Batch(
      async (path, body) => (asked.push([path, body]), new ArrayBuffer(8)),
      () => new Error(),
    );
    expect((await batch.ask("curves", { px: 1 })).byteLength).toBe(8);
    expect(asked).toEqual([["api/curves", { px: 1 }]]);
  });

  test("of several is one request, and each has its own answer or error", async () => {
    const asked: unknown[] = [];
    const post: Post = async (path, body) => {
      asked.push([path, body]);
      const header = {
        curves: [{ size_bytes: 5 }, { size_bytes: 0, error: { error: "not_found", message: "gone", hint: null } }],
        density: [{ size_bytes: 3 }],
      };
      return frame(header, Uint8Array.of(1, 2, 3, 4, 5), new Uint8Array(), Uint8Array.of(7, 8, 9));
    };
    const batch = new Batch(post, (part) => new Error(part.message));
    const [picture, first, second] = await Promise.allSettled([
      batch.ask("density", "d"),
      batch.ask("curves", "a"),
      batch.ask("curves", "b"),
    ]);
    expect(asked).toEqual([["api/charts", { curves: ["a", "b"], density: ["d"] }]]);
    expect(first).toMatchObject({ status: "fulfilled" });
    expect(bytesOf((first as PromiseFulfilledResult<ArrayBuffer>).value)).toEqual([1, 2, 3, 4, 5]);
    expect((second as PromiseRejectedResult).reason).toEqual(new Error("gone"));
    expect(bytesOf((picture as PromiseFulfilledResult<ArrayBuffer>).value)).toEqual([7, 8, 9]);
  });

  test("one that is given up leaves the others, and all given up end the request", async () => {
    let signal: AbortSignal | undefined;
    const batch = new Batch(
      (_, __, given) => {
        signal = given;
        return new Promise((_, reject) => given.addEventListener("abort", () => reject(given.reason as Error)));
      },
      () => new Error(),
    );
    const [a, b] = [new AbortController(), new AbortController()];
    const answers = Promise.allSettled([batch.ask("curves", 1, a.signal), batch.ask("curves", 2, b.signal)]);
    await Promise.resolve();
    a.abort();
    expect(signal!.aborted).toBe(false);
    b.abort();
    expect(signal!.aborted).toBe(true);
    expect((await answers).map((one) => one.status)).toEqual(["rejected", "rejected"]);
  });

  test("a failure of the request is each one's failure", async () => {
    const batch = new Batch(
      () => Promise.reject(new Error("no server")),
      () => new Error(),
    );
    const found = await Promise.allSettled([batch.ask("curves", 1), batch.ask("density", 2)]);
    expect(found.map((one) => (one as PromiseRejectedResult).reason.message)).toEqual(["no server", "no server"]);
  });
});
