import { expect, test } from "vitest";
import { onAxis, placed, type Tick } from "../src/ui/Mark";

const axis = { low: 0, high: 0.4, mean: null };
const ticks = (mean: number): Tick[] => [
  { at: 0, text: "0" },
  { at: 0.2, text: "0.2" },
  { at: 0.4, text: "0.4" },
  { at: mean, text: "mean", strong: true },
];

test("a mark never leaves its axis", () => {
  expect([-1, 0, 0.2, 0.4, 9].map((value) => onAxis(value, axis))).toEqual([0, 0, 50, 100, 100]);
});

test.each([0, 0.05, 0.1, 0.2, 0.35, 0.4])(
  "with a mean of %d both ends and the mean are labelled, apart",
  (mean) => {
    const labels = placed(ticks(mean), axis);
    const names = labels.map(({ text }) => text);
    expect(names).toContain("0");
    expect(names).toContain("0.4");
    expect(names).toContain("mean");
    for (const one of labels) {
      for (const other of labels) {
        if (one !== other) expect(Math.abs(one.x - other.x)).toBeGreaterThan(10);
      }
    }
  },
);
