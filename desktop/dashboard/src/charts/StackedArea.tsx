/**
 * Parts over time, stacked: the worst on top, the good at the base.
 *
 * Arrow keys and the pointer read single points; dragging chooses a stretch of
 * time. The table view beside it holds the same rows.
 */

import { type KeyboardEvent, type PointerEvent, useState } from "react";
import { AreaPicture, type Frame, LEFT } from "./AreaPicture";
import { nearest, type Point } from "./geometry";
import { Tip } from "./Tip";
import { useWidth } from "./useWidth";

export interface Series<K extends string> {
  key: K;
  /** Class of its fill. */
  tone: string;
  name: string;
}

/** What a point says, for the box beside it and for screen readers. */
export interface Told<K extends string> {
  title: string;
  lines: (readonly [Series<K>, string])[];
  hidden: string | null;
}

export interface AreaProps<K extends string> {
  points: Point<K>[];
  /** From the base up. */
  series: readonly Series<K>[];
  mode: "count" | "share";
  from: number;
  to: number;
  /** Offset of the project's time zone, ms. */
  offset: number;
  label: string;
  writeY: (value: number) => string;
  writeX: (at: number, previous: number | null) => string;
  describe: (point: Point<K>) => Told<K>;
  onZoom?: (from: number, to: number) => void;
}

/** The point under the pointer or the keyboard, and the stretch that is dragged; px. */
function useReading<K extends string>({ points, onZoom }: AreaProps<K>, frame: Frame) {
  const [at, setAt] = useState<number | null>(null);
  const [drag, setDrag] = useState<[number, number] | null>(null);
  const pixel = (event: PointerEvent) => {
    const { left } = event.currentTarget.getBoundingClientRect();
    return Math.min(frame.right, Math.max(LEFT, event.clientX - left));
  };
  const onPointerDown = (event: PointerEvent) => {
    if (!onZoom || event.pointerType === "touch" || event.button !== 0) return;
    event.currentTarget.setPointerCapture(event.pointerId);
    setDrag([pixel(event), pixel(event)]);
  };
  const onPointerMove = (event: PointerEvent) => {
    const here = pixel(event);
    setAt(nearest(points, frame.moment(here)));
    if (drag) setDrag([drag[0], here]);
  };
  const onPointerUp = () => {
    const [a, b] = drag ?? [0, 0];
    setDrag(null);
    if (Math.abs(a - b) <= 8) return;
    onZoom?.(frame.moment(Math.min(a, b)), frame.moment(Math.max(a, b)));
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const last = points.length - 1;
    const current = at ?? last;
    const step = { ArrowLeft: current - 1, ArrowRight: current + 1, Home: 0, End: last }[event.key];
    if (step === undefined) return;
    event.preventDefault();
    setAt(Math.min(last, Math.max(0, step)));
  };
  const leave = () => setAt(null);
  const listeners = { onPointerDown, onPointerMove, onPointerUp, onKeyDown };
  return { at, drag, listeners: { ...listeners, onPointerLeave: leave, onBlur: leave } };
}

function frameOf({ from, to }: { from: number; to: number }, width: number): Frame {
  const right = Math.max(width - 2, LEFT + 1);
  const x = (moment: number) => LEFT + ((moment - from) / (to - from)) * (right - LEFT);
  const moment = (px: number) => from + ((px - LEFT) / (right - LEFT)) * (to - from);
  return { width, right, x, moment };
}

export function StackedArea<K extends string>(props: AreaProps<K>) {
  const { points, label } = props;
  const [box, width] = useWidth<HTMLDivElement>();
  const frame = frameOf(props, width);
  const { at, drag, listeners } = useReading(props, frame);
  const chosen = at === null ? null : (points[at] ?? null);
  const told = chosen && props.describe(chosen);
  const values = told?.lines.map(([{ name }, value]) => `${name} ${value}`).join(", ");
  const last = Math.max(0, points.length - 1);
  return (
    <div
      ref={box}
      className="chart"
      role="slider"
      tabIndex={0}
      aria-label={label}
      aria-valuemin={0}
      aria-valuemax={last}
      aria-valuenow={at ?? last}
      aria-valuetext={told ? `${told.title}: ${told.hidden ?? values}` : label}
      {...listeners}
    >
      {width > 0 && (
        <AreaPicture {...props} frame={frame} drag={drag} chosen={chosen?.at ?? null} />
      )}
      {chosen && told && (
        <Tip told={told} x={frame.x(chosen.at)} before={frame.x(chosen.at) > width / 2} />
      )}
    </div>
  );
}
