/** Nothing thrown here reaches the page. */

/** Wraps `fn` so that it never throws; it then returns undefined. */
export const guard =
  <A extends unknown[], R>(fn: (...args: A) => R): ((...args: A) => R | undefined) =>
  (...args) => {
    try {
      return fn(...args);
    } catch {
      // The page must never hear of our faults.
    }
  };

/** Calls `fn` once, in `ms`; returns the timer. */
export const later = (ms: number, fn: () => unknown): number => setTimeout(guard(fn), ms);

/** Monotonic ms since the page began. */
export const now = (): number => performance.now();

/** The nearest whole number; of no more than it needs is told. */
export const { round } = Math;
