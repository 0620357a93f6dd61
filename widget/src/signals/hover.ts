/** Dwelling on a control, by pointer or by the keyboard's focus. */
import { emit, on } from "../flow";
import { kindOf, secret } from "../kind";
import * as parts from "../parts";
import { now, round } from "../safe";
import { describe, is, resolve, type Target } from "../target";

/** Shorter stays are passing by. */
const WORTH = 500;

interface Stay extends Target {
  _from: number;
  _acted: boolean;
}

export function hovers(): void {
  /** By pointer, by focus. */
  const stays: (Stay | undefined)[] = [];

  const enter = (which: number, target?: Target) => {
    const stay = stays[which];
    if (stay?._element === target?._element) return;
    if (stay) {
      const { _element, _acted: acted } = stay;
      const dwell = round(now() - stay._from);
      const kind = kindOf(stay);
      if (dwell >= WORTH) emit({ action: "hover", ...describe(_element), kind, dwell, acted });
    }
    const worth = target && !target._inert && !secret(target._element);
    stays[which] = worth ? { ...target, _from: now(), _acted: false } : undefined;
    if (!which) parts.hover?.(stays[0]?._element);
  };
  const leave = () => {
    enter(0);
    enter(1);
  };

  on<PointerEvent>("pointerover", (event) => {
    if (event.pointerType !== "touch") enter(0, resolve(event));
  });
  on("focusin", (event) => {
    const target = resolve(event);
    // A text field keeps the focus while one types: that is no hesitation.
    const dwells =
      target && is(target._path[0] as Element, ":focus-visible") && kindOf(target) !== "entry";
    enter(1, dwells ? target : undefined);
  });
  on("focusout", () => enter(1));
  on("click keydown input change", (event) => {
    for (const stay of stays) {
      if (!stay || !event.composedPath().includes(stay._element)) continue;
      stay._acted = true;
      parts.hover?.();
    }
  });
  on("pointerleave", ({ target }) => target === document.documentElement && leave());
  on("visibilitychange pagehide", leave);
}
