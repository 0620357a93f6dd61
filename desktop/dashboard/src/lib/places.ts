/** Places: pages and elements, how they are named and compared. */

import type { Hotspot, Interval } from "../api/types.gen";
import { change } from "./statistics";

/** What names a place in an address and as a key. */
export function keyOf({ page, target }: Pick<Hotspot, "page" | "target">): string {
  return target === null ? page : `${page} ${target}`;
}

/** What a place is called: its given name, its selector, or its route. */
export function nameOf({ page, target, name }: Hotspot): string {
  return name ?? target ?? page;
}

/** The second line of a place: where it is, when the first does not say it. */
export function whereOf({ page, target, name }: Hotspot): string {
  if (target === null) return name === null ? "" : page;
  return name === null ? page : `${page} · ${target}`;
}

export interface Moved {
  place: Hotspot;
  score: Interval;
  change: Interval;
}

/** The places that have a score in both periods, by the size of their change. */
export function moved(now: readonly Hotspot[], before: readonly Hotspot[]): Moved[] {
  const earlier = new Map(before.map((place) => [keyOf(place), place.score]));
  return now
    .flatMap((place) => {
      const was = earlier.get(keyOf(place));
      if (!was || !place.score) return [];
      return [{ place, score: place.score, change: change(place.score, was) }];
    })
    .sort((a, b) => Math.abs(b.change.value) - Math.abs(a.change.value));
}

/** The end of a score axis: the highest upper bound, rounded up to a tenth. */
export function scoreAxisEnd(places: readonly Hotspot[]): number {
  const highest = Math.max(0, ...places.map(({ score }) => score?.high ?? 0));
  return Math.min(1, Math.max(0.2, Math.ceil(highest * 10 - 1e-9) / 10));
}
