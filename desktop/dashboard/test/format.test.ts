import { expect, test } from "vitest";
import { createFormat, middle } from "../src/lib/format";

const en = createFormat("en", "Europe/Berlin");
const de = createFormat("de", "Europe/Berlin");
const plain = (text: string) => text.replace(/[\u00a0\u202f\u2009]/g, " ");

test("a score has two decimals, a project mean three, in the reader's locale", () => {
  expect(en.score(0.3123)).toBe("0.31");
  expect(de.score(0.3123)).toBe("0,31");
  expect(en.mean(0.1118)).toBe("0.112");
});

test("a share has one decimal from 1,000 cases and none below", () => {
  expect(en.percent(0.5857, 4118)).toBe("58.6%");
  expect(en.percent(0.5857, 999)).toBe("59%");
  expect(plain(de.percent(0.5857, 4118))).toBe("58,6 %");
});

test("the range of a share says percent once", () => {
  const of = { value: 0.13, low: 0.128, high: 0.136 };
  expect(en.percentRange(of, 2000, "to")).toBe("12.8 to 13.6%");
  expect(plain(de.percentRange(of, 2000, "bis"))).toBe("12,8 bis 13,6 %");
});

test("signs are real ones", () => {
  expect(en.signed(-0.06, en.score)).toBe("−0.06");
  expect(en.signed(0.09, en.score)).toBe("+0.09");
  expect(en.signed(0, en.score)).toBe("0.00");
});

test.each([
  [740, "740 ms"],
  [14_200, "14 s"],
  [61_000, "1 min"],
  [11_520_000, "3 h 12 min"],
  [7_200_000, "2 h"],
  [3_456_000_000, "40 d"],
])("%d ms is written %j", (ms, text) => {
  expect(plain(en.duration(ms))).toBe(text);
});

test("a moment of today is a time, one of another day has its date, in the project's zone", () => {
  const now = Date.UTC(2025, 8, 30, 12, 2);
  expect(en.when(now - 60_000, now)).toBe("14:01");
  expect(en.when(Date.UTC(2025, 8, 29, 12, 0), now)).toBe("Sep 29 14:00");
});

test("a period of days ends on its last day, not on the day after", () => {
  const text = en.period(Date.UTC(2025, 7, 31, 22), Date.UTC(2025, 8, 30, 22));
  expect(plain(text)).toBe("Sep 1 – 30, 2025");
});

test("a selector is cut in its middle and both ends stay", () => {
  const selector = "form.payment > div.row > button.primary";
  const cut = middle(selector, 20);
  expect(cut).toHaveLength(20);
  expect(cut.startsWith("form.pay")).toBe(true);
  expect(cut.endsWith("primary")).toBe(true);
  expect(middle("short", 20)).toBe("short");
});
