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

/** Monotonic ms since the page began. */
export const now = (): number => performance.now();

/** Hears `types` on `target` in the capture phase, passively, until `signal` is aborted. */
export function listen<E extends Event>(
  signal: AbortSignal,
  types: string,
  fn: (event: E) => unknown,
  target: EventTarget = document,
): void {
  // Engines that ignore `signal` still stop hearing.
  const heard = guard((event: Event) => signal.aborted || fn(event as E));
  for (const type of types.split(" ")) {
    target.addEventListener(type, heard, { capture: true, passive: true, signal });
  }
}
