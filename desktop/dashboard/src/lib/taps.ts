/** The taps of an answer as plain numbers. */

import type { Hotspot, SentimentPoint } from "../api/types.gen";
import type { Reaction } from "./signals";

export type Taps = Record<Reaction, number>;

export const NO_TAPS: Taps = { thumbs_up: 0, thumbs_down: 0, confused: 0 };

/** The taps of a bucket; null where they are hidden. */
export function tapsOf(point: SentimentPoint): Taps | null {
  if (point.hidden !== null) return null;
  return {
    thumbs_up: point.thumbsUp ?? 0,
    thumbs_down: point.thumbsDown ?? 0,
    confused: point.confused ?? 0,
  };
}

export function tapsOn(place: Hotspot): Taps {
  return { ...NO_TAPS, ...place.reactions };
}

export function total(taps: Taps): number {
  return taps.thumbs_up + taps.thumbs_down + taps.confused;
}
