/** Clicks, sent at once, and the watch over what follows them. */
import { last } from "../delivery";
import { emit, here, on } from "../flow";
import { kindOf, secret } from "../kind";
import { now, round } from "../safe";
import { clickable, describe, ours, resolve } from "../target";
import type { Click } from "../types.gen";
import { type Watch, watchReactions } from "./reaction";

/** A click long after its pointerdown, or without one as keyboards make it, begins its own watch. */
const FRESH = 2_500;

/** The latest click: its n, and its monotonic ms. */
export const latest = { _n: 0, _at: 0 };

/** Did this click, or the drag that it ends, select text? The event of it may come after the click. */
function selects(el: Element, { _seen }: Watch): boolean {
  const chosen = getSelection();
  return (
    !!chosen &&
    !chosen.isCollapsed &&
    (_seen.selection !== undefined || chosen.containsNode(el, true))
  );
}

export function clicks(): void {
  const watch = watchReactions();
  let down: Watch | undefined;
  latest._at = -1e9;

  on("pointerdown", (event) => {
    down = ours(event) ? undefined : watch(event);
  });

  on<PointerEvent>("click auxclick", (event) => {
    const target = resolve(event);
    // A click that a script makes is no visitor's.
    if (!target || !event.isTrusted) return;
    const { _path } = target;
    const label = (_path[0] as Element).closest("label");
    // A label's click makes a second one on its control; only that one counts.
    if (label?.control && !_path.includes(label.control)) return;
    const control = target._inert && clickable(_path);
    if (control) {
      target._element = control;
      target._inert = false;
    }
    const { timeStamp, detail, clientX, clientY, button } = event;
    const element = target._element;
    const followed = down && detail && timeStamp - down._from < FRESH ? down : watch(event);
    down = undefined;
    const click: Click = {
      action: "click",
      // Of a secret field not even its place within the page is told.
      ...(secret(element) ? { target: "input" } : describe(element)),
      kind: kindOf(target, event),
      x: round(clientX),
      y: round(clientY),
      button,
      modified: event.ctrlKey || event.metaKey || event.shiftKey || event.altKey,
      selected: selects(element, followed),
    };
    here._acted = true;
    latest._n = followed._n = emit(click, element, timeStamp);
    latest._at = now();
    followed._element = element;
    // Firefox ends a hidden tab without waiting for what it sends while it goes.
    if (document.visibilityState === "hidden") last();
  });
}
