/**
 * The one drawing for "how sure": a dot for the value, a line for its interval, a
 * dashed line for what it is compared with. The same in tables, cards and print.
 */

import type { CSSProperties } from "react";
import type { Interval } from "../api/types.gen";
import { frictionStep } from "../lib/statistics";

export interface Axis {
  low: number;
  high: number;
  /** The reference, drawn through all rows. */
  mean: number | null;
}

/** Where `value` lies on the axis, in percent, kept inside. */
export function onAxis(value: number, { low, high }: Axis): number {
  return Math.min(100, Math.max(0, ((value - low) / (high - low || 1)) * 100));
}

interface Props {
  of: Interval;
  axis: Axis;
  colour?: "friction" | "up" | "plain";
  solid?: boolean;
}

export function Mark({ of, axis, colour = "plain", solid = false }: Props) {
  const [low, value, high] = [of.low, of.value, of.high].map((v) => onAxis(v, axis));
  const tone = colour === "friction" ? `f${frictionStep(of.value)}` : colour;
  return (
    <span className="mark" aria-hidden="true">
      {axis.mean !== null && (
        <span
          className={`mark-mean ${solid ? "solid" : ""}`}
          style={{ insetInlineStart: `${onAxis(axis.mean, axis)}%` }}
        />
      )}
      <span
        className="mark-line"
        style={{ insetInlineStart: `${low}%`, inlineSize: `${(high ?? 0) - (low ?? 0)}%` }}
      />
      <span className={`mark-dot ${tone}`} style={{ insetInlineStart: `${value}%` }} />
    </span>
  );
}

export interface Tick {
  at: number;
  text: string;
  strong?: boolean;
}

/** Room between the middles of two labels, in percent of the axis for each character. */
const ROOM = 3.4;

/** Where labels stand: the ends and the strong one always, moved aside if it must; others if they fit. */
export function placed(ticks: readonly Tick[], axis: Axis): (Tick & { x: number })[] {
  const room = (one: Tick, other: Tick) => ROOM * (one.text.length + other.text.length);
  const [first, last] = [ticks[0], ticks.filter(({ strong }) => !strong).at(-1)];
  const kept: (Tick & { x: number })[] = [];
  for (const tick of [first, last]) {
    if (tick && !kept.some(({ at }) => at === tick.at))
      kept.push({ ...tick, x: onAxis(tick.at, axis) });
  }
  for (const tick of ticks) {
    if (kept.some(({ text }) => text === tick.text)) continue;
    const x = onAxis(tick.at, axis);
    const low = first ? room(first, tick) * 0.8 : 0;
    const high = last ? 100 - room(last, tick) * 0.8 : 100;
    if (tick.strong) kept.push({ ...tick, x: Math.min(high, Math.max(low, x)) });
  }
  for (const tick of ticks) {
    const x = onAxis(tick.at, axis);
    const fits = kept.every((other) => Math.abs(other.x - x) >= room(tick, other));
    if (!tick.strong && fits) kept.push({ ...tick, x });
  }
  return kept;
}

/** The labels of a mark column, in its header. */
export function MarkAxis({ axis, ticks }: { axis: Axis; ticks: Tick[] }) {
  return (
    <span className="mark-axis">
      {placed(ticks, axis).map(({ x, text, strong }) => {
        const edge = x < 4 ? "start" : x > 96 ? "end" : "centre";
        const style: CSSProperties =
          edge === "end" ? { insetInlineEnd: 0 } : { insetInlineStart: `${x}%` };
        return (
          <span key={text} className={`${edge} ${strong ? "strong" : ""}`} style={style}>
            {text}
          </span>
        );
      })}
    </span>
  );
}
