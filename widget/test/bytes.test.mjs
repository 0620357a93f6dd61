// @vitest-environment node
import { mkdtempSync, readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { expect, it } from "vitest";
import { bundle, gzipped, limits } from "../build.mjs";

it.each(Object.entries(limits))("%s has at most %i bytes as it is served", async (name, most) => {
  const path = await bundle(name, mkdtempSync(join(tmpdir(), "flowback-")));
  expect(gzipped(path)).toBeLessThanOrEqual(most);
  expect(gunzipSync(readFileSync(`${path}.gz`))).toEqual(readFileSync(path));
  expect(readFileSync(path, "utf8")).not.toMatch(/\beval\(|new Function|innerHTML|\bunload\b/);
});
