import { expect, test } from "vitest";
import {
  band,
  filled,
  nearest,
  niceTicks,
  type Point,
  runs,
  stacked,
  timeTicks,
  zoneOffset,
} from "../src/charts/geometry";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const ZERO = { a: 0, b: 0 };
const point = (at: number, a = 1, b = 1): Point<"a" | "b"> => ({ at, values: { a, b } });

test("an axis begins at 0, reaches its highest value and has at most five lines", () => {
  for (const max of [0.03, 0.7, 1, 3, 4, 5, 9, 41, 127, 999, 1001, 123_456]) {
    const ticks = niceTicks(max);
    expect(ticks[0]).toBe(0);
    expect(ticks.at(-1)).toBeGreaterThanOrEqual(max);
    expect(ticks.length).toBeLessThanOrEqual(5);
    if (max >= 1) expect(ticks.every(Number.isInteger)).toBe(true);
  }
  expect(niceTicks(0)).toEqual([0, 1]);
});

test("a time axis has few labels, on round hours of the zone", () => {
  const from = Date.UTC(2025, 8, 1, 0);
  const offset = 2 * HOUR;
  const ticks = timeTicks(from, from + 30 * DAY, 8, offset);
  expect(ticks.length).toBeLessThanOrEqual(8);
  expect(ticks.every((tick) => (tick + offset) % DAY === 0)).toBe(true);
});

test("the offset of a zone follows summer time", () => {
  expect(zoneOffset("Europe/Berlin", Date.UTC(2025, 6, 1))).toBe(2 * HOUR);
  expect(zoneOffset("Europe/Berlin", Date.UTC(2025, 11, 1))).toBe(HOUR);
  expect(zoneOffset("UTC", Date.UTC(2025, 11, 1))).toBe(0);
});

test("buckets that were left out come back as zeros, up to both ends", () => {
  const found = filled([point(3 * HOUR), point(6 * HOUR)], HOUR, HOUR, 9 * HOUR, ZERO);
  expect(found.map(({ at }) => at / HOUR)).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
  expect(found.map(({ values }) => values?.a)).toEqual([0, 0, 1, 0, 0, 1, 0, 0]);
});

test("a day of 23 or 25 hours is no gap", () => {
  const days = [point(0), point(23 * HOUR), point(48 * HOUR)];
  expect(filled(days, DAY, 0, 48 * HOUR + 1, ZERO)).toHaveLength(3);
});

test("an area never bridges a hidden point", () => {
  const hidden = { at: 2, values: null };
  const found = runs([point(0), point(1), hidden, hidden, point(4)]);
  expect(found.map((run) => run.map(({ at }) => at))).toEqual([[0, 1], [4]]);
});

test("sums grow from the base; as shares they end at 1, or at 0 without anything", () => {
  expect(stacked([point(0, 2, 3)], ["a", "b"], "count")[0]?.sums).toEqual([0, 2, 5]);
  expect(stacked([point(0, 2, 6)], ["a", "b"], "share")[0]?.sums).toEqual([0, 0.25, 1]);
  expect(stacked([point(0, 0, 0)], ["a", "b"], "share")[0]?.sums).toEqual([0, 0, 0]);
});

test("a band goes along its upper line and back along its lower one", () => {
  expect(
    band(
      [
        [0, 1],
        [9, 2],
      ],
      [
        [0, 5],
        [9, 6],
      ],
    ),
  ).toBe("M0 1L9 2L9 6L0 5Z");
  expect(band([], [])).toBe("");
});

test("the nearest point is found", () => {
  expect(nearest([{ at: 0 }, { at: 10 }, { at: 20 }], 14)).toBe(1);
});
