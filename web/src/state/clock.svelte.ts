/** The server's time as a value that moves once a second, for ages on the page. */

import { server } from "./server.svelte.ts";

class Clock {
  now = $state(0);

  start(): void {
    this.now = server.now();
    setInterval(() => (this.now = server.now()), 1000);
  }
}

export const clock = new Clock();
