/**
 * Gzip by zopfli, which takes longer and gives 3 to 7 % fewer bytes than `gzip -9`.
 * `node zip.mjs FILE…` prints the bytes that each would have, as JSON; so are peers measured.
 */
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import zopfli from "@gfx/zopfli";

/** Returns `data` as one gzip member; the same for the same data. */
export const zip = (data) => zopfli.gzipAsync(Buffer.from(data), { numiterations: 15 });

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const sizes = process.argv.slice(2).map(async (file) => (await zip(readFileSync(file))).length);
  console.log(JSON.stringify(await Promise.all(sizes)));
}
