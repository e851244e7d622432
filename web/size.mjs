/**
 * The built page → its sizes, and failure when the first load or the whole is too heavy.
 *
 * First load is what a reader fetches before anything is on screen: the files that index.html names and one language (its
 * words and the words of findings). Compressed as a server with gzip would; loopback needs no compression, the budget keeps
 * the page light on slow links and quick to parse.
 */

import { readdirSync, readFileSync } from "node:fs";
import { gzipSync } from "node:zlib";

const FIRST_LOAD_KB = 110;
// The page, and most of it once more as the one script of a report.
const ALL_KB = 1300;

const folder = new URL("../python/goodfit/server/static/", import.meta.url);
const read = (name) => readFileSync(new URL(name, folder));
const index = read("index.html").toString();
const named = [...index.matchAll(/(?:src|href)="\.\/([^"]+\.(?:js|css))"/g)].map((match) => match[1]);
const assets = readdirSync(new URL("assets/", folder)).map((name) => `assets/${name}`);
const gz = (name) => gzipSync(read(name), { level: 9 }).length / 1024;
const sum = (names) => names.reduce((total, name) => total + gz(name), 0);

const shell = sum(["index.html", ...named]);
const language = Math.max(
  ...["en", "ko"].map((code) => sum(assets.filter((name) => name.startsWith(`assets/${code}-`)))),
);
const all = assets.reduce((total, name) => total + read(name).length / 1024, 0);
const outside = assets.flatMap((name) =>
  [
    ...read(name)
      .toString()
      .matchAll(/https?:\/\/[^\s"'`)\\]+/g),
  ].map((match) => match[0]),
);
const foreign = [...new Set(outside)].filter(
  (address) => !/^https?:\/\/(www\.w3\.org\/|svelte\.dev\/e\/)/.test(address),
);

for (const name of [...named, ...assets.filter((one) => !named.includes(one))])
  console.log(`${gz(name).toFixed(1).padStart(7)} KB  ${name}`);
console.log(
  `first load ${(shell + language).toFixed(1)} KB (shell ${shell.toFixed(1)}, one language ${language.toFixed(1)}); allowed ${FIRST_LOAD_KB}`,
);
console.log(`all assets, raw: ${all.toFixed(0)} KB; allowed ${ALL_KB}`);
if (foreign.length) console.error(`outside addresses: ${foreign.join(" ")}`);
process.exitCode = shell + language > FIRST_LOAD_KB || all > ALL_KB || foreign.length ? 1 : 0;
