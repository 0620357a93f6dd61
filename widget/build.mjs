/**
 * Builds the two scripts and the npm package, and prints the scripts' size.
 *
 * `flowback.js` is everything, served by the edge as `GET /flowback.js`;
 * `flowback-core.js` is consent, queue, signals and throttle in one language,
 * without the question and the panel. The package is everything as an ES module with types.
 */
import { execFileSync } from "node:child_process";
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { minify } from "terser";
import uglify from "uglify-js";
import { zip } from "./zip.mjs";

const here = dirname(fileURLToPath(import.meta.url));
const served = join(here, "../edge/collector/static");

/** Name → what it has beside the core, and where it is written. */
export const scripts = {
  "flowback-core.js": { parts: "src/parts.core.ts", first: [], folder: join(here, "build") },
  // What is not ASCII stands together, apart from the code: both pack better.
  "flowback.js": { parts: "src/parts.ts", first: ["src/texts/languages.ts"], folder: served },
};

/** Most bytes of each as gzip by zopfli, as the edge serves it: a test fails above. They only go down; the floors are 8,192 and 15,360. */
export const limits = { "flowback-core.js": 9358, "flowback.js": 16749 };

/**
 * How two packers pack one after the other: what the second finds in the work of the first
 * is 2 %. Names that begin with `_` are the widget's own and become one letter.
 */
const terse = {
  ecma: 2020,
  toplevel: true,
  compress: {
    passes: 4,
    keep_fargs: false,
    pure_getters: true,
    unsafe_arrows: true,
    unsafe_methods: true,
  },
  mangle: false,
};
const uglier = {
  toplevel: true,
  compress: { passes: 4, keep_fargs: false, pure_getters: true, inline: 1, varify: false },
  mangle: { properties: { regex: /^_/ } },
};

const common = {
  bundle: true,
  target: "es2021",
  // The code is a module: strict either way.
  tsconfigRaw: { compilerOptions: { alwaysStrict: false } },
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

/** Takes `file` for what the script has beside the core. */
const having = (file) => ({
  name: "parts",
  setup({ onResolve }) {
    onResolve({ filter: /\/parts$/ }, () => ({ path: join(here, file) }));
  },
});

/** A named function at the top is as good as an arrow, which is shorter; one keyword declares all. */
const arrows = (code) =>
  code
    .replace(
      /^ {2}(async )?function (\w+)\((.*)\) \{\n((?: {4}.*\n|\n)*) {2}\}$/gm,
      (_, wait = "", name, given, body) => `  const ${name} = ${wait}(${given}) => {\n${body}  };`,
    )
    .replace(/\b(var|const) /g, "let ");

/** Build one script, and beside it the same as gzip; returns its path. */
export async function bundle(name, folder = scripts[name].folder) {
  mkdirSync(folder, { recursive: true });
  const outfile = join(folder, name);
  const { parts, first } = scripts[name];
  const { outputFiles } = await build({
    ...common,
    entryPoints: [join(here, "src/flowback.ts")],
    inject: first.map((file) => join(here, file)),
    format: "iife",
    plugins: [having(parts), languages],
  });
  const once = await minify(arrows(outputFiles[0].text), terse);
  const { code, error } = uglify.minify(once.code, uglier);
  if (error) throw error;
  // A page may have broken what the language itself calls, such as how arrays are walked.
  // Style sheets need no line breaks.
  const script = `try{${code.trim().replaceAll("}\\n", "}")}}catch{}`;
  writeFileSync(outfile, script);
  writeFileSync(`${outfile}.gz`, await zip(script));
  return outfile;
}

/** Build the npm package's module and its types into `folder`. */
export async function pack(folder = join(here, "build/package")) {
  rmSync(folder, { recursive: true, force: true });
  const entry = join(here, "src/index.ts");
  const { outputFiles } = await build({
    ...common,
    entryPoints: [entry],
    format: "esm",
    minify: true,
    mangleProps: /^_/,
    plugins: [languages],
  });
  const shape = ["--declaration", "--emitDeclarationOnly", "--noEmit", "false"];
  const options = ["--outDir", folder, "--rootDir", join(here, "src"), "--skipLibCheck"];
  const lib = ["--lib", "es2022,dom,dom.iterable", "--types", "", "--target", "es2021"];
  const module = ["--module", "esnext", "--moduleResolution", "bundler", "--strict"];
  const tsc = join(here, "node_modules/typescript/bin/tsc");
  const all = [entry, "--ignoreConfig", ...shape, ...options, ...lib, ...module];
  execFileSync(process.execPath, [tsc, ...all], { stdio: "inherit" });
  // As node resolves them: with their extension.
  for (const path of readdirSync(folder, { recursive: true })) {
    if (!path.endsWith(".d.ts")) continue;
    const file = join(folder, path);
    const named = readFileSync(file, "utf8").replace(
      /(from|import\()( ?)"(\..*?)"/g,
      (_, how, gap, to) => {
        const found = existsSync(join(dirname(file), `${to}.d.ts`)) ? `${to}.js` : `${to}/index.js`;
        return `${how}${gap}"${found}"`;
      },
    );
    writeFileSync(file, named);
  }
  writeFileSync(join(folder, "index.js"), outputFiles[0].text);
  return folder;
}

/** Bytes of a script as it is served. */
export const gzipped = (path) => statSync(`${path}.gz`).size;

/** `node build.mjs` builds all; `node build.mjs package` the npm package alone. */
if (process.argv[1] === fileURLToPath(import.meta.url)) {
  for (const name of process.argv[2] === "package" ? [] : Object.keys(scripts)) {
    console.log(`${name} ${gzipped(await bundle(name))} B gzip`);
  }
  await pack();
}
