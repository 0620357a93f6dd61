/** The arithmetic of charts: pure, in pixels, tested without a browser. */

/** At most `most` round steps from 0 up to at least `max`; always two or more. */
export function niceTicks(max: number, most = 5): number[] {
  if (!(max > 0)) return [0, 1];
  const raw = max / (most - 1);
  const magnitude = 10 ** Math.floor(Math.log10(raw));
  const step = ([1, 2, 5, 10].find((s) => s * magnitude >= raw) ?? 10) * magnitude;
  const whole = max >= 1 ? Math.max(1, Math.round(step)) : step;
  const ticks = [0];
  while ((ticks.at(-1) ?? 0) < max) ticks.push(ticks.length * whole);
  return ticks;
}

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const STEPS = [
  MINUTE,
  2 * MINUTE,
  5 * MINUTE,
  10 * MINUTE,
  15 * MINUTE,
  30 * MINUTE,
  HOUR,
  2 * HOUR,
  3 * HOUR,
  6 * HOUR,
  12 * HOUR,
  DAY,
  2 * DAY,
  7 * DAY,
  14 * DAY,
  28 * DAY,
];

/**
 * Moments for the labels of a time axis, at most `most` of them, on round times
 * of the zone whose offset is `offset` ms.
 */
export function timeTicks(from: number, to: number, most: number, offset = 0): number[] {
  const step = STEPS.find((s) => (to - from) / s <= most) ?? 28 * DAY;
  const ticks: number[] = [];
  for (let at = Math.ceil((from + offset) / step) * step; at - offset < to; at += step) {
    ticks.push(at - offset);
  }
  return ticks;
}

/** The offset of a time zone at a moment, ms east of UTC. */
export function zoneOffset(zone: string, at: number): number {
  const parts = new Intl.DateTimeFormat("en-US", {
    timeZone: zone,
    hourCycle: "h23",
    year: "numeric",
    month: "numeric",
    day: "numeric",
    hour: "numeric",
    minute: "numeric",
    second: "numeric",
  }).formatToParts(at);
  const of = (type: string) => Number(parts.find((part) => part.type === type)?.value ?? 0);
  const local = Date.UTC(
    of("year"),
    of("month") - 1,
    of("day"),
    of("hour"),
    of("minute"),
    of("second"),
  );
  return local - Math.floor(at / 1000) * 1000;
}

export interface Point<K extends string> {
  at: number;
  /** Null: hidden. */
  values: Record<K, number> | null;
}

/** Buckets that the hub left out hold nothing: they are put back as zeros, so that time runs evenly. */
export function filled<K extends string>(
  points: readonly Point<K>[],
  step: number,
  from: number,
  to: number,
  zero: Record<K, number>,
): Point<K>[] {
  const out: Point<K>[] = [];
  const first = points[0]?.at ?? from;
  for (let at = first - Math.floor((first - from) / step) * step; at < first; at += step) {
    out.push({ at, values: zero });
  }
  for (const point of points) {
    let last = out.at(-1)?.at;
    // A day of 23 or 25 hours is no gap.
    while (last !== undefined && point.at - last > 1.5 * step) {
      last += step;
      out.push({ at: last, values: zero });
    }
    out.push(point);
  }
  for (let at = (out.at(-1)?.at ?? from) + step; at < to; at += step)
    out.push({ at, values: zero });
  return out;
}

/** Runs of points that are not hidden: an area never bridges what it may not show. */
export function runs<K extends string>(points: readonly Point<K>[]): Point<K>[][] {
  const out: Point<K>[][] = [[]];
  for (const point of points) {
    if (point.values) out.at(-1)?.push(point);
    else if (out.at(-1)?.length) out.push([]);
  }
  return out.filter((run) => run.length > 0);
}

/** For each point the running sums of its values in the order of `keys`, from the base up. */
export function stacked<K extends string>(
  run: readonly Point<K>[],
  keys: readonly K[],
  mode: "count" | "share",
): { at: number; sums: number[] }[] {
  return run.map(({ at, values }) => {
    const parts = keys.map((key) => values?.[key] ?? 0);
    const total = parts.reduce((sum, part) => sum + part, 0);
    const scale = mode === "share" ? (total > 0 ? 1 / total : 0) : 1;
    const sums = [0];
    for (const part of parts) sums.push((sums.at(-1) ?? 0) + part * scale);
    return { at, sums };
  });
}

const r = (value: number) => Math.round(value * 10) / 10;

/** The outline between two lines, as the `d` of a path. */
export function band(
  upper: readonly (readonly [number, number])[],
  lower: readonly (readonly [number, number])[],
): string {
  const text = ([x, y]: readonly [number, number]) => `${r(x)} ${r(y)}`;
  if (upper.length === 0) return "";
  return `M${upper.map(text).join("L")}L${[...lower].reverse().map(text).join("L")}Z`;
}

/** The index of the point nearest to a moment. */
export function nearest(points: readonly { at: number }[], at: number): number {
  let best = 0;
  for (const [index, point] of points.entries()) {
    if (Math.abs(point.at - at) < Math.abs((points[best]?.at ?? 0) - at)) best = index;
  }
  return best;
}
