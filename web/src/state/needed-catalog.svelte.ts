/** A view that lists tags → whether the catalog it needs was read. Made with its component; `ready` waits for it. */

import { hold, release } from "./painted.ts";
import { server } from "./server.svelte.ts";

export class NeededCatalog {
  isRead = $state(server.catalog !== null);

  constructor() {
    hold(this);
    void server.needCatalog().finally(() => {
      this.isRead = true;
      release(this);
    });
    $effect(() => () => release(this));
  }
}
