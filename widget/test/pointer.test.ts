/** What the widget tells of a shaken pointer: the conformance cases, and their boundaries. */
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { cases } from "../../tests/data/frustration_cases.json";

interface Row {
  changes: number;
  duration: number;
  travel: number;
  at: number;
}
const told: Row[] = [];
let move: (event: object) => void;

vi.mock("../src/flow", () => ({
  on: (_: string, fn: typeof move) => {
    move = fn;
  },
  emit: (signal: Row, _: undefined, at: number) => told.push({ ...signal, at }),
}));

interface Happening {
  t: number;
  type: string;
  x: number;
  y: number;
  axis: "x" | "y";
}

beforeEach(async () => {
  told.length = 0;
  vi.useFakeTimers({ now: 0 });
  const { pointers } = await import("../src/signals/pointer");
  pointers();
});
afterEach(() => {
  vi.useRealTimers();
});

/** Moves the pointer at its moments; a turn alone is a step to the other side. */
function play(events: Happening[]): Row[] {
  const place = { x: 0, y: 0 };
  const side = { x: 1, y: 1 };
  const go = (at: number) => {
    move({ pointerType: "mouse", clientX: place.x, clientY: place.y, timeStamp: at });
  };
  const turns = events.filter(({ type }) => type === "dirchange");
  for (const axis of new Set(turns.map((turn) => turn.axis))) {
    go(0);
    place[axis] = -10;
    go(0);
  }
  for (const { t, type, x, y, axis } of events) {
    vi.advanceTimersByTime(t - Date.now());
    if (type === "mousemove") Object.assign(place, { x, y });
    else {
      place[axis] += 10 * side[axis];
      side[axis] *= -1;
    }
    go(t);
  }
  vi.advanceTimersByTime(10_000);
  return told;
}

const shakes = cases.filter(
  ({ detector, profile }) => detector === "thrashed_cursor" && profile === "amplitude",
);

describe("a shake", () => {
  it.each(shakes.map((one) => ({ one, id: one.id })))(
    "$id is told as it is published: 20 changes within 2 s, from the first one on",
    ({ one }) => {
      const found = play(one.events as Happening[]).filter(({ changes }) => changes >= 20);
      const { count, start_t } = one.expect as { count: number; start_t?: number[] };
      expect(found).toHaveLength(count);
      if (start_t) expect(found.map(({ at }) => at)).toEqual(start_t);
    },
  );

  const zigzag = (count: number, px: number): Happening[] =>
    Array.from({ length: count }, (_, k) => ({
      t: 50 * k,
      type: "mousemove",
      x: px * (k % 2),
      y: 0,
      axis: "x",
    }));

  it("counts no turn where the pointer comes from nowhere", () => {
    expect(play(zigzag(12, 300))).toEqual([
      { action: "pointer", changes: 10, duration: 450, travel: 2700, at: 100 },
    ]);
  });

  it("is not told below 10 changes", () => {
    expect(play(zigzag(11, 300))).toEqual([]);
  });

  it("says how far the pointer went, so that a tremble can be told apart", () => {
    expect(play(zigzag(30, 1))[0]?.travel).toBe(27);
  });
});
