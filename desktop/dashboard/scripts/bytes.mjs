// Prints what the first page costs over the wire: every file that index.html names, and the font, gzip 9.
import { readdirSync, readFileSync } from "node:fs";
import { gzipSync } from "node:zlib";

const root = new URL("../../../hub/static/", import.meta.url);
const html = readFileSync(new URL("index.html", root), "utf8");
const named = [...html.matchAll(/(?:src|href)="\/([^"]+)"/g)].map(([, name]) => name);
const fonts = readdirSync(new URL("assets/", root)).filter((name) => name.endsWith(".woff2"));
const files = ["index.html", ...named, ...fonts.map((name) => `assets/${name}`)];
let total = 0;
for (const name of files) {
  const body = readFileSync(new URL(name, root));
  // A font is compressed already and travels as it is.
  const bytes = name.endsWith(".woff2") ? body.length : gzipSync(body, { level: 9 }).length;
  total += bytes;
  process.stderr.write(`${String(bytes).padStart(8)}  ${name}\n`);
}
process.stdout.write(`${JSON.stringify({ first_page_gzip_bytes: total })}\n`);
