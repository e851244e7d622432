import { fileURLToPath } from "node:url";
import { svelte } from "@sveltejs/vite-plugin-svelte";
import { defineConfig } from "vite";

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));

// The page as one script and one style sheet, for `goodfit report`, which puts them into a file with the data.
export default defineConfig({
  base: "./",
  publicDir: false,
  plugins: [svelte()],
  resolve: {
    alias: [
      { find: "$words", replacement: here("../python/goodfit/findings/words") },
      // They ask a server for all that they show or change, or are long (the rules' whole texts).
      {
        find: /^.*\/(Embeddings|Meshes|Layouts|MadeCharts|ColourPicker|RuleText)\.svelte$/,
        replacement: here("src/views/NotInReport.svelte"),
      },
    ],
  },
  define: { "process.env.NODE_ENV": JSON.stringify("production") },
  build: {
    outDir: here("../python/goodfit/server/static/report"),
    emptyOutDir: true,
    target: "es2022",
    cssCodeSplit: false,
    lib: { entry: here("src/main.ts"), formats: ["iife"], name: "goodfitPage", fileName: () => "report.js", cssFileName: "report" },
  },
  worker: { format: "iife" },
});
