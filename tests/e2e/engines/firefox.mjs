/**
 * Drives Firefox over WebDriver BiDi for the tests: a line of JSON in,
 * `[act, which, ...arguments]`, a line out, `{value}` or `{error}`.
 */
import { createInterface } from "node:readline";
import puppeteer from "puppeteer-core";

const browser = await puppeteer.launch({
  browser: "firefox",
  executablePath: process.argv[2],
  headless: true,
  defaultViewport: { width: 1280, height: 900 },
  extraPrefsFirefox: { "intl.accept_languages": "en-US" },
});

const things = [];
/** Where the pointer of each page is. */
const at = {};
const keep = (thing) => things.push(thing) - 1;

const acts = {
  profile: async () => keep(await browser.createBrowserContext()),
  tab: async (which) => keep(await things[which].newPage()),
  forget: (which) => things[which].close(),
  run: (which, expression) => things[which].evaluate(expression),
  move: (which, x, y) => things[which].mouse.move(x, y),
  press: (which, count) => things[which].mouse.click(...at[which], { count }),
  wheel: (which, deltaY) => things[which].mouse.wheel({ deltaY }),
  key: async (which, ...names) => {
    for (const name of names) await things[which].keyboard.press(name);
  },
  close: (which) => things[which].close({ runBeforeUnload: true }),
  picture: (which) => things[which].screenshot({ encoding: "base64" }),
};

console.log(JSON.stringify({ value: await browser.version() }));
for await (const line of createInterface({ input: process.stdin })) {
  const [act, which, ...rest] = JSON.parse(line);
  if (act === "move") at[which] = rest;
  try {
    const value = (await acts[act](which, ...rest)) ?? null;
    console.log(JSON.stringify({ value }));
  } catch (error) {
    console.log(JSON.stringify({ error: `${act}: ${error}` }));
  }
}
await browser.close();
