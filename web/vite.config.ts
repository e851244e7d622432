import { fileURLToPath } from "node:url";
import { svelte } from "@sveltejs/vite-plugin-svelte";
import { defineConfig, type Plugin } from "vite";
import { cutRulePages } from "./rule-pages.ts";

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));

/**
 * Chromium compiles most functions when they are first called, while the reader waits; of this file it compiles all of them
 * beside the page's thread, as it comes. The mark must be the first line.
 */
const compileAhead: Plugin = {
  name: "compile-ahead",
  generateBundle: {
    order: "post",
    handler(_, bundle) {
      for (const one of Object.values(bundle))
        if (one.type === "chunk" && one.name === "start") one.code = `//# allFunctionsCalledOnLoad\n${one.code}`;
    },
  },
};

// Relative addresses everywhere, so that the page works under any prefix (Jupyter, VS Code, SSH).
export default defineConfig({
  base: "./",
  plugins: [svelte(), cutRulePages(), compileAhead],
  resolve: { alias: { $words: here("../python/goodfit/findings/words") } },
  build: {
    outDir: here("../python/goodfit/server/static"),
    emptyOutDir: true,
    target: "es2022",
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    // What the start needs is one file: ten small ones wait for each other's connections.
    rolldownOptions: { output: { codeSplitting: { groups: [{ name: "start", test: /\/src\/main\.ts$/ }] } } },
  },
  worker: { format: "es" },
  server: { fs: { allow: [here("..")] }, proxy: { "/api": "http://127.0.0.1:6006" } },
});
