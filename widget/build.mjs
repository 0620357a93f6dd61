/**
 * Builds the two scripts and prints their size.
 *
 * `flowback.js` is everything, served by the edge as `GET /flowback.js`;
 * `flowback-core.js` is consent, queue, signals and throttle in one language,
 * without the question and the panel.
 */
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { build } from "esbuild";
import { minify } from "terser";

const here = dirname(fileURLToPath(import.meta.url));
const served = join(here, "../edge/collector/static");

/** Name → entry and where it is written. */
export const scripts = {
  "flowback-core.js": { entry: "src/core.ts", folder: join(here, "build") },
  "flowback.js": { entry: "src/flowback.ts", folder: served },
};

/** Most bytes of each under gzip -9: a test fails above. They only go down; the floors are 8,192 and 15,360. */
export const limits = { "flowback-core.js": 11579, "flowback.js": 19573 };

/** How terser packs: names that begin with `_` are the widget's own and become one letter. */
const small = {
  ecma: 2020,
  toplevel: true,
  compress: { passes: 4, keep_fargs: false, pure_getters: true, unsafe_arrows: true },
  mangle: { properties: { regex: /^_/ } },
  format: { ecma: 2020 },
};

/** Build one script; returns its path. */
export async function bundle(name, folder = scripts[name].folder) {
  mkdirSync(folder, { recursive: true });
  const outfile = join(folder, name);
  const { outputFiles } = await build({
    entryPoints: [join(here, scripts[name].entry)],
    bundle: true,
    format: "iife",
    target: "es2021",
    charset: "utf8",
    legalComments: "none",
    logLevel: "warning",
    write: false,
  });
  const { code } = await minify(outputFiles[0].text, small);
  writeFileSync(outfile, code);
  return outfile;
}

/** Bytes of a file under gzip -9, as `make bench` and the test count them. */
export const gzipped = (path) => gzipSync(readFileSync(path), { level: 9 }).length;

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  for (const name of Object.keys(scripts)) {
    const path = await bundle(name);
    console.log(`${name} ${gzipped(path)} B gzip`);
  }
}
