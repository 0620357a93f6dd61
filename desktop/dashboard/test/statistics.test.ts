import { expect, test } from "vitest";
import { change, frictionStep, isClear, share } from "../src/lib/statistics";

/** Newcombe 1998, "Two-sided confidence intervals for the single proportion", table I, method 3. */
test.each([
  [81, 263, 0.2553, 0.3662],
  [15, 148, 0.0624, 0.1605],
  [0, 20, 0, 0.1611],
  [1, 29, 0.0061, 0.1718],
  [29, 29, 0.883, 1],
])("%d of %d has the published Wilson interval", (hits, base, low, high) => {
  const found = share(hits, base);
  expect(found?.low).toBeCloseTo(low, 4);
  expect(found?.high).toBeCloseTo(high, 4);
});

test("a share without a base is none", () => {
  expect(share(0, 0)).toBeNull();
});

/** Newcombe 1998, "Interval estimation for the difference between independent proportions", table II, method 10. */
test("56 of 70 less 48 of 80 has the published interval", () => {
  const [now, then] = [share(56, 70), share(48, 80)];
  if (!now || !then) throw new Error("both have a base");
  const moved = change(now, then);
  expect(moved.value).toBeCloseTo(0.2, 4);
  expect(moved.low).toBeCloseTo(0.0524, 4);
  expect(moved.high).toBeCloseTo(0.3339, 4);
  expect(isClear(moved)).toBe(true);
});

test("a change whose interval holds 0 is not clear", () => {
  const [a, b] = [share(11, 20), share(10, 20)];
  if (!a || !b) throw new Error("both have a base");
  expect(isClear(change(a, b))).toBe(false);
});

test("the friction scale steps at its cuts", () => {
  expect([0, 0.0799, 0.08, 0.14, 0.2, 0.28, 1].map(frictionStep)).toEqual([1, 1, 2, 3, 4, 5, 5]);
});
