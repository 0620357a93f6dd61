/** The drawing of a stacked area: lines of the grid, areas, hidden points, what is chosen. */

import { band, niceTicks, type Point, runs, stacked, timeTicks } from "./geometry";
import type { AreaProps } from "./StackedArea";

const HEIGHT = 240;
const BOTTOM = 24;
const TOP = 10;
/** Room of the labels before the axis, px. */
export const LEFT = 36;

/** Where moments lie; px from the start of the chart. */
export interface Frame {
  width: number;
  right: number;
  x: (moment: number) => number;
  moment: (px: number) => number;
}

type Y = (value: number) => number;

function TimeLabels<K extends string>({ frame, ...props }: AreaProps<K> & { frame: Frame }) {
  const most = Math.max(2, Math.floor((frame.right - LEFT) / 88));
  const times = timeTicks(props.from, props.to, most, props.offset);
  return times.map((time, index) => {
    const px = frame.x(time);
    const anchor = px < LEFT + 20 ? "start" : px > frame.right - 24 ? "end" : "middle";
    return (
      <text key={time} className="axis" x={px} y={HEIGHT - 6} textAnchor={anchor}>
        {props.writeX(time, times[index - 1] ?? null)}
      </text>
    );
  });
}

/** What may not be shown: hatched, 10 px high, at its place. */
function HiddenPoints<K extends string>({
  points,
  frame,
  y,
}: {
  points: Point<K>[];
  frame: Frame;
  y: Y;
}) {
  const hidden = points.filter(({ values }) => values === null);
  return (
    <>
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
      {hidden.map(({ at }) => (
        <rect key={at} x={frame.x(at) - 3} width={6} y={y(0) - 10} height={10} fill="url(#hatch)" />
      ))}
    </>
  );
}

function Grid({
  ticks,
  y,
  right,
  write,
}: {
  ticks: number[];
  y: Y;
  right: number;
  write: (v: number) => string;
}) {
  return ticks.map((tick) => (
    <g key={tick}>
      <line className="grid" x1={LEFT} x2={right} y1={y(tick)} y2={y(tick)} />
      <text className="axis" x={LEFT - 8} y={y(tick) + 4} textAnchor="end">
        {write(tick)}
      </text>
    </g>
  ));
}

interface Props<K extends string> extends AreaProps<K> {
  frame: Frame;
  drag: [number, number] | null;
  /** The moment that is read. */
  chosen: number | null;
}

export function AreaPicture<K extends string>(props: Props<K>) {
  const { points, series, mode, frame, drag, chosen } = props;
  const keys = series.map(({ key }) => key);
  const stacks = runs(points).map((run) => stacked(run, keys, mode));
  const max = Math.max(0, ...stacks.flat().map(({ sums }) => sums.at(-1) ?? 0));
  const ticks = mode === "share" ? [0, 0.25, 0.5, 0.75, 1] : niceTicks(max);
  const top = ticks.at(-1) ?? 1;
  const y: Y = (value) => TOP + (1 - value / top) * (HEIGHT - TOP - BOTTOM);
  const line = (run: (typeof stacks)[number], level: number) =>
    run.map(({ at, sums }) => [frame.x(at), y(sums[level] ?? 0)] as const);
  const inner = { y: TOP, height: HEIGHT - TOP - BOTTOM };
  return (
    <svg width={frame.width} height={HEIGHT} aria-hidden="true">
      <Grid ticks={ticks} y={y} right={frame.right} write={props.writeY} />
      <TimeLabels {...props} />
      {stacks.map((run) =>
        series.map(({ key, tone }, level) => (
          <path
            key={`${key}-${String(run[0]?.at)}`}
            className={`area ${tone}`}
            d={band(line(run, level + 1), line(run, level))}
          />
        )),
      )}
      <HiddenPoints points={points} frame={frame} y={y} />
      {drag && (
        <rect
          className="chosen"
          x={Math.min(...drag)}
          width={Math.abs(drag[0] - drag[1])}
          {...inner}
        />
      )}
      {chosen !== null && (
        <line className="cross" x1={frame.x(chosen)} x2={frame.x(chosen)} y1={TOP} y2={y(0)} />
      )}
    </svg>
  );
}
