/** Which stretch of time is shown, and the one before it. */

const HOUR = 3_600_000;

/** The rolling periods on offer, shortest first; hours. */
export const PERIODS = { "1h": 1, "24h": 24, "7d": 168, "30d": 720, "90d": 2160 } as const;
export type PeriodName = keyof typeof PERIODS;
export const DEFAULT_PERIOD: PeriodName = "24h";

export interface Span {
  /** ms since 1970. */
  from: number;
  /** Exclusive. */
  to: number;
}

export function isPeriod(name: string | null): name is PeriodName {
  return name !== null && Object.hasOwn(PERIODS, name);
}

/**
 * A rolling period that ends with the hour now running. Both ends are whole
 * hours, as the hub snaps them (decision 12), so an address asks for the same
 * rows for an hour.
 */
export function rolling(name: PeriodName, now: number): Span {
  const hour = Math.floor(now / HOUR) * HOUR;
  return { from: hour - PERIODS[name] * HOUR, to: hour + HOUR };
}

/** The period of the same length right before. */
export function before(span: Span): Span {
  return { from: span.from - (span.to - span.from), to: span.from };
}

/** The period moved by its own length, `direction` -1 or 1; never past the hour of `now`. */
export function shifted(span: Span, direction: -1 | 1, now: number): Span {
  const length = span.to - span.from;
  const last = Math.floor(now / HOUR) * HOUR + HOUR;
  const to = Math.min(span.to + direction * length, last);
  return { from: to - length, to };
}
