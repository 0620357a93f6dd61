/** Dwelling on a control, by pointer or by the keyboard's focus. */
import { emit, on } from "../flow";
import { kindOf, secret } from "../kind";
import * as parts from "../parts";
import { later, now, round } from "../safe";
import { concern, describe, innermost, is, resolve, type Target } from "../target";

/** Shorter stays are passing by. */
const WORTH = 500;
/** How often is looked at what the pointer came over; what it left sooner than PASSING it never was on. */
const LOOK = 250;
const PASSING = 40;

interface Stay extends Target {
  _from: number;
  _acted: boolean;
}

export function hovers(): void {
  /** By pointer, by focus. */
  const stays: (Stay | undefined)[] = [];
  /** What the pointer came over since the last look, and when. */
  let over: [Element, number][] = [];
  let timer = 0;

  const enter = (which: number, at: number, target?: Target) => {
    const stay = stays[which];
    if (stay?._element === target?._element) return;
    if (stay) {
      const { _element, _acted: acted } = stay;
      const dwell = round(at - stay._from);
      if (dwell >= WORTH) {
        const kind = kindOf(stay);
        emit({ action: "hover", ...describe(_element), kind, dwell, acted }, undefined, at);
      }
    }
    const worth = target && !target._inert && !secret(target._element);
    stays[which] = worth ? { ...target, _from: at, _acted: false } : undefined;
    if (!which) parts.hover?.(stays[0]?._element);
  };

  const look = () => {
    timer = 0;
    over.forEach(([el, at], i) => {
      const next = over[i + 1];
      if (!next || next[1] - at > PASSING) enter(0, at, concern(el));
    });
    over = [];
  };

  const leave = () => {
    look();
    enter(0, now());
    enter(1, now());
  };

  on<PointerEvent>("pointerover", (event) => {
    if (event.pointerType === "touch") return;
    over.push([innermost(event), event.timeStamp]);
    timer ||= later(LOOK, look);
  });
  on("focusin", (event) => {
    const target = resolve(event);
    // A text field keeps the focus while one types: that is no hesitation.
    const dwells =
      target && is(target._path[0] as Element, ":focus-visible") && kindOf(target) !== "entry";
    enter(1, event.timeStamp, dwells ? target : undefined);
  });
  on("focusout", ({ timeStamp }) => enter(1, timeStamp));
  on("click keydown input change", (event) => {
    if (over[0]) look();
    for (const stay of stays) {
      if (!stay || stay._acted || !event.composedPath().includes(stay._element)) continue;
      stay._acted = true;
      parts.hover?.();
    }
  });
  on("pointerleave", leave, document.documentElement);
  on("visibilitychange pagehide", leave);
}
