/** Dwelling on a control, by pointer or by the keyboard's focus. */
import type { Flow } from "../flow";
import { kindOf, secret } from "../kind";
import { now } from "../safe";
import { describe, is, resolve, type Target } from "../target";

/** Shorter stays are passing by. */
const WORTH = 500;

interface Stay {
  _target: Target;
  _from: number;
  _acted: boolean;
}

export function hovers(flow: Flow): void {
  /** By pointer, by focus. */
  const stays: (Stay | undefined)[] = [];

  const enter = (which: number, target?: Target) => {
    const stay = stays[which];
    if (stay && stay._target._element === target?._element) return;
    const dwell = Math.round(now() - (stay?._from ?? now()));
    if (stay && dwell >= WORTH) {
      const { _target, _acted: acted } = stay;
      const kind = kindOf(_target);
      flow.emit({ action: "hover", ...describe(_target._element), kind, dwell, acted });
    }
    stays[which] =
      target && !target._inert && !secret(target._element)
        ? { _target: target, _from: now(), _acted: false }
        : undefined;
    if (!which) flow.tell({ what: "hover", element: stays[0]?._target._element });
  };
  const leave = () => {
    enter(0);
    enter(1);
  };

  flow.on<PointerEvent>(
    "pointerover",
    (event) => event.pointerType === "touch" || enter(0, resolve(event)),
  );
  flow.on("focusin", (event) => {
    const target = resolve(event);
    // A text field keeps the focus while one types: that is no hesitation.
    const dwells =
      target && is(target._path[0] as Element, ":focus-visible") && kindOf(target) !== "entry";
    enter(1, dwells ? target : undefined);
  });
  flow.on("focusout", () => enter(1));
  flow.on("click keydown input change", (event) => {
    for (const stay of stays) {
      if (!stay || !event.composedPath().includes(stay._target._element)) continue;
      stay._acted = true;
      flow.tell({ what: "hover" });
    }
  });
  const root = document.documentElement;
  flow.on("pointerleave", ({ target }) => target === root && leave(), root);
  flow.on("visibilitychange", leave);
  flow.on("pagehide", leave, window);
}
