import { fileURLToPath } from "node:url";
import { svelte } from "@sveltejs/vite-plugin-svelte";
import { defineConfig } from "vite";
import { cutRulePages } from "./rule-pages.ts";

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));

// Relative addresses everywhere, so that the page works under any prefix (Jupyter, VS Code, SSH).
export default defineConfig({
  base: "./",
  plugins: [svelte(), cutRulePages()],
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
