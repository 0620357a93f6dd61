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
export const limits = { "flowback-core.js": 9895, "flowback.js": 17336 };

/** How terser packs: names that begin with `_` are the widget's own and become one letter. */
const small = {
  ecma: 2020,
  toplevel: true,
  compress: {
    passes: 4,
    keep_fargs: false,
    pure_getters: true,
    unsafe_arrows: true,
    unsafe_methods: true,
  },
  mangle: { properties: { regex: /^_/ } },
  format: { ecma: 2020 },
};

const common = {
  bundle: true,
  target: "es2021",
  charset: "utf8",
  legalComments: "none",
  logLevel: "warning",
  write: false,
};

/** Packs the languages: the names of the texts once, then text by text. */
const languages = {
  name: "languages",
  setup({ onLoad }) {
    onLoad({ filter: /texts\/languages\.ts$/ }, async ({ path }) => {
      const { outputFiles } = await build({ ...common, entryPoints: [path], format: "esm" });
      const url = `data:text/javascript,${encodeURIComponent(outputFiles[0].text)}`;
      const { LANGUAGES } = await import(url);
      const names = Object.keys(LANGUAGES.en);
      const lines = Object.entries(LANGUAGES).map(([tag, texts]) =>
        [tag, ...names.map((name) => texts[name])].join("|"),
      );
      const contents = `export const LANGUAGES = {};
        for (const block of ${JSON.stringify(lines.join("||"))}.split("||")) {
          const [tag, ...texts] = block.split("|");
          LANGUAGES[tag] = {};
          "${names.join(" ")}".split(" ").map((name, i) => (LANGUAGES[tag][name] = texts[i]));
        }`;
      return { contents, loader: "js" };
    });
  },
};

/** A named function at the top is as good as an arrow, which is shorter. */
const arrows = (code) =>
  code.replace(
    /^ {2}(async )?function (\w+)\((.*)\) \{\n((?: {4}.*\n|\n)*) {2}\}$/gm,
    (_, wait = "", name, given, body) => `  const ${name} = ${wait}(${given}) => {\n${body}  };`,
  );

/** Build one script; returns its path. */
export async function bundle(name, folder = scripts[name].folder) {
  mkdirSync(folder, { recursive: true });
  const outfile = join(folder, name);
  const { outputFiles } = await build({
    ...common,
    entryPoints: [join(here, scripts[name].entry)],
    format: "iife",
    plugins: [languages],
  });
  const { code } = await minify(arrows(outputFiles[0].text), small);
  // A page may have broken what the language itself calls, such as how arrays are walked.
  writeFileSync(outfile, `try{${code.trim()}}catch{}`);
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
