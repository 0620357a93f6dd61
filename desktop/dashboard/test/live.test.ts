// @vitest-environment jsdom
import { afterEach, expect, test } from "vitest";
import { readerIsBusy } from "../src/state/live";

afterEach(() => {
  document.body.innerHTML = "";
});

test("a reader at the top with nothing opened is free", () => {
  document.body.innerHTML =
    "<main><table><tbody data-rows></tbody></table><button>x</button></main>";
  document.querySelector("button")?.focus();
  expect(readerIsBusy()).toBe(false);
});

test.each([
  ["an opened row", "<table><tr data-open></tr></table>"],
  ["an open dialog", "<dialog open></dialog>"],
])("%s holds updates back", (_, html) => {
  document.body.innerHTML = html;
  expect(readerIsBusy()).toBe(true);
});

test("typing holds updates back", () => {
  document.body.innerHTML = "<input>";
  document.querySelector("input")?.focus();
  expect(readerIsBusy()).toBe(true);
});

test("focus within the rows holds updates back", () => {
  document.body.innerHTML = "<ul data-rows><li><a href='#x'>x</a></li></ul>";
  document.querySelector("a")?.focus();
  expect(readerIsBusy()).toBe(true);
});
