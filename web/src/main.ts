/** The page's start: language and theme first, then the address, the server, and the first paint. */

import { mount } from "svelte";
import { openReport } from "./api/report.ts";
import App from "./App.svelte";
import { firstLanguage, i18n } from "./i18n/index.svelte.ts";
import { askAhead } from "./state/ahead.ts";
import { clock } from "./state/clock.svelte.ts";
import { hold, publishReady, release } from "./state/painted.ts";
import { place } from "./state/place.svelte.ts";
import { server } from "./state/server.svelte.ts";
import { shelf } from "./state/shelf.svelte.ts";
import { theme } from "./state/theme.svelte.ts";
import "./ui/page.css";

const start = {};
hold(start);
publishReady();
theme.start();
place.start();

function begin(): void {
  const pageWidthPx = document.documentElement.clientWidth;
  server.start({ onFirst: () => askAhead(pageWidthPx) });
  hold(shelf);
  void shelf.start().finally(() => release(shelf));
  clock.start();
  void i18n.use(firstLanguage(), { isChoice: false }).then(() => {
    mount(App, { target: document.getElementById("app")! });
    release(start);
  });
}

const saved = document.getElementById("goodfit-report");
if (saved) void openReport(saved).then(begin);
else begin();
