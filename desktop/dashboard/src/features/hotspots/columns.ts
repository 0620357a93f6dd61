/** The columns that can be sorted, and the order they give. Hidden rows sink whatever the sort. */

import type { Hotspot } from "../../api/types.gen";
import { nameOf } from "../../lib/places";
import { FRICTION_SIGNALS } from "../../lib/signals";

/** The signals that have a column of their own; the rest stands in the opened row. */
export const COLUMNS = FRICTION_SIGNALS.slice(0, 6).filter((name) => name !== "slow_click");

const FIGURES: Record<string, (place: Hotspot) => number> = {
  score: ({ score }) => score?.value ?? 0,
  sessions: ({ sessions }) => sessions ?? 0,
  // Least confirmed last: what nobody judged comes behind it.
  precision: ({ precision }) => precision?.value ?? -1,
};
for (const name of COLUMNS) FIGURES[name] = ({ signals }) => signals[name] ?? 0;

/** The rows in the order of a column, largest first; ties by exposure. */
export function sorted(rows: readonly Hotspot[], column: string): Hotspot[] {
  const figure = FIGURES[column] ?? FIGURES["score"] ?? (() => 0);
  return [...rows].sort(
    (a, b) =>
      Number(a.hidden !== null) - Number(b.hidden !== null) ||
      figure(b) - figure(a) ||
      (b.sessions ?? 0) - (a.sessions ?? 0) ||
      nameOf(a).localeCompare(nameOf(b)),
  );
}

export function contains({ page, target, name }: Hotspot, text: string): boolean {
  const wanted = text.trim().toLowerCase();
  return `${name ?? ""} ${page} ${target ?? ""}`.toLowerCase().includes(wanted);
}
