/** How sure a share or a change is: the only statistics the dashboard does itself. */

import type { Interval } from "../api/types.gen";

const Z95 = 1.959964;

/** Share `hits / base` with its 95 % Wilson score interval (Wilson 1927); null without a base. */
export function share(hits: number, base: number): Interval | null {
  if (base <= 0) return null;
  const p = hits / base;
  const z2 = Z95 * Z95;
  const centre = (p + z2 / (2 * base)) / (1 + z2 / base);
  const half = (Z95 * Math.sqrt((p * (1 - p)) / base + z2 / (4 * base * base))) / (1 + z2 / base);
  return { value: p, low: Math.max(0, centre - half), high: Math.min(1, centre + half) };
}

/**
 * The change from `before` to `now` with its 95 % interval, made from the two
 * intervals by square-and-add (Newcombe 1998, method 10; Zou & Donner 2008).
 * The two periods are taken as independent.
 */
export function change(now: Interval, before: Interval): Interval {
  const value = now.value - before.value;
  const down = Math.hypot(now.value - now.low, before.high - before.value);
  const up = Math.hypot(now.high - now.value, before.value - before.low);
  return { value, low: value - down, high: value + up };
}

/** Whether the interval of a change leaves 0 out. */
export function isClear(changed: Interval): boolean {
  return changed.low > 0 || changed.high < 0;
}

/** Step 1…5 of the friction scale; its cuts are 0.08, 0.14, 0.20, 0.28. */
export function frictionStep(score: number): 1 | 2 | 3 | 4 | 5 {
  if (score < 0.08) return 1;
  if (score < 0.14) return 2;
  if (score < 0.2) return 3;
  return score < 0.28 ? 4 : 5;
}
