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

/** The labels of a mark column, in its header; one that would touch the one before is left out. */
export function MarkAxis({ axis, ticks }: { axis: Axis; ticks: Tick[] }) {
  const placed = [...ticks].sort((a, b) => Number(b.strong ?? false) - Number(a.strong ?? false));
  const kept: Tick[] = [];
  for (const tick of placed) {
    const gap = (other: Tick) => Math.abs(onAxis(tick.at, axis) - onAxis(other.at, axis));
    if (kept.every((other) => gap(other) >= 3.2 * (tick.text.length + other.text.length))) {
      kept.push(tick);
    }
  }
  return (
    <span className="mark-axis">
      {kept.map((tick) => {
        const at = onAxis(tick.at, axis);
        const edge = at < 8 ? "start" : at > 92 ? "end" : "centre";
        const style: CSSProperties =
          edge === "end" ? { insetInlineEnd: 0 } : { insetInlineStart: `${at}%` };
        return (
          <span key={tick.text} className={`${edge} ${tick.strong ? "strong" : ""}`} style={style}>
            {tick.text}
          </span>
        );
      })}
    </span>
  );
}
