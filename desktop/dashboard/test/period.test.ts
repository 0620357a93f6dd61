import { expect, test } from "vitest";
import { before, rolling, shifted } from "../src/lib/period";

const HOUR = 3_600_000;
const NOON = Date.UTC(2025, 8, 30, 12);

test("a rolling period has whole hours and holds the moment that is now", () => {
  for (const now of [NOON, NOON + 1, NOON + HOUR - 1]) {
    const { from, to } = rolling("24h", now);
    expect(from % HOUR).toBe(0);
    expect(to).toBe(NOON + HOUR);
    expect(now).toBeLessThan(to);
  }
});

test("the period before ends where this one begins and is as long", () => {
  const span = { from: 100, to: 130 };
  expect(before(span)).toEqual({ from: 70, to: 100 });
});

test("a period moves by its own length and never past the hour that runs", () => {
  const span = { from: NOON - 2 * HOUR, to: NOON };
  expect(shifted(span, -1, NOON)).toEqual({ from: NOON - 4 * HOUR, to: NOON - 2 * HOUR });
  expect(shifted(span, 1, NOON).to).toBe(NOON + HOUR);
});
