/**
 * The server's stream of ticks → calls, over one connection per browser.
 *
 * Browsers allow about six connections to a host; with one stream a tab the seventh tab would hang. So one tab, the holder of
 * a lock, reads the stream and tells the others over a channel; when it closes, the next holder takes over. Where locks are
 * missing (plain HTTP to another machine) each tab reads for itself.
 */

import { report } from "./report.ts";
import type { Tick } from "./schema.ts";

export interface LiveEvents {
  onTick(tick: Tick): void;
  onState(state: "live" | "lost"): void;
}

const CHANNEL = "goodfit-live";
const FIRST_WAIT_MS = 500;
/** One tab of a browser asks; that costs a server nothing. */
const LONGEST_WAIT_MS = 5_000;

/** Follows the stream until the returned function is called. */
export function followTicks(events: LiveEvents): () => void {
  if (report) {
    events.onState("live");
    return () => undefined;
  }
  const stop = new AbortController();
  if (!navigator.locks || typeof BroadcastChannel === "undefined") {
    void readStream(events, stop.signal);
    return () => stop.abort();
  }
  const name = `${CHANNEL}:${new URL(".", location.href).href}`;
  const channel = new BroadcastChannel(name);
  let lastHeard = "";
  channel.onmessage = (message: MessageEvent<{ tick?: Tick; state?: "live" | "lost"; ask?: true }>) => {
    if (message.data.tick) events.onTick(message.data.tick);
    if (message.data.state) events.onState(message.data.state);
    if (message.data.ask && lastHeard) channel.postMessage({ state: lastHeard });
  };
  channel.postMessage({ ask: true });
  const leader: LiveEvents = {
    onTick(tick) {
      events.onTick(tick);
      channel.postMessage({ tick });
    },
    onState(state) {
      lastHeard = state;
      events.onState(state);
      channel.postMessage({ state });
    },
  };
  navigator.locks.request(name, { signal: stop.signal }, () => readStream(leader, stop.signal)).catch(() => undefined);
  return () => {
    stop.abort();
    channel.close();
  };
}

/** Reads until aborted; after a break waits longer each time, with jitter, so that twenty tabs do not return at once. */
async function readStream(events: LiveEvents, signal: AbortSignal): Promise<void> {
  let wait = FIRST_WAIT_MS;
  while (!signal.aborted) {
    await readOnce(events, signal, () => (wait = FIRST_WAIT_MS));
    if (signal.aborted) return;
    events.onState("lost");
    await pause(wait * (0.75 + Math.random() / 2), signal);
    wait = Math.min(LONGEST_WAIT_MS, wait * 2);
  }
}

function readOnce(events: LiveEvents, signal: AbortSignal, onOpen: () => void): Promise<void> {
  return new Promise((resolve) => {
    const source = new EventSource("api/stream");
    const end = () => {
      source.close();
      resolve();
    };
    source.addEventListener("open", () => {
      onOpen();
      events.onState("live");
    });
    source.addEventListener("tick", (event) => events.onTick(JSON.parse((event as MessageEvent<string>).data) as Tick));
    source.addEventListener("error", end);
    signal.addEventListener("abort", end, { once: true });
  });
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ms);
    signal.addEventListener("abort", () => (clearTimeout(timer), resolve()), { once: true });
  });
}
