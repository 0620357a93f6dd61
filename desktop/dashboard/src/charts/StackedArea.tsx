/**
 * Parts over time, stacked: the worst on top, the good at the base.
 *
 * Arrow keys and the pointer read single points; dragging chooses a stretch of
 * time. The table view beside it holds the same rows.
 */

import { type KeyboardEvent, type PointerEvent, useRef, useState } from "react";
import { band, nearest, niceTicks, type Point, runs, stacked, timeTicks } from "./geometry";
import { useWidth } from "./useWidth";

const HEIGHT = 240;
const LEFT = 36;
const BOTTOM = 24;
const TOP = 10;

export interface Series<K extends string> {
  key: K;
  /** Class of its fill. */
  tone: string;
  name: string;
}

interface Props<K extends string> {
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
  /** What a point says, for the box and for screen readers. */
  describe: (point: Point<K>) => {
    title: string;
    lines: (readonly [Series<K>, string])[];
    hidden: string | null;
  };
  onZoom?: (from: number, to: number) => void;
}

export function StackedArea<K extends string>(props: Props<K>) {
  const { points, series, mode, from, to } = props;
  const [box, width] = useWidth<HTMLDivElement>();
  const [at, setAt] = useState<number | null>(null);
  const [drag, setDrag] = useState<[number, number] | null>(null);
  const frame = useRef<SVGSVGElement>(null);

  const right = Math.max(width - 2, LEFT + 1);
  const x = (moment: number) => LEFT + ((moment - from) / (to - from)) * (right - LEFT);
  const moment = (px: number) => from + ((px - LEFT) / (right - LEFT)) * (to - from);
  const keys = series.map(({ key }) => key);
  const stacks = runs(points).map((run) => stacked(run, keys, mode));
  const max = Math.max(0, ...stacks.flat().map(({ sums }) => sums.at(-1) ?? 0));
  const ticks = mode === "share" ? [0, 0.25, 0.5, 0.75, 1] : niceTicks(max);
  const top = ticks.at(-1) ?? 1;
  const y = (value: number) => TOP + (1 - value / top) * (HEIGHT - TOP - BOTTOM);
  const times = timeTicks(from, to, Math.max(2, Math.floor((right - LEFT) / 88)), props.offset);
  const chosen = at === null ? null : (points[at] ?? null);

  const pixel = (event: PointerEvent) => {
    const left = frame.current?.getBoundingClientRect().left ?? 0;
    return Math.min(right, Math.max(LEFT, event.clientX - left));
  };
  const onPointerDown = (event: PointerEvent) => {
    if (!props.onZoom || event.pointerType === "touch" || event.button !== 0) return;
    event.currentTarget.setPointerCapture(event.pointerId);
    setDrag([pixel(event), pixel(event)]);
  };
  const onPointerMove = (event: PointerEvent) => {
    const here = pixel(event);
    setAt(nearest(points, moment(here)));
    if (drag) setDrag([drag[0], here]);
  };
  const onPointerUp = () => {
    const [a, b] = drag ?? [0, 0];
    setDrag(null);
    if (Math.abs(a - b) > 8) props.onZoom?.(moment(Math.min(a, b)), moment(Math.max(a, b)));
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const last = points.length - 1;
    const current = at ?? last;
    const step = { ArrowLeft: current - 1, ArrowRight: current + 1, Home: 0, End: last }[event.key];
    if (step === undefined) return;
    event.preventDefault();
    setAt(Math.min(last, Math.max(0, step)));
  };

  const told = chosen ? props.describe(chosen) : null;
  const spoken = told
    ? `${told.title}: ${told.hidden ?? told.lines.map(([{ name }, value]) => `${name} ${value}`).join(", ")}`
    : props.label;
  return (
    <div
      ref={box}
      className="chart"
      role="slider"
      tabIndex={0}
      aria-label={props.label}
      aria-valuemin={0}
      aria-valuemax={Math.max(0, points.length - 1)}
      aria-valuenow={at ?? Math.max(0, points.length - 1)}
      aria-valuetext={spoken}
      onKeyDown={onKeyDown}
      onBlur={() => setAt(null)}
      onPointerDown={onPointerDown}
      onPointerMove={onPointerMove}
      onPointerUp={onPointerUp}
      onPointerLeave={() => setAt(null)}
    >
      {width > 0 && (
        <svg ref={frame} width={width} height={HEIGHT} aria-hidden="true">
          {ticks.map((tick) => (
            <g key={tick}>
              <line className="grid" x1={LEFT} x2={right} y1={y(tick)} y2={y(tick)} />
              <text className="axis" x={LEFT - 8} y={y(tick) + 4} textAnchor="end">
                {props.writeY(tick)}
              </text>
            </g>
          ))}
          {times.map((time, index) => {
            const px = x(time);
            const anchor = px < LEFT + 20 ? "start" : px > right - 24 ? "end" : "middle";
            return (
              <text key={time} className="axis" x={px} y={HEIGHT - 6} textAnchor={anchor}>
                {props.writeX(time, times[index - 1] ?? null)}
              </text>
            );
          })}
          {stacks.map((run) =>
            series.map(({ key, tone }, level) => (
              <path
                key={`${key}-${String(run[0]?.at)}`}
                className={`area ${tone}`}
                d={band(
                  run.map(({ at: time, sums }) => [x(time), y(sums[level + 1] ?? 0)] as const),
                  run.map(({ at: time, sums }) => [x(time), y(sums[level] ?? 0)] as const),
                )}
              />
            )),
          )}
          {points
            .filter(({ values }) => values === null)
            .map(({ at: time }) => (
              <rect
                key={time}
                className="hatch"
                x={x(time) - 3}
                width={6}
                y={y(0) - 10}
                height={10}
                fill="url(#hatch)"
              />
            ))}
          <defs>
            <pattern
              id="hatch"
              width="4"
              height="4"
              patternUnits="userSpaceOnUse"
              patternTransform="rotate(45)"
            >
              <line x1="0" x2="0" y1="0" y2="4" className="hatch-line" />
            </pattern>
          </defs>
          {drag && (
            <rect
              className="chosen"
              x={Math.min(...drag)}
              width={Math.abs(drag[0] - drag[1])}
              y={TOP}
              height={HEIGHT - TOP - BOTTOM}
            />
          )}
          {chosen && (
            <line className="cross" x1={x(chosen.at)} x2={x(chosen.at)} y1={TOP} y2={y(0)} />
          )}
        </svg>
      )}
      {chosen && told && (
        <div
          className={`tip ${x(chosen.at) > width / 2 ? "before" : ""}`}
          style={{ insetInlineStart: `${x(chosen.at)}px` }}
        >
          <b>{told.title}</b>
          {told.hidden && <span className="muted">{told.hidden}</span>}
          {told.lines.map(([{ key, tone, name }, value]) => (
            <span key={key} className="tip-line">
              <i className={`dot ${tone}`} /> {name} <span className="number">{value}</span>
            </span>
          ))}
        </div>
      )}
    </div>
  );
}
