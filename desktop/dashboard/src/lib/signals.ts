/** The signals in the order in which they are shown: as one click is counted, then the rest. */

import type { Hotspot } from "../api/types.gen";

export type SignalName = keyof Hotspot["signals"];
export type Reaction = keyof Hotspot["reactions"];

export const FRICTION_SIGNALS = [
  "rage_click",
  "error_click",
  "dead_click",
  "slow_click",
  "hesitation",
  "backtrack",
  "quick_back",
  "thrash",
  "form_abandon",
] as const satisfies readonly SignalName[];

/** Worst at first, as the stacked area has it from top to base. */
export const REACTIONS = [
  "thumbs_down",
  "confused",
  "thumbs_up",
] as const satisfies readonly Reaction[];

/** Whether a step of a pattern is friction. */
export function isFriction(what: string): boolean {
  return (FRICTION_SIGNALS as readonly string[]).includes(what);
}

export function isReaction(what: string): what is Reaction {
  return (REACTIONS as readonly string[]).includes(what);
}
